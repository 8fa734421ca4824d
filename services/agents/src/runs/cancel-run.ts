import type { Call } from '@tessera/shared/bus/call'
import type { Message } from '@tessera/shared/contracts/agents'
import { fail, ok, type Result } from '@tessera/shared/fault/result'
import type { Fault } from '@tessera/shared/fault/fault'
import { findRunOf } from '../conversations/conversations.store.ts'
import { forbidden, notFound, type ReadFault } from '../edge/faults.ts'
import { requireActive } from '../edge/require-active.ts'
import { type OpenDeps, openMessages } from '../read-sets/open-messages.ts'
import type { LiveRuns } from './live-runs.ts'
import type { Worker } from './worker.ts'

type CancelDeps = OpenDeps & {
  readonly live: LiveRuns
  readonly worker: Worker
}

const waitMs = 3000
const pollMs = 50

/**
 * Ends a run wherever it works, and waits a little for its end. For who asked, and for the owner of the conversation. How it ended is told to those who can open it; for
 * others it is `completed`, as it is in the conversation.
 */
export function createCancelRun(deps: CancelDeps) {
  return async function cancelRun(
    { conversationId, messageId }: { conversationId: string; messageId: string },
    call: Call,
  ): Promise<Result<{ state: Message['state'] }, ReadFault | Fault<'agents.not-found'>>> {
    const active = await requireActive(deps.access, call)
    if (!active.ok) return active
    const run = await findRunOf(deps.db, call.caller, conversationId, messageId)
    if (!run) return fail(notFound('message'))
    const { subject } = call.caller
    if (run.subject !== subject && run.owner !== subject)
      return fail(forbidden('Only who asked, or the owner of the conversation, may end this.'))
    if (run.state !== 'running') return stateFor(deps, messageId, run.state, call)
    await requestCancel(deps, run.id)
    const untilMs = performance.now() + waitMs
    for (;;) {
      const now = await findRunOf(deps.db, call.caller, conversationId, messageId)
      if (!now) return fail(notFound('message'))
      if (now.state !== 'running') return stateFor(deps, messageId, now.state, call)
      if (performance.now() > untilMs || call.signal.aborted) return ok({ state: now.state })
      await deps.live.change(run.id, pollMs, call.signal)
    }
  }
}

async function stateFor(
  deps: OpenDeps,
  messageId: string,
  state: Message['state'],
  call: Call,
): Promise<Result<{ state: Message['state'] }, ReadFault>> {
  const opened = await openMessages(deps, [messageId], call)
  return opened.ok ? ok({ state: opened.value.ids.has(messageId) ? state : 'completed' }) : opened
}

/** Asks whoever works on the run to end it: by the column for other replicas, at once if it is here. */
export async function requestCancel({ db, worker }: Pick<CancelDeps, 'db' | 'worker'>, runId: string): Promise<void> {
  await db
    .updateTable('runs')
    .set({ cancel: 'asked' })
    .where('id', '=', runId)
    .where('state', '=', 'running')
    .where('cancel', 'is', null)
    .execute()
  worker.cancel(runId, 'asked')
}
