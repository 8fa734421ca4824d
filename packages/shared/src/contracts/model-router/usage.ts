import { type Static, Type } from 'typebox'
import { call } from '../../bus/contract.ts'
import { accessFaults } from './faults.ts'

const Tokens = Type.Integer({ minimum: 0 })

export const Usage = Type.Object({
  inputTokens: { ...Tokens, description: 'All of the prompt, also what a provider had in its cache.' },
  outputTokens: { ...Tokens, description: 'All that was written, reasoning included.' },
  cachedInputTokens: Type.Optional({ ...Tokens, description: 'Of the input: read from a cache of the provider.' }),
  cacheWriteTokens: Type.Optional({ ...Tokens, description: 'Of the input: written into a cache of the provider.' }),
  reasoningTokens: Type.Optional({ ...Tokens, description: 'Of the output.' }),
  estimated: Type.Boolean({ description: 'True where the provider gave no numbers and we counted ourselves.' }),
})
export type Usage = Static<typeof Usage>

export const usageOperations = {
  listUsage: call({
    summary: 'What was used, newest first: own requests, or all of them for an admin.',
    calledBy: ['gateway'],
    input: Type.Object({
      cursor: Type.Optional(Type.String()),
      limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 200 })),
    }),
    output: Type.Object({
      items: Type.Array(
        Type.Object({
          at: Type.String(),
          subject: Type.String(),
          actors: Type.Array(Type.String()),
          model: Type.String(),
          operation: Type.String({ description: '`complete` or `embed`.' }),
          outcome: Type.String({
            description:
              '`started` (it goes on, or its process was killed), `completed`, `cancelled`, or the code of a fault.',
          }),
          usage: Usage,
        }),
      ),
      nextCursor: Type.Optional(Type.String()),
    }),
    faults: ['models.request-refused', 'models.unavailable', ...accessFaults],
    timeoutMs: 5000,
    idempotent: true,
  }),
}
