import { type BreakerCause, type Breaker, type Cooling, createBreaker } from './breaker.ts'

/** How much the newest measurement counts. */
const NEWEST = 0.2
/** An average that nobody has added to for so long says nothing any more. */
const STALE_MS = 60_000

/** How the models do, as this replica sees it. Kept in memory, by name. */
export type Health = {
  inFlight(model: string): number
  firstContentMs(model: string): number | undefined
  cooling(model: string): Cooling | undefined
  /** A request goes there now. Exactly one of the three that end it is called, once; further calls do nothing. */
  begin(model: string): Attempt
  /** All models that were asked since this process started. */
  list(): HealthOfModel[]
}

export type Attempt = {
  firstContent(ms: number): void
  succeeded(): void
  failed(cause: BreakerCause, retryAfterMs?: number): void
  /** It says nothing about the model: the caller left, or asked for what it can't do. */
  ended(): void
}

export type HealthOfModel = {
  readonly model: string
  readonly inFlight: number
  readonly requests: number
  readonly failures: number
  readonly firstContentMs?: number
  readonly cooling?: { readonly cause: BreakerCause; readonly forMs: number }
}

type State = {
  breaker: Breaker
  inFlight: number
  requests: number
  failures: number
  average: { ms: number; atMs: number } | undefined
}

export function createHealth({ nowMs = () => performance.now() }: { nowMs?: () => number } = {}): Health {
  const states = new Map<string, State>()
  const stateOf = (model: string) => {
    const known = states.get(model)
    if (known) return known
    // Names of models can come from callers; what was asked longest ago is forgotten first.
    const [oldest] = states.size >= MAX_MODELS ? states.keys() : []
    if (oldest !== undefined) states.delete(oldest)
    const state: State = { breaker: createBreaker(), inFlight: 0, requests: 0, failures: 0, average: undefined }
    states.set(model, state)
    return state
  }
  const averageOf = (state: State | undefined) =>
    state?.average && nowMs() - state.average.atMs < STALE_MS ? state.average.ms : undefined

  return {
    inFlight: (model) => states.get(model)?.inFlight ?? 0,
    firstContentMs: (model) => averageOf(states.get(model)),
    cooling: (model) => states.get(model)?.breaker.cooling(nowMs()),
    begin(model) {
      const state = stateOf(model)
      state.inFlight++
      state.requests++
      state.breaker.begin(nowMs())
      let isOpen = true
      const end = (work: () => void) => {
        if (!isOpen) return
        isOpen = false
        state.inFlight--
        work()
      }
      return {
        firstContent(ms) {
          const before = averageOf(state) ?? ms
          state.average = { ms: before + NEWEST * (ms - before), atMs: nowMs() }
        },
        succeeded: () => end(() => state.breaker.succeeded(nowMs())),
        failed: (cause, retryAfterMs) =>
          end(() => {
            state.failures++
            state.breaker.failed(cause, nowMs(), retryAfterMs)
          }),
        ended: () => end(() => state.breaker.ended()),
      }
    },
    list: () =>
      [...states].map(([model, state]) => {
        const { inFlight, requests, failures } = state
        const average = averageOf(state)
        const cooling = state.breaker.cooling(nowMs())
        return {
          ...{ model, inFlight, requests, failures },
          ...(average !== undefined && { firstContentMs: Math.round(average) }),
          ...(cooling && { cooling: { cause: cooling.cause, forMs: Math.ceil(cooling.untilMs - nowMs()) } }),
        }
      }),
  }
}

const MAX_MODELS = 1000
