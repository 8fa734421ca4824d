import type { HandlerOf } from '@tessera/shared/bus/contract'
import type { embeddingOperations } from '@tessera/shared/contracts/model-router/embeddings'
import { modelsFaults } from '@tessera/shared/contracts/model-router/faults'
import { fail, ok, type Result } from '@tessera/shared/fault/result'
import type { Embedding, Provider, ProviderFault } from '../providers/provider.ts'
import type { Health } from '../routing/health.ts'
import { shapeOfTexts } from '../routing/request-shape.ts'
import type { Admit } from '../serving/admit.ts'
import { firstToAnswer } from '../serving/attempts.ts'
import { endAttempt } from '../serving/end-attempt.ts'
import { routeTaken } from '../serving/route-taken.ts'

export type EmbedDeps = { admit: Admit; health: Health }

type Embed = HandlerOf<(typeof embeddingOperations)['embed']>
type Ask = Parameters<NonNullable<Provider['embed']>>

/** Vectors of texts, counted. */
export const createEmbed =
  ({ admit, health }: EmbedDeps): Embed =>
  async ({ model, labels, ofSearch, ...request }, call) => {
    const shape = shapeOfTexts(request.texts)
    const texts = () => request.texts
    const admitted = await admit({ operation: 'embed', model, decisionIds: [], labels, ofSearch, shape, texts }, call)
    if (!admitted.ok) return admitted
    const { entry, targets, resolved, inspected, notes, noSuchModel } = admitted.value
    const startedMs = performance.now()
    const { deadlineMs, signal } = call
    const { target, answer, tried } = await firstToAnswer({ targets, deadlineMs, signal }, ({ model }) => {
      const { masked } = inspected
      const given = masked && model.hosting === 'cloud' ? { ...request, texts: request.texts.map(masked) } : request
      return ask(health, model.name, model.provider, [{ ...given, model: model.ownName }, { signal }])
    })
    const estimate = { inputTokens: answer.ok ? shape.inputTokens : 0, outputTokens: 0, estimated: true }
    const route = routeTaken(resolved, target, tried)
    await entry.end({
      outcome: answer.ok ? 'completed' : signal.aborted ? 'cancelled' : answer.fault.code,
      model: target.model,
      route,
      usage: answer.ok ? answer.value.usage : estimate,
      totalMs: performance.now() - startedMs,
    })
    if (!answer.ok) return answer.fault.code === 'models.not-found' ? fail(noSuchModel()) : answer
    const { vectors, usage } = answer.value
    const dimensions = vectors[0]?.length ?? 0
    return ok({ vectors: vectors.map(encode), dimensions, model: target.model.name, route, notes: [...notes], usage })
  }

async function ask(
  health: Health,
  name: string,
  { name: provider, embed }: Provider,
  [request, options]: Ask,
): Promise<Result<Embedding, ProviderFault>> {
  if (!embed) {
    return fail(modelsFaults.fault('request-refused', `The provider ${provider} has no embeddings.`))
  }
  const attempt = health.begin(name)
  const embedded = await embed(request, options)
  if (embedded.ok) attempt.succeeded()
  else if (options.signal.aborted) attempt.ended()
  else endAttempt(attempt, embedded.fault)
  return embedded
}

/** Base64 of little-endian 32-bit floats. */
function encode(vector: readonly number[]): string {
  const bytes = Buffer.alloc(vector.length * 4)
  for (const [index, value] of vector.entries()) bytes.writeFloatLE(value, index * 4)
  return bytes.toString('base64')
}
