import type { Bus } from '@tessera/shared/bus/bus'
import type { Call } from '@tessera/shared/bus/call'
import { type RunEvent, terminalEvents } from '@tessera/shared/contracts/agents'
import type { Fault } from '@tessera/shared/fault/fault'
import { fail, ok, type Result } from '@tessera/shared/fault/result'
import type { AgentsDatabase } from '../database.ts'
import { callAsAgent, callToOpen, withPurpose } from '../edge/callers.ts'
import { fault, notFound, type ReadFault, readFault } from '../edge/faults.ts'
import { type Access, checkOpenable } from '../read-sets/check-openable.ts'
import { fetchReadSets } from '../read-sets/read-sets.store.ts'
import { findHearing } from './hearing.ts'
import type { LiveRuns } from './live-runs.ts'
import { fetchEvents } from './run-log.ts'
import { isRefusal, recheckMs } from './watch-rights.ts'

export type DeliverDeps = {
  readonly db: AgentsDatabase
  readonly bus: Bus
  readonly access: Access
  readonly live: LiveRuns
}

export type Delivery = {
  readonly run: { readonly id: string; readonly agentId: string; readonly messageId: string }
  /** The last event that the reader has. */
  readonly after: number
  /** `now`: the run has just begun for this very reader. `before`: whether they may open it is decided first. */
  readonly decided: 'now' | 'before'
}

type DeliveryFault = ReadFault | Fault<'agents.not-found' | 'agents.withheld'>

const firstPollMs = 100
const slowestPollMs = 1000
const checkWithinMs = 5000

/**
 * The events of a run from a number on to its end, as they come: from memory where the run works in this process, from the table otherwise. Whether the
 * reader takes part and may open them is decided at delivery, and at latest every second anew, what they were made from when the revision moved (ACCESS.md
 * section 8).
 */
export async function* deliver(
  deps: DeliverDeps,
  { run, after, decided }: Delivery,
  call: Call,
): AsyncGenerator<Result<RunEvent, DeliveryFault>> {
  const rights = createRights(deps, run, call)
  if (decided === 'before') {
    const decision = await rights.decideFirst()
    if (decision === 'later') return yield fail(fault('withheld', whileItRuns))
    if (decision !== 'open') return yield fail(decision === 'revoked' ? fault('withheld', withheld) : decision)
  }
  let at = after
  let step = 0
  let pollMs = firstPollMs
  while (!call.signal.aborted) {
    const live = deps.live.find(run.id)
    const events = live?.eventsAfter(at) ?? (await fetchEvents(deps.db, run.id, at))
    for (const event of events) {
      // A run reads more when it has found passages; a reader who comes from elsewhere has not been asked about those.
      const reads = decided === 'before' && (event.type === 'passages.found' || event.type === 'step.restarted')
      const decision = await rights.stillOpen(reads)
      if (decision !== 'open') return yield decision === 'revoked' ? ok(revoked(run, at, step)) : fail(decision)
      yield ok(event)
      at = event.id
      step = event.step
      if ((terminalEvents as readonly string[]).includes(event.type)) return
    }
    if (events.length > 0) {
      pollMs = firstPollMs
      continue
    }
    const decision = await rights.stillOpen(false)
    if (decision !== 'open') return yield decision === 'revoked' ? ok(revoked(run, at, step)) : fail(decision)
    const stored = live ? 'more' : await whatIsStored(deps.db, run.id, at)
    if (stored === 'nothing') return yield fail(notFound('message'))
    if (stored === 'all') return
    // Nothing may happen between the look at a live run and this, or it would be slept through.
    if ((live?.eventsAfter(at)?.length ?? 0) > 0) continue
    await deps.live.change(run.id, pollMs, call.signal)
    pollMs = Math.min(slowestPollMs, pollMs * 1.5)
  }
}

const withheld = 'This answer was made from something that you cannot open now.'
const whileItRuns = 'This is being answered since before you joined. Read it when it has ended.'

/** The end that a reader gets who may not read on. It stands under the next number, and nothing follows it. */
const revoked = ({ messageId }: Delivery['run'], at: number, step: number): RunEvent => ({
  id: at + 1,
  step,
  type: 'run.cancelled',
  messageId,
  reason: 'access.revoked',
})

/** Whether there is more to come for a reader who has everything up to here: the conversation may be deleted, the run ended. */
async function whatIsStored(db: AgentsDatabase, runId: string, at: number): Promise<'more' | 'all' | 'nothing'> {
  const run = await db.selectFrom('runs').select(['state', 'last_seq']).where('id', '=', runId).executeTakeFirst()
  if (!run) return 'nothing'
  return run.state !== 'running' && run.last_seq <= at ? 'all' : 'more'
}

type Decision = 'open' | 'revoked' | DeliveryFault

/** Whether a reader may read on, decided anew when the last decision is too old. */
function createRights({ db, bus, access }: DeliverDeps, run: Delivery['run'], call: Call) {
  let revision = -1
  let decidedAtMs = performance.now()

  const decide = async (as: Call): Promise<Decision> => {
    const entries = (await fetchReadSets(db, [run.messageId])).get(run.messageId) ?? []
    const checked = await checkOpenable(access, [{ id: run.messageId, entries }], as)
    decidedAtMs = performance.now()
    if (!checked.ok) return checked.fault
    revision = checked.value.revision
    return checked.value.ids.has(run.messageId) ? 'open' : 'revoked'
  }

  const decideIfMoved = async (as: Call): Promise<Decision> => {
    const active = await access.checkRole({ anyOf: [] }, as)
    if (!active.ok) return readFault(active.fault)
    if (active.value.revision !== revision) return decide(as)
    decidedAtMs = performance.now()
    return 'open'
  }

  return {
    /** For a reader who comes for what was begun before. */
    async decideFirst(): Promise<Decision | 'later'> {
      const { hearing, purpose } = await findHearing(db, call.caller, run.id)
      if (hearing === 'none') return notFound('message')
      if (hearing === 'later') return 'later'
      return decide(callToOpen(bus, call, { agentId: run.agentId, purpose }))
    },
    async stillOpen(anew: boolean): Promise<Decision> {
      if (!anew && performance.now() - decidedAtMs < recheckMs) return 'open'
      const { hearing, purpose } = await findHearing(db, call.caller, run.id)
      if (hearing !== 'all') return notFound('message')
      // The assertion that the reader came with lasts a minute only; this one says the same and names the agent.
      const caller = withPurpose(call.caller, purpose)
      const as = callAsAgent(bus, caller, run.agentId, checkWithinMs, call.signal)
      const decision = await (anew ? decide(as) : decideIfMoved(as))
      return typeof decision === 'object' && isRefusal(decision) ? 'revoked' : decision
    },
  }
}
