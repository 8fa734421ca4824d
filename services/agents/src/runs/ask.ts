import type { Call } from '@tessera/shared/bus/call'
import { type RunEvent, terminalEvents } from '@tessera/shared/contracts/agents'
import { anotherRequest, requestHashOf } from '@tessera/shared/database/answer-once'
import { fail, ok, type Result } from '@tessera/shared/fault/result'
import { fault } from '../edge/faults.ts'
import { requestCancel } from './cancel-run.ts'
import { deliver, type Delivery, type DeliverDeps } from './deliver.ts'
import { type AskFault, type AskInput, placeQuestion } from './place-question.ts'
import type { RunDeps } from './run-agent.ts'
import { type IdempotencyKey, startRun } from './start-run.ts'
import type { Worker } from './worker.ts'

export type AskDeps = DeliverDeps & {
  readonly worker: Worker
  readonly workerId: string
  readonly leaseMs: number
  readonly runTimeoutMs: number
  readonly onBoundary: RunDeps['onBoundary']
}

/** Stores a question, starts its run here, and gives its events. The run does not need the reader. */
export function createAsk(deps: AskDeps) {
  return async function* ask(input: AskInput, call: Call): AsyncGenerator<Result<RunEvent, AskFault>> {
    const delivery = await begin(deps, input, call)
    if (!delivery.ok) return yield delivery
    let ended = false
    try {
      for await (const event of deliver(deps, delivery.value, call)) {
        ended = !event.ok || (terminalEvents as readonly string[]).includes(event.value.type)
        yield event
      }
    } finally {
      if (!ended && input.cancelOnLeave) await requestCancel(deps, delivery.value.run.id)
    }
  }
}

async function begin(deps: AskDeps, input: AskInput, call: Call): Promise<Result<Delivery, AskFault>> {
  const idempotency = idempotencyOf(input, call)
  const earlier = idempotency && (await findEarlier(deps, idempotency, call))
  if (earlier) return earlier
  const placed = await placeQuestion(deps, input, call)
  if (!placed.ok) return placed
  const { workerId, leaseMs, runTimeoutMs } = deps
  const start = { placed: placed.value, caller: call.caller, idempotency, workerId, leaseMs, runTimeoutMs }
  const run = await startRun(deps.db, start)
  if (!run) {
    const meanwhile = idempotency && (await findEarlier(deps, idempotency, call))
    return meanwhile ?? fail(fault('conflict', 'The same key was used and its run deleted meanwhile.'))
  }
  await deps.onBoundary('run.stored', run)
  const { question, version } = placed.value
  deps.worker.start(run, { question: question.text, parentId: question.parentId, version })
  return ok({ run, after: 0, decided: 'now' })
}

/** The run that the same key began; what comes of it is decided at delivery. */
async function findEarlier(
  { db }: AskDeps,
  { key, requestHash, route }: IdempotencyKey,
  { caller }: Call,
): Promise<Result<Delivery, AskFault> | undefined> {
  const row = await db
    .selectFrom('idempotency')
    .innerJoin('runs', 'runs.id', 'idempotency.run_id')
    .select(['runs.id', 'runs.agent_id as agentId', 'runs.message_id as messageId', 'request_hash'])
    .where('idempotency.workspace_id', '=', caller.workspaceId)
    .where('principal', '=', caller.subject)
    .where('idempotency.actors', '=', JSON.stringify(caller.actors))
    .where('route', '=', route)
    .where('key', '=', key)
    .executeTakeFirst()
  if (!row) return undefined
  if (row.request_hash !== requestHash) return fail(fault('conflict', anotherRequest))
  return ok({ run: row, after: 0, decided: 'before' })
}

/** Questions in a conversation and those to an agent come by different routes, whose keys don't meet. */
function idempotencyOf({ idempotencyKey: key, ...request }: AskInput, { caller }: Call): IdempotencyKey | undefined {
  if (key === undefined) return undefined
  return {
    key,
    requestHash: requestHashOf(request, caller),
    route: request.conversationId === undefined ? 'ask.agent' : 'ask',
  }
}
