import { comparisonFields, type CompareRequest } from '@tessera/shared/contracts/model-router/comparisons'
import { ok, type Result } from '@tessera/shared/fault/result'
import { type Static, Type } from 'typebox'
import { ChatRequest, modelRequestOf } from '../openai/chat/chat-request.ts'

/** A chat completion as apps send it already, with `models` in the place of `model`. */
export const CompareBody = Type.Object({
  ...Type.Omit(ChatRequest, [
    'model',
    'stream_options',
    'fallbacks',
    'go_on_elsewhere',
    'cache_seconds',
    'allow_restricted_view',
  ]).properties,
  ...comparisonFields,
})
export type CompareBody = Static<typeof CompareBody>

/** What is asked of each model, in our terms: a raw call, so it carries no decisions. */
export function compareRequestOf({ models, agent, ...chat }: CompareBody, drop: boolean): Result<CompareRequest> {
  const read = modelRequestOf({ ...chat, model: '' }, drop)
  if (!read.ok) return read
  const { model: _model, ...request } = read.value
  return ok({ ...request, models, decisionIds: [], ...(agent !== undefined && { agent }) })
}
