import type { Call } from '@tessera/shared/bus/call'
import type { RunEvent } from '@tessera/shared/contracts/agents'
import type { Fault } from '@tessera/shared/fault/fault'
import { fail, type Result } from '@tessera/shared/fault/result'
import { findRunOf } from '../conversations/conversations.store.ts'
import { notFound, type ReadFault } from '../edge/faults.ts'
import { deliver, type DeliverDeps } from './deliver.ts'

type Input = { conversationId: string; messageId: string; after: number }

/** The events of an answer for a second reader, or for one who comes back: exactly those after the number that they have. */
export function createReadEvents(deps: DeliverDeps) {
  return async function* readEvents(
    { conversationId, messageId, after }: Input,
    call: Call,
  ): AsyncGenerator<Result<RunEvent, ReadFault | Fault<'agents.not-found' | 'agents.withheld'>>> {
    const run = await findRunOf(deps.db, call.caller, conversationId, messageId)
    if (!run) return yield fail(notFound('message'))
    yield* deliver(deps, { run, after, decided: 'before' }, call)
  }
}
