import type { Model } from '../catalogue/model.ts'

/** A model that may serve a request. */
export type Target = {
  readonly model: Model
  /** Its share where a strategy looks at shares; 0: only if others fail. */
  readonly weight: number
}

/** What strategies look at. */
export type Choosing = {
  /** Requests under way on this replica. */
  readonly inFlight: (target: Target) => number
  /** Moving average of the time to first content, milliseconds; undefined without one yet. */
  readonly firstContentMs: (target: Target) => number | undefined
  /** What this request costs there at most, in micros; undefined where no price is known. */
  readonly costMicros: (target: Target) => number | undefined
  /** What a conversation is known by, for those that stay with their target. */
  readonly conversation: string
  /** From 0 to below 1. */
  readonly random: () => number
}

/** Puts targets in the order in which they are tried. Gives back all of them, each once. */
export type Order = (targets: readonly Target[], choosing: Choosing) => readonly Target[]
