import { defineFaults } from '../../fault/fault.ts'

export const agentsFaults = defineFaults('agents', {
  unavailable: { status: 503, title: 'The agents are not available', remedy: 'Try again shortly.' },
  'not-found': {
    status: 404,
    title: 'No such agent, conversation or message here',
    remedy: 'Check the id; what you may not know of is not found either.',
  },
  conflict: { status: 409, title: 'It exists already, or was changed meanwhile', remedy: 'Read it again and decide.' },
  invalid: { status: 400, title: 'The request breaks a rule', remedy: 'Correct the fields that `errors` names.' },
  'not-published': { status: 409, title: 'The agent has no published version', remedy: 'Publish one first.' },
  withheld: {
    status: 403,
    title: 'What this was made from can no longer be opened',
    remedy: 'Ask in a new conversation.',
  },
  abandoned: {
    status: 500,
    title: 'The run was taken up several times and never came to its end',
    remedy: 'Ask again; report it with the id of the message if it happens again.',
  },
})

export const accessReads = [
  'agents.unavailable',
  'access.unavailable',
  'access.forbidden',
  'access.pending',
  'access.deactivated',
  'audit.unavailable',
  'access.future-revision',
  'access.stopped',
] as const
export const reads = ['agents.not-found', ...accessReads] as const
export const writes = [
  'agents.not-found',
  'agents.conflict',
  'agents.invalid',
  'access.invalid',
  'access.approval-required',
  ...accessReads,
] as const
