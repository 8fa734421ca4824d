import { Type } from 'typebox'
import { call } from '../../bus/contract.ts'

/** `openai/gpt-…`, `anthropic/claude-…`, `tessera/extractive`, … */
export const ModelName = Type.String({ minLength: 3, maxLength: 200, pattern: '^[a-z0-9-]+/.+$' })

export const modelOperations = {
  listModels: call({
    summary: 'The models that are switched on.',
    calledBy: ['gateway', 'agents', 'retrieval'],
    input: Type.Object({}),
    output: Type.Object({
      models: Type.Array(
        Type.Object({
          model: ModelName,
          provider: Type.String(),
          kind: Type.Union([Type.Literal('completion'), Type.Literal('embedding')]),
        }),
      ),
      defaultModel: ModelName,
    }),
    faults: [],
    timeoutMs: 10_000,
    idempotent: true,
  }),
}
