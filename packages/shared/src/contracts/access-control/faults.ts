import { defineFaults } from '../../fault/fault.ts'

export const accessFaults = defineFaults('access', {
  unavailable: {
    status: 503,
    title: 'Access control is not available',
    remedy: 'Try again shortly; nothing is answered without it.',
  },
  'unknown-issuer': {
    status: 401,
    title: 'No workspace accepts this issuer and audience',
    remedy: 'Sign in with the identity provider of the workspace.',
  },
  'unknown-key': { status: 401, title: 'No such key', remedy: 'Use a key that is neither revoked nor expired.' },
  pending: {
    status: 403,
    title: 'The principal is waiting for an admin',
    remedy: 'Ask an admin of the workspace to admit you.',
  },
  deactivated: { status: 403, title: 'The principal is deactivated', remedy: 'Ask an admin of the workspace.' },
  forbidden: {
    status: 403,
    title: 'The caller may not do this',
    remedy: 'Ask an admin of the workspace for the role that it needs.',
  },
  'not-found': {
    status: 404,
    title: 'No such object here',
    remedy: 'Check the id; what you may not know of is not found either.',
  },
  conflict: { status: 409, title: 'It exists already, or was changed meanwhile', remedy: 'Read it again and decide.' },
  invalid: { status: 400, title: 'The facts break a rule', remedy: 'Correct the fields that `errors` names.' },
  'future-revision': {
    status: 400,
    title: 'A revision that this workspace has not reached',
    remedy: 'Send a token that this workspace gave out.',
  },
  'too-many-names': {
    status: 422,
    title: 'More than 65,536 names cover the reader',
    remedy: 'An admin must reduce the memberships of this reader.',
  },
  'approval-required': {
    status: 403,
    title: 'A second admin must approve this change',
    remedy:
      'It was stored as a proposal, nothing has changed yet: another admin approves `meta.proposalId` at POST /v1/approvals/{id}/approve.',
  },
  stopped: {
    status: 503,
    title: 'The workspace is stopped: its database is older than what it gave out',
    remedy: 'An admin compares the restored backup with what is missing, then confirms at POST /v1/workspace/resume.',
  },
})

/** About the decision log, which access-control writes: a name of its own, since callers treat it so. */
export const auditFaults = defineFaults('audit', {
  unavailable: {
    status: 503,
    title: 'The decision log cannot be written',
    remedy: 'Try again shortly; nothing is answered without a record.',
  },
})

/** Every operation may find the database gone. */
export const always = ['access.unavailable'] as const
/** Operations that only a service may call for itself (`system:…`) refuse everybody else. */
export const systemFaults = ['access.forbidden', ...always] as const
export const writeFaults = [
  ...always,
  'access.forbidden',
  'access.not-found',
  'access.conflict',
  'access.invalid',
  'access.pending',
  'access.deactivated',
  'access.approval-required',
  'access.stopped',
] as const
export const readFaults = [
  ...always,
  'access.forbidden',
  'access.pending',
  'access.deactivated',
  'access.future-revision',
  'access.stopped',
] as const
export const listFaults = [...readFaults, 'access.invalid'] as const
/** What answers only with a row in the decision log. */
export const loggedFaults = [...readFaults, 'audit.unavailable'] as const
