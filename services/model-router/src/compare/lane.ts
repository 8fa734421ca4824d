import type { Call } from '@tessera/shared/bus/call'
import type { HandlerOf } from '@tessera/shared/bus/contract'
import type { CompareEvent } from '@tessera/shared/contracts/model-router/comparisons'
import type { completionOperations, CompletionRequest } from '@tessera/shared/contracts/model-router/completion'
import type { modelsFaults } from '@tessera/shared/contracts/model-router/faults'
import type { Usage } from '@tessera/shared/contracts/model-router/usage'
import type { Fault } from '@tessera/shared/fault/fault'
import { ok, type Result } from '@tessera/shared/fault/result'

/** What an answer came to that was given to its end. */
export type Came = {
  readonly model: string
  readonly usage: Usage
  readonly costMicros: number | undefined
  readonly firstContentMs: number
  readonly totalMs: number
}
type Unavailable = ReturnType<typeof modelsFaults.fault<'unavailable'>>

export type LaneDeps = {
  readonly complete: HandlerOf<(typeof completionOperations)['complete']>
  readonly costOf: (model: string, usage: Usage) => number | undefined
  /** Writes down what it came to, before anybody is told that it has ended. */
  readonly record: (lane: number, came: Came) => Promise<Result<unknown, Unavailable>>
}

/** One model's answer in a comparison: a completion of its own, permitted, counted and paid for by itself. Whatever becomes of it is an event, never a fault of the whole. */
export async function* runLane(
  { complete, costOf, record }: LaneDeps,
  lane: number,
  request: CompletionRequest,
  call: Call,
): AsyncGenerator<Result<CompareEvent, never>, void, void> {
  const startedMs = performance.now()
  const sinceStartMs = () => performance.now() - startedMs
  const failed = (fault: Fault) => ok({ type: 'lane.failed', lane, fault } as const)
  let model = request.model
  let firstContentMs = 0
  for await (const result of complete(request, call)) {
    if (!result.ok) return yield failed(result.fault)
    const event = result.value
    switch (event.type) {
      case 'start': {
        model = event.model
        firstContentMs = sinceStartMs()
        const { route, notes = [] } = event
        yield ok({ type: 'lane.started', lane, model, notes, firstContentMs, ...(route !== undefined && { route }) })
        break
      }
      case 'end': {
        const { finishReason, usage } = event
        const costMicros = costOf(model, usage)
        const totalMs = sinceStartMs()
        const recorded = await record(lane, { model, usage, costMicros, firstContentMs, totalMs })
        if (!recorded.ok) return yield failed(recorded.fault)
        const cost = costMicros === undefined ? {} : { costMicros }
        return yield ok({ type: 'lane.completed', lane, finishReason, usage, totalMs, ...cost })
      }
      default:
        yield ok({ type: 'lane.content', lane, content: event })
    }
  }
}
