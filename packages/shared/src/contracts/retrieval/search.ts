import { type Static, Type } from 'typebox'
import { call } from '../../bus/contract.ts'
import { IdOf } from '../../ids/ids.ts'
import { Label } from '../access-control/common.ts'
import { Receipt } from '../access-control/decisions.ts'
import { MediaType } from '../media-types.ts'
import { Name, Revision, Timestamp } from '../names.ts'
import { Passage } from './passages.ts'

/** What a search narrows itself to. An empty list is nowhere; what does not exist and what the caller may not know of are the same: nothing is found there. */
const narrowing = {
  dataSourceIds: Type.Optional(Type.Array(IdOf('src'), { maxItems: 100 })),
  spaces: Type.Optional(Type.Array(Name, { maxItems: 100 })),
  authors: Type.Optional(
    Type.Array(Type.String({ minLength: 1, maxLength: 300 }), {
      maxItems: 100,
      description: 'By one of them, as the source names them, in any case. Found in full view only.',
    }),
  ),
  mediaTypes: Type.Optional(Type.Array(MediaType, { maxItems: 50 })),
  updatedFrom: Type.Optional(Timestamp),
  updatedBefore: Type.Optional(Timestamp),
}

/** How results are ranked and laid out. */
const layout = {
  limit: Type.Optional(
    Type.Integer({
      minimum: 1,
      maximum: 50,
      default: 10,
      description: 'At most so many passages, or documents where they are grouped.',
    }),
  ),
  perDocument: Type.Optional(
    Type.Integer({
      minimum: 1,
      maximum: 10,
      description: 'At most so many passages of one document; 3 where they are grouped and nothing is said.',
    }),
  ),
  grouped: Type.Optional(
    Type.Boolean({ description: 'The passages of a document stand together, where its best one stands.' }),
  ),
  neighbours: Type.Optional(
    Type.Integer({
      minimum: 0,
      maximum: 3,
      description: 'So many passages before and after each, at their own views.',
    }),
  ),
  highlights: Type.Optional(Type.Boolean({ description: 'Where the words of the query stand in each text.' })),
  recency: Type.Optional(
    Type.Object(
      { halfLifeDays: Type.Number({ minimum: 0.01, maximum: 36_500 }) },
      { description: 'Newer ones move up: the bonus of being new is halved with each half-life.' },
    ),
  ),
  rerank: Type.Optional(
    Type.Boolean({ description: 'False: not even where a model for it is configured, which takes its time.' }),
  ),
  why: Type.Optional(Type.Boolean({ description: 'Ranks, scores and filters of each result. Admins and auditors.' })),
}

const Place = Type.Object({
  rank: Type.Integer({ description: 'Counted from 1.' }),
  score: Type.Number({ description: 'Of this ranking; not to be compared with others.' }),
})
/** Why a passage stands where it does. Scores tell of what others hold, so that they are for admins and auditors. */
export const PlaceInRanking = Type.Object({
  score: Type.Number({ description: 'What it was ranked by in the end, or before it was reranked.' }),
  byWords: Type.Optional(Place),
  byVector: Type.Optional(Place),
  byReranking: Type.Optional(Place),
})
export type PlaceInRanking = Static<typeof PlaceInRanking>

/** What was asked of the index. */
export const HowSearched = Type.Object({
  strict: Type.Boolean({ description: 'The strict ranking of the workspace: nothing hidden has a part in any score.' }),
  terms: Type.Array(Type.String(), { description: 'What the words of the query were found by.' }),
  phrases: Type.Array(Type.String()),
  embeddingModel: Type.Optional(Type.String()),
  rerankModel: Type.Optional(Type.String()),
  filter: Type.Object({
    names: Type.Array(Type.Integer(), {
      description: 'How many names cover the reader, and each who hears the answer.',
    }),
    pairs: Type.Integer({ description: 'How many combinations of signature and view are permitted.' }),
    agents: Type.Array(Name),
    exceptDocuments: Type.Integer(),
    breakGlass: Type.Boolean(),
    revision: Revision,
  }),
})

/** A stretch of a text in UTF-16 units; `end` is not included. */
export const Highlight = Type.Object({ start: Type.Integer(), end: Type.Integer() })

/** A passage that was found, with what was asked for beside it. */
export const FoundPassage = Type.Object({
  ...Passage.properties,
  before: Type.Optional(Type.Array(Passage)),
  after: Type.Optional(Type.Array(Passage)),
  highlights: Type.Optional(Type.Array(Highlight, { description: 'In `text`, and of nothing above its view.' })),
  why: Type.Optional(PlaceInRanking),
})
export type FoundPassage = Static<typeof FoundPassage>

/** What was not done as asked, so that nobody takes a part for the whole. */
export const SearchNote = Type.Union(
  [
    Type.Literal('no-words', {
      description: 'The query has no words to search by, only such as hold sentences together.',
    }),
    Type.Literal('query-cut', { description: 'The query has more words than a search takes; the first ones counted.' }),
    Type.Literal('not-reranked', { description: 'The model did not answer, or may not read these passages.' }),
  ],
  { description: 'Others may come; ignore those that you do not know.' },
)
export type SearchNote = Static<typeof SearchNote>

export const search = call({
  summary: 'The passages that best answer a query, among those that the caller may read now.',
  calledBy: ['gateway', 'agents'],
  input: Type.Object({
    query: Type.String({
      minLength: 1,
      maxLength: 10_000,
      pattern: '\\S',
      description: 'Words in any of our languages; `"…"` must be there exactly. Nothing else in it is syntax.',
    }),
    ...narrowing,
    ...layout,
    audience: Type.Optional(
      Type.Array(Name, {
        maxItems: 49,
        description: 'Everybody else who hears the answer: each passage is found at the least view of all.',
      }),
    ),
    unclearedLabels: Type.Optional(
      Type.Array(Label, {
        maxItems: 100,
        description:
          'Where it goes on to may not have these: each passage is found at the view that remains below them.',
      }),
    ),
    atLeast: Type.Optional(Revision),
  }),
  output: Type.Object({
    passages: Type.Array(FoundPassage),
    notes: Type.Optional(Type.Array(SearchNote)),
    how: Type.Optional(HowSearched),
    decisionId: IdOf('dec'),
    receipt: Type.Optional(Receipt),
    revision: Revision,
  }),
  faults: [
    'retrieval.invalid',
    'retrieval.unavailable',
    'retrieval.behind',
    'retrieval.embedding-failed',
    'access.unavailable',
    'audit.unavailable',
    'access.forbidden',
    'access.pending',
    'access.deactivated',
    'access.future-revision',
    'access.too-many-names',
    'access.stopped',
  ],
  timeoutMs: 10_000,
  idempotent: true,
})
