import { Type } from 'typebox'
import { call } from '../../bus/contract.ts'
import { IdOf } from '../../ids/ids.ts'
import { sendingFaults } from './faults.ts'
import { ModelOrRoute } from './models.ts'

export const rerankingOperations = {
  rerank: call({
    summary: 'How well each of some texts answers a query, by a model that reads both together.',
    calledBy: ['retrieval'],
    input: Type.Object({
      /** `provider/name`, or a name that the workspace gives to a model. */
      model: ModelOrRoute,
      query: Type.String({ minLength: 1 }),
      texts: Type.Array(Type.String({ minLength: 1 }), { minItems: 1, maxItems: 200 }),
      /** The decisions under which the texts were given out (ACCESS.md section 7). */
      decisionIds: Type.Array(IdOf('dec'), { minItems: 1, maxItems: 10 }),
    }),
    output: Type.Object({
      scores: Type.Array(Type.Number(), {
        description:
          'One per text, in their order; the higher the better. Not to be compared with those of another query.',
      }),
    }),
    faults: sendingFaults,
    timeoutMs: 10_000,
    idempotent: true,
  }),
}
