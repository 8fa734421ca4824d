import { Type } from 'typebox'
import { call } from '../../bus/contract.ts'
import { Label } from '../access-control/common.ts'
import { ModelName, ModelOrRoute } from './models.ts'
import { sendingFaults } from './faults.ts'
import { Usage } from './usage.ts'

export const embeddingOperations = {
  embed: call({
    summary: 'Vectors of texts.',
    calledBy: ['retrieval', 'gateway'],
    input: Type.Object({
      /** `provider/name`, or a name that the workspace gives to a model. */
      model: ModelOrRoute,
      texts: Type.Array(Type.String({ minLength: 1 }), { minItems: 1, maxItems: 256 }),
      /** Shorter vectors than the model makes by itself. */
      dimensions: Type.Optional(Type.Integer({ minimum: 1, maximum: 16_384 })),
      dropUnsupported: Type.Optional(Type.Boolean()),
      /** The words of a search, which no client sends raw: the class of the key counts, that of the workspace for raw calls does not. */
      ofSearch: Type.Optional(Type.Boolean()),
      /** Labels that the texts carry beside those of the key. */
      labels: Type.Optional(Type.Array(Label, { maxItems: 50 })),
    }),
    output: Type.Object({
      /** Base64 of little-endian 32-bit floats, one string per text. */
      vectors: Type.Array(Type.String()),
      dimensions: Type.Integer(),
      /** What served: vectors of two models are not to be compared. */
      model: ModelName,
      /** What served and why, as in `x-tessera-route`. */
      route: Type.String(),
      notes: Type.Array(Type.String()),
      usage: Usage,
    }),
    faults: sendingFaults,
    timeoutMs: 60_000,
    idempotent: true,
  }),
}
