import type { HandlerOf } from '@tessera/shared/bus/contract'
import type { modelsContract } from '@tessera/shared/contracts/model-router'
import { modelsFaults } from '@tessera/shared/contracts/model-router/faults'
import { fail, ok } from '@tessera/shared/fault/result'
import type { Access } from '../access/check-caller.ts'
import { checkModel } from '../access/check-model.ts'
import type { ModelLabels } from '../access/model-labels.ts'
import { findModel } from '../models/find-model.ts'
import { estimateTokens } from '../providers/estimate-tokens.ts'
import type { Provider } from '../providers/provider.ts'
import type { Meter } from '../usage/meter.ts'

export type EmbedDeps = { access: Access; providers: readonly Provider[]; labels: ModelLabels; meter: Meter }

type Embed = HandlerOf<(typeof modelsContract)['operations']['embed']>

/** Vectors of texts, counted. */
export const createEmbed =
  ({ access, providers, labels, meter }: EmbedDeps): Embed =>
  async ({ model, texts }, call) => {
    const found = findModel(providers, model)
    if (!found.ok) return found
    const { provider } = found.value
    const allowed = await checkModel(access, labels, { provider, model, decisionIds: [] }, call)
    if (!allowed.ok) return allowed
    if (!provider.embed) {
      return fail(modelsFaults.fault('request-refused', `The provider ${provider.name} has no embeddings.`))
    }
    const startedMs = performance.now()
    const inputTokens = estimateTokens(...texts)
    const start = { caller: call.caller, model, operation: 'embed', inputTokens, decisionIds: [] } as const
    const [row, embedded] = await Promise.all([
      meter.begin(start),
      provider.embed({ model: found.value.model, texts }, { signal: call.signal }),
    ])
    if (row === undefined) {
      return fail(modelsFaults.fault('unavailable', 'The use of models cannot be counted at the moment.'))
    }
    await meter.end(row, {
      outcome: embedded.ok ? 'completed' : embedded.fault.code,
      usage: embedded.ok ? embedded.value.usage : { inputTokens, outputTokens: 0, estimated: true },
      totalMs: performance.now() - startedMs,
    })
    if (!embedded.ok) return embedded
    const { vectors, usage } = embedded.value
    return ok({ vectors: vectors.map(encode), dimensions: vectors[0]?.length ?? 0, usage })
  }

/** Base64 of little-endian 32-bit floats. */
function encode(vector: readonly number[]): string {
  const bytes = Buffer.alloc(vector.length * 4)
  for (const [index, value] of vector.entries()) bytes.writeFloatLE(value, index * 4)
  return bytes.toString('base64')
}
