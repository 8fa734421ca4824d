import { Type } from 'typebox'
import { call } from '../../bus/contract.ts'
import { readingFaults } from './faults.ts'
import { nameCharacter } from './kept-text.ts'

/** `openai/gpt-…`, `anthropic/claude-…`, `tessera/extractive`, … */
export const ModelName = Type.String({ minLength: 3, maxLength: 200, pattern: `^[a-z0-9-]+/${nameCharacter}+$` })

/** The name of a model, or one that the workspace gives to a choice of models. */
export const ModelOrRoute = Type.String({ minLength: 1, maxLength: 200, pattern: `^${nameCharacter}+$` })

export const ModelKind = Type.Union([Type.Literal('completion'), Type.Literal('embedding'), Type.Literal('reranking')])

export const modelOperations = {
  listModels: call({
    summary: 'The models and routes that the caller may use.',
    calledBy: ['gateway'],
    input: Type.Object({}),
    output: Type.Object({
      models: Type.Array(
        Type.Object({
          model: ModelName,
          provider: Type.String(),
          kind: ModelKind,
        }),
      ),
      routes: Type.Array(Type.String(), { description: 'Names of the workspace that stand for models.' }),
      defaultModel: Type.String({ description: 'The model or route that serves where none is named.' }),
    }),
    faults: readingFaults,
    timeoutMs: 10_000,
    idempotent: true,
  }),
}
