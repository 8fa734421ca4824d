import type { Caller } from '@tessera/shared/bus/call'
import type { CompletionRequest } from '@tessera/shared/contracts/model-router/completion'
import type { Model } from '../catalogue/model.ts'
import { providerRequest } from '../complete/provider-request.ts'
import type { Configuration } from '../configuration/configuration.ts'
import type { Inspected } from '../guardrails/inspect.ts'
import type { ExactCache, KeptAnswer } from './exact-cache.ts'
import { keyOf } from './key-of.ts'
import { createRecording, type Recording } from './recording.ts'

/** The place of one request in the cache. */
export type Slot = {
  /** What was answered to it before. */
  readonly kept: { readonly answer: KeptAnswer; readonly ageSeconds: number } | undefined
  /** Listens to the answer of this model, to keep it; absent where it is not the one that the place is for. */
  record(model: Model): Recording | undefined
}

/** What has been decided of a request by then: that this model may have its text, now, for this caller. */
export type Permitted = {
  readonly caller: Caller
  readonly model: Model
  readonly inspected: Inspected
  readonly revision: number | undefined
  readonly configuration: Configuration
}
export type SlotFor = (permitted: Permitted) => Slot | undefined

const HOUR_SECONDS = 3600

/**
 * Finds the place of a request, once it is decided who would be asked first: a hit is permitted like any request, by the same questions. Undefined where its caller does not
 * want one, or the workspace doesn't.
 */
export const slotsFor =
  (cache: ExactCache, request: CompletionRequest): SlotFor | undefined =>
  ({ caller, model, inspected, revision, configuration }) => {
    const { cacheSeconds = 0, decisionIds } = request
    const seconds = Math.min(cacheSeconds, configuration.guardrails.maxCacheSeconds ?? HOUR_SECONDS)
    if (seconds === 0 || revision === undefined) return undefined
    const asked = providerRequest(request, model, inspected, caller)
    if (!asked.ok) return undefined
    const moment = { workspaceId: caller.workspaceId, revision, version: configuration.version }
    const key = keyOf(moment, caller, { model: model.name, decisionIds, request: asked.value })
    return {
      kept: cache.find(moment, key, seconds),
      record: ({ name }) =>
        name === model.name
          ? createRecording((answer, bytes) => cache.keep(moment, key, answer, { seconds, bytes }))
          : undefined,
    }
  }
