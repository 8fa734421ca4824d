import { Type } from 'typebox'
import { call } from '../../bus/contract.ts'
import { CompletionRequest } from './completion.ts'
import { sendingFaults } from './faults.ts'

export const countOperations = {
  countTokens: call({
    summary: 'How many tokens a prompt has with a model. Nothing is completed, and nothing paid for.',
    calledBy: ['gateway'],
    input: CompletionRequest,
    output: Type.Object({
      model: Type.String({ description: 'Whose tokens they are.' }),
      inputTokens: Type.Integer({ minimum: 0 }),
      estimated: Type.Boolean({ description: 'True where its provider does not count and we counted ourselves.' }),
    }),
    faults: sendingFaults,
    timeoutMs: 30_000,
    idempotent: true,
  }),
}
