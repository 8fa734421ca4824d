import type { Bus } from '@tessera/shared/bus/bus'
import type { Call } from '@tessera/shared/bus/call'
import type { agentsContract } from '@tessera/shared/contracts/agents'
import type { InputOf } from '@tessera/shared/bus/contract'
import type { Fault, FieldError } from '@tessera/shared/fault/fault'
import { fail, ok, type Result } from '@tessera/shared/fault/result'
import { findLastMessage, findMessage } from '../conversations/conversations.store.ts'
import type { AgentsDatabase } from '../database.ts'
import { findRunnable } from '../definitions/find-runnable.ts'
import { fault, invalid, notFound, type ReadFault } from '../edge/faults.ts'
import type { Access } from '../read-sets/check-openable.ts'
import { loadHistory } from './history.ts'
import type { RunRequest } from './run.ts'
import type { Placed } from './start-run.ts'

export type AskInput = InputOf<(typeof agentsContract)['operations']['ask']>

type Codes = 'not-found' | 'invalid' | 'not-published' | 'withheld' | 'conflict'
export type AskFault = ReadFault | Fault<`agents.${Codes}`>
export type PlaceDeps = { readonly db: AgentsDatabase; readonly bus: Bus; readonly access: Access }

/** Checks a question and finds where in its conversation it belongs, and which version of the agent answers it. */
export async function placeQuestion(deps: PlaceDeps, input: AskInput, call: Call): Promise<Result<Placed, AskFault>> {
  const errors = errorsOf(input)
  if (errors.length > 0) return fail(invalid(errors))
  const { conversationId, atLeast } = input
  const request = requestOf(input)
  if (conversationId === undefined) {
    const runnable = await findRunnable(deps, { agent: input.agent ?? '' }, call, atLeast)
    if (!runnable.ok) return runnable
    return ok({ ...runnable.value, request, question: { parentId: undefined, text: input.text ?? '' } })
  }
  // At the same time; nothing of a place is told unless the conversation is the caller's and its agent theirs to run.
  const [runnable, place] = await Promise.all([
    findRunnable(deps, { conversationId }, call, atLeast),
    (input.retryOf ? placeRetry : placeText)(deps.db, conversationId, input),
  ])
  if (!runnable.ok) return runnable
  if (!place.ok) return place
  const { question, parentId } = place.value
  const { agentId } = runnable.value
  const history = await loadHistory(deps, { conversationId, parentId, agentId }, call.caller, {
    signal: call.signal,
    atLeast,
  })
  if (!history.ok) return history
  if (!history.value.parentOpenable)
    return fail(fault('withheld', 'The answer that this follows cannot be opened now.'))
  return ok({ ...runnable.value, request, conversationId, question })
}

function errorsOf(input: AskInput): FieldError[] {
  const errors: FieldError[] = []
  const refuse = (field: string, rule: string) => errors.push({ field, rule })
  if ((input.conversationId === undefined) === (input.agent === undefined))
    refuse('/conversationId', 'must be given, or `agent` instead')
  if ((input.text === undefined) === (input.retryOf === undefined))
    refuse('/text', 'must be given, or `retryOf` instead')
  if (input.text?.trim() === '') refuse('/text', 'must not be blank')
  if (input.conversationId === undefined) {
    if (input.retryOf !== undefined) refuse('/retryOf', 'belongs to a conversation')
    if (input.parentId !== undefined) refuse('/parentId', 'belongs to a conversation')
  } else if (input.clientHistory !== undefined) {
    refuse('/clientHistory', 'must not be given with a conversation, which has its own')
  }
  if (input.retryOf !== undefined && input.parentId !== undefined)
    refuse('/parentId', 'must not be given with `retryOf`: the question stays where it is')
  return errors
}

const requestOf = ({ clientHistory, atLeast, maxOutputTokens, temperature }: AskInput): RunRequest => ({
  ...(clientHistory === undefined ? {} : { clientHistory }),
  ...(atLeast === undefined ? {} : { atLeast }),
  ...(maxOutputTokens === undefined ? {} : { maxOutputTokens }),
  ...(temperature === undefined ? {} : { temperature }),
})

type Place = Result<{ question: Placed['question']; parentId: string | undefined }, AskFault>

async function placeRetry(db: AgentsDatabase, conversationId: string, { retryOf = '' }: AskInput): Promise<Place> {
  const question = await findMessage(db, conversationId, retryOf)
  if (!question) return fail(notFound('message'))
  if (question.role !== 'user') return fail(invalid([{ field: '/retryOf', rule: 'must be a question' }]))
  const parentId = question.parent_id ?? undefined
  return ok({ question: { id: question.id, parentId, text: question.text }, parentId })
}

async function placeText(
  db: AgentsDatabase,
  conversationId: string,
  { parentId, text = '' }: AskInput,
): Promise<Place> {
  const atRoot = ok({ question: { parentId: undefined, text }, parentId: undefined })
  if (parentId === null) return atRoot
  const parent =
    parentId === undefined ? await findLastMessage(db, conversationId) : await findMessage(db, conversationId, parentId)
  if (!parent) return parentId === undefined ? atRoot : fail(notFound('message'))
  if (parent.role !== 'assistant') return fail(invalid([{ field: '/parentId', rule: 'must be an answer' }]))
  if (parent.state === 'running') return fail(fault('conflict', 'The answer that this follows is still being written.'))
  return ok({ question: { parentId: parent.id, text }, parentId: parent.id })
}
