import type { Bus } from '@tessera/shared/bus/bus'
import type { Call } from '@tessera/shared/bus/call'
import type { agentsContract } from '@tessera/shared/contracts/agents'
import type { InputOf } from '@tessera/shared/bus/contract'
import type { Fault, FieldError } from '@tessera/shared/fault/fault'
import { fail, ok, type Result } from '@tessera/shared/fault/result'
import { fetchAudience } from '../conversations/participants.store.ts'
import type { AgentsDatabase } from '../database.ts'
import { callAsAgent, withPurpose } from '../edge/callers.ts'
import { choosePurpose } from '../definitions/choose-purpose.ts'
import { findRunnable } from '../definitions/find-runnable.ts'
import { fault, invalid, type ReadFault } from '../edge/faults.ts'
import { type Access, checkOpenable } from '../read-sets/check-openable.ts'
import { fetchReadSets } from '../read-sets/read-sets.store.ts'
import { onlyForOf, placeIn } from './place-in-conversation.ts'
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
  const { subject } = call.caller
  const request = requestOf(input)
  if (conversationId === undefined) {
    const runnable = await findRunnable(deps, { agent: input.agent ?? '' }, call, atLeast)
    if (!runnable.ok) return runnable
    const purpose = choosePurpose(runnable.value.purposes, input.purpose, call.caller)
    if (!purpose.ok) return purpose
    const question = { parentId: undefined, text: input.text ?? '' }
    const alone = { audience: [], onlyFor: onlyForOf(input, subject) }
    return ok({ ...runnable.value, ...alone, request, purpose: purpose.value, question })
  }
  // At the same time; nothing of a place is told unless the caller takes part and the agent is theirs to run.
  const [runnable, place, others] = await Promise.all([
    findRunnable(deps, { conversationId }, call, atLeast),
    placeIn(deps.db, conversationId, input, subject),
    fetchAudience(deps.db, conversationId, subject),
  ])
  if (!runnable.ok) return runnable
  const purpose = choosePurpose(runnable.value.purposes, input.purpose, call.caller)
  if (!purpose.ok) return purpose
  if (!place.ok) return place
  const { question, onlyFor } = place.value
  const placed = {
    ...{ ...runnable.value, request, purpose: purpose.value, conversationId, question, onlyFor },
    audience: onlyFor === undefined ? others : [],
  }
  const opened = await parentOpenable(deps, placed, call, atLeast)
  if (!opened.ok) return opened
  return opened.value ? ok(placed) : fail(fault('withheld', 'The answer that this follows cannot be opened now.'))
}

/** By the asker's own rights: a refusal must not tell what others in the conversation may open. */
async function parentOpenable(
  deps: PlaceDeps,
  { question, agentId, purpose }: Placed,
  call: Call,
  atLeast: number | undefined,
): Promise<Result<boolean, ReadFault>> {
  const { parentId } = question
  if (parentId === undefined) return ok(true)
  const caller = withPurpose(call.caller, purpose)
  const entries = (await fetchReadSets(deps.db, [parentId])).get(parentId) ?? []
  const as = callAsAgent(deps.bus, caller, agentId, checkWithinMs, call.signal)
  const checked = await checkOpenable(deps.access, [{ id: parentId, entries }], as, { atLeast })
  return checked.ok ? ok(checked.value.ids.has(parentId)) : checked
}

const checkWithinMs = 10_000

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

const requestOf = ({
  clientHistory,
  atLeast,
  allowRestrictedView,
  maxOutputTokens,
  temperature,
}: AskInput): RunRequest => ({
  ...(clientHistory === undefined ? {} : { clientHistory }),
  ...(atLeast === undefined ? {} : { atLeast }),
  ...(allowRestrictedView ? { allowRestrictedView } : {}),
  ...(maxOutputTokens === undefined ? {} : { maxOutputTokens }),
  ...(temperature === undefined ? {} : { temperature }),
})
