import { type Static, Type } from 'typebox'
import { call, stream } from '../../bus/contract.ts'
import { FaultSchema } from '../../fault/fault.ts'
import { IdOf } from '../../ids/ids.ts'
import { Timestamp } from '../names.ts'
import { CompletionContent, CompletionRequest, FinishReason } from './completion.ts'
import { readingFaults, votingFaults } from './faults.ts'
import { ModelName } from './models.ts'
import { Usage } from './usage.ts'

const Lane = Type.Integer({ minimum: 0, maximum: 7, description: 'Which of `models`, from 0.' })

/** What a comparison takes beside the request itself, which is the same for all. */
export const comparisonFields = {
  models: Type.Array(CompletionRequest.properties.model, {
    minItems: 2,
    maxItems: 8,
    uniqueItems: true,
    description: 'Models or routes that answer side by side.',
  }),
  agent: Type.Optional({
    ...IdOf('agt'),
    description: 'The agent that a model is looked for: what is counted by agent counts for it.',
  }),
}

/** One request to several models. Each answers alone: nothing stands in for it, and no other one goes on for it. */
export const CompareRequest = Type.Object({
  ...Type.Omit(CompletionRequest, ['model', 'fallbacks', 'goOnElsewhere', 'cacheSeconds', 'conversation']).properties,
  ...comparisonFields,
})
export type CompareRequest = Static<typeof CompareRequest>

/** How a lane began: what serves it, as of a completion, and how long that took. */
const Begun = {
  lane: Lane,
  model: { ...ModelName, description: 'What serves.' },
  route: Type.Optional(Type.String({ description: 'What serves and why, as in `x-tessera-route`.' })),
  notes: Type.Array(Type.String(), {
    description: 'What else is to be known, such as a budget that is over its limit.',
  }),
  firstContentMs: Type.Number({ description: 'From the beginning of the lane to its first content.' }),
}

/** What an answer came to. */
const Came = {
  lane: Lane,
  finishReason: FinishReason,
  usage: Usage,
  costMicros: Type.Optional(Type.Integer({ description: 'Absent: the model has no price.' })),
  totalMs: Type.Number({ description: 'From the beginning of the lane to its end.' }),
}

/**
 * One stream for all lanes, each event marked with its lane. A lane that is refused or fails ends with `lane.failed` and disturbs no other; what came of it before is
 * partial. After the last lane there is one `comparison.completed`: from then on it can be voted on.
 */
export const CompareEvent = Type.Union([
  Type.Object({
    type: Type.Literal('comparison.started'),
    id: IdOf('cmp'),
    lanes: Type.Array(Type.Object({ lane: Lane, asked: Type.String() })),
  }),
  Type.Object({ type: Type.Literal('lane.started'), ...Begun }),
  Type.Object({ type: Type.Literal('lane.content'), lane: Lane, content: CompletionContent }),
  Type.Object({ type: Type.Literal('lane.completed'), ...Came }),
  Type.Object({ type: Type.Literal('lane.failed'), lane: Lane, fault: FaultSchema }),
  Type.Object({ type: Type.Literal('comparison.completed'), id: IdOf('cmp') }),
])
export type CompareEvent = Static<typeof CompareEvent>

export const Vote = Type.Object({
  winner: Type.Union([Lane, Type.Literal('none')], {
    description: 'The lane whose answer was the best, or `none`: no answer was better than the others.',
  }),
})

/** How a model did in comparisons. Counts and averages; nothing says who asked, and no text is kept. */
export const WinRate = Type.Object({
  model: Type.String(),
  agent: Type.Optional({ ...IdOf('agt'), description: 'By agent; absent: no agent was named.' }),
  comparisons: Type.Integer({ description: 'In which it answered to the end.' }),
  votes: Type.Integer({ description: 'Of these, those that somebody voted on.' }),
  wins: Type.Integer({ description: 'Votes for it.' }),
  undecided: Type.Integer({ description: 'Votes for `none`.' }),
  winRate: Type.Optional(Type.Number({ description: 'Wins by votes, from 0 to 1; absent without votes.' })),
  firstContentMs: Type.Number({ description: 'On average.' }),
  totalMs: Type.Number({ description: 'On average.' }),
  outputTokens: Type.Number({ description: 'On average.' }),
  costMicros: Type.Optional(Type.Number({ description: 'On average, of those with a price.' })),
})

export const comparisonOperations = {
  compare: stream({
    summary: 'Asks several models the same, side by side.',
    calledBy: ['gateway'],
    input: CompareRequest,
    event: CompareEvent,
    faults: readingFaults,
    timeoutMs: 600_000,
  }),
  vote: call({
    summary: 'Says which answer of a comparison was the best. Only who asked may; a later vote takes its place.',
    calledBy: ['gateway'],
    input: Type.Object({ id: IdOf('cmp'), ...Vote.properties }),
    output: Vote,
    faults: votingFaults,
    timeoutMs: 5000,
    idempotent: true,
  }),
  listWinRates: call({
    summary: 'How models did in comparisons, the most votes first. Admins and builders.',
    calledBy: ['gateway'],
    input: Type.Object({
      by: Type.Optional(
        Type.Union([Type.Literal('model'), Type.Literal('agent')], {
          default: 'model',
          description: '`agent`: by agent and model; a builder sees the agents that they may read.',
        }),
      ),
      agent: comparisonFields.agent,
      from: Type.Optional({ ...Timestamp, description: 'Comparisons that began at this moment or later.' }),
      to: Type.Optional({ ...Timestamp, description: 'Comparisons that began before this moment.' }),
    }),
    output: Type.Object({
      items: Type.Array(WinRate),
      complete: Type.Boolean({ description: 'False: there are more than these.' }),
    }),
    faults: readingFaults,
    timeoutMs: 20_000,
    idempotent: true,
  }),
}
