import { type Static, Type } from 'typebox'
import { call } from '../../bus/contract.ts'
import { IdOf } from '../../ids/ids.ts'
import { Name, Page, Timestamp } from '../names.ts'
import { listFaults } from './faults.ts'

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

/** Which rows of the ledger. Nobody but an admin sees those of others. */
export const usageFilter = {
  from: Type.Optional({ ...Timestamp, description: 'Requests that began at this moment or later.' }),
  to: Type.Optional({ ...Timestamp, description: 'Requests that began before this moment.' }),
  model: Type.Optional(Type.String({ maxLength: 200, description: 'What served, `provider/name`.' })),
  subject: Type.Optional(Name),
  agent: Type.Optional({ ...IdOf('agt'), description: 'Asked through this agent.' }),
  keyId: Type.Optional(IdOf('key')),
}

/** One request in the ledger. */
export const UsageItem = Type.Object({
  id: IdOf('usg'),
  at: Timestamp,
  subject: Type.String(),
  actors: Type.Array(Type.String()),
  keyId: Type.Optional(Type.String()),
  purpose: Type.Optional(Type.String()),
  operation: Type.String({ description: '`complete`, `embed` or `rerank`.' }),
  asked: Type.String({ description: 'The model or route that was named.' }),
  model: Type.String({ description: 'What served, or was tried last.' }),
  route: Type.Optional(Type.String({ description: 'How it was chosen, as in `x-tessera-route`.' })),
  outcome: Type.String({
    description:
      '`started` (it goes on), `completed`, `cached` (answered as the same was before: no model was asked, it cost nothing), `cancelled`, `lost` (its process died), or the code of a fault.',
  }),
  usage: Usage,
  costMicros: Type.Optional(Type.Integer({ description: 'Absent: the model has no price.' })),
  firstContentMs: Type.Optional(Type.Number()),
  totalMs: Type.Optional(Type.Number()),
  metadata: Type.Optional(
    Type.Record(Type.String(), Type.String(), { description: 'What the caller noted with the request.' }),
  ),
  notes: Type.Array(Type.String()),
})

/** By what usage is added up. */
export const UsageGroup = Type.Union([
  Type.Literal('model'),
  Type.Literal('asked'),
  Type.Literal('subject'),
  Type.Literal('agent'),
  Type.Literal('key'),
  Type.Literal('purpose'),
  Type.Literal('operation'),
  Type.Literal('outcome'),
  Type.Literal('hour'),
  Type.Literal('day'),
  Type.Literal('month'),
])
export type UsageGroup = Static<typeof UsageGroup>

export const UsageTotal = Type.Object({
  by: Type.Record(Type.String(), Type.String(), {
    description:
      'The value of each group; what a request has none of is empty. Times begin the hour, day or month, in UTC.',
  }),
  requests: Type.Integer(),
  completed: Type.Integer({ description: 'Answered to the end, from the cache as well.' }),
  cached: Type.Integer({ description: 'Of these, from the cache.' }),
  inputTokens: Type.Integer(),
  cachedInputTokens: Type.Integer(),
  outputTokens: Type.Integer(),
  costMicros: Type.Integer(),
  unpriced: Type.Integer({ description: 'Requests to models without a price: what they cost is not in the sum.' }),
  firstContentMs: Type.Optional(Type.Number({ description: 'On average, of those that came to it.' })),
})

export const usageOperations = {
  listUsage: call({
    summary: 'What was used, newest first: own requests, or all of them for an admin.',
    calledBy: ['gateway'],
    input: Type.Object({ ...usageFilter, ...Page }),
    output: Type.Object({ items: Type.Array(UsageItem), nextCursor: Type.Optional(Type.String()) }),
    faults: listFaults,
    timeoutMs: 5000,
    idempotent: true,
  }),
  totalUsage: call({
    summary:
      'What was used, added up by up to three groups, the most expensive first: own requests, or all of them for an admin.',
    calledBy: ['gateway'],
    input: Type.Object({
      ...usageFilter,
      by: Type.Array(UsageGroup, { minItems: 1, maxItems: 3, uniqueItems: true }),
      limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 1000, default: 200 })),
    }),
    output: Type.Object({
      items: Type.Array(UsageTotal),
      complete: Type.Boolean({ description: 'False: there are more groups than the limit.' }),
    }),
    faults: listFaults,
    timeoutMs: 20_000,
    idempotent: true,
  }),
}
