import { type Static, Type } from 'typebox'
import { call } from '../../bus/contract.ts'
import { IdOf } from '../../ids/ids.ts'
import { Name, Revision, View } from '../names.ts'
import { atLeast, Label } from './common.ts'
import { AgentScope } from './facts.ts'
import { loggedFaults, readFaults, systemFaults } from './faults.ts'

/** One entry of a read set: what of a document a text was made from (ACCESS.md section 6). */
export const ReadSetEntry = Type.Object({
  documentId: IdOf('doc'),
  passageId: IdOf('psg'),
  contentVersion: IdOf('ver'),
  view: View,
  labels: Type.Array(Label, { maxItems: 100, description: 'What the passage carried then, its document included.' }),
})
export type ReadSetEntry = Static<typeof ReadSetEntry>

export const Candidate = Type.Object({
  passageId: IdOf('psg'),
  documentId: IdOf('doc'),
  contentVersion: IdOf('ver'),
  view: View,
  hash: Type.String({ description: 'Hash of the text that would be served, as the index row carries it.' }),
})

const Names = Type.Array(Name, { maxItems: 65_536 })
export const ReaderFilter = Type.Object({
  names: Type.Array(Names, {
    maxItems: 50,
    description:
      'The names that cover each member of the audience, the caller first: a row needs one of every list in `allow`, and none of any in `deny`. No list at all is nobody.',
  }),
  pairs: Type.Array(Type.String(), {
    description:
      'The permitted `<signature>/<view>`: for each signature the one view that the whole audience is entitled to.',
  }),
  agents: Type.Array(Name, {
    description:
      'Who acts for the caller: a row whose denyAgents has one of them, or `*` when there is one, is hidden.',
  }),
  scopes: Type.Array(AgentScope, { description: 'One per actor in the chain; a row must lie in all of them.' }),
  exceptDocumentIds: Type.Array(IdOf('doc')),
  breakGlass: Type.Object(
    { documentIds: Type.Array(IdOf('doc')), spaces: Type.Array(Name), pairs: Type.Array(Type.String()) },
    {
      description:
        'Rows of these documents and spaces pass by these pairs, without a grant; denies, agents, scopes and exceptions count for them all the same.',
    },
  ),
  strictRanking: Type.Optional(
    Type.Boolean({ description: 'The workspace wants no row that is hidden from the reader to change what they see.' }),
  ),
  hash: Type.Optional(Type.String({ description: 'Salted hash of all this, for the row of the check that follows.' })),
  revision: Revision,
})
export type ReaderFilter = Static<typeof ReaderFilter>

/** Everybody else who hears the answer: each passage is used at the least view of all. */
const audience = { audience: Type.Optional(Type.Array(Name, { maxItems: 49 })) }
/** For text that goes on to whom these labels are not cleared for: nobody counts as cleared for them, whoever they are. It only takes away. */
const unclearedLabels = { unclearedLabels: Type.Optional(Type.Array(Label, { maxItems: 100 })) }
/** What the decision log gave back: the row's number in its workspace, and its hash, for whoever wants to prove later that it stood there. */
export const Receipt = Type.Object({ sequence: Type.Integer(), rowHash: Type.String() })

/** What a query is put through. */
export const decisionOperations = {
  readerFilter: call({
    summary:
      "The caller's filter: what to put into the query before anything is scored. It may lag; lag may only hide.",
    calledBy: ['retrieval'],
    input: Type.Object({ ...audience, ...unclearedLabels, ...atLeast }),
    output: ReaderFilter,
    faults: [...readFaults, 'access.too-many-names'],
    timeoutMs: 2000,
    idempotent: true,
  }),
  checkPassages: call({
    summary:
      'The authoritative check of these candidates against the facts of now, at one revision, with its decision-log row in the same transaction.',
    calledBy: ['retrieval'],
    input: Type.Object({
      candidates: Type.Array(Candidate, { maxItems: 1000 }),
      operation: Type.Union([Type.Literal('search'), Type.Literal('citation'), Type.Literal('document')]),
      queryHash: Type.Optional(Type.String({ description: 'Keyed hash of the query; the log holds no text.' })),
      filterHash: Type.Optional(Type.String({ description: 'Of the filter by which the candidates were found.' })),
      ...audience,
      ...unclearedLabels,
      ...atLeast,
    }),
    output: Type.Object({
      decisionId: IdOf('dec'),
      revision: Revision,
      receipt: Receipt,
      allowed: Type.Array(
        Type.Object({
          passageId: IdOf('psg'),
          view: View,
          entitledView: View,
          labels: Type.Array(Label, {
            description: 'What the passage carries now, its document included: for read sets.',
          }),
          hidesTitle: Type.Boolean({ description: 'One of these labels hides the title below the full view.' }),
        }),
      ),
    }),
    faults: loggedFaults,
    timeoutMs: 3000,
    idempotent: true,
  }),
  checkReadSets: call({
    summary:
      'Which of these texts (by the read sets they were made from) the caller may open now. Logged like a query.',
    calledBy: ['agents'],
    input: Type.Object({
      items: Type.Array(Type.Object({ id: Type.String(), entries: Type.Array(ReadSetEntry, { maxItems: 10_000 }) }), {
        maxItems: 1000,
      }),
      ...audience,
      ...unclearedLabels,
      ...atLeast,
    }),
    output: Type.Object({
      openable: Type.Array(Type.String(), { description: 'Those that the caller and the whole audience may open.' }),
      decisionId: IdOf('dec'),
      receipt: Receipt,
      revision: Revision,
    }),
    faults: loggedFaults,
    timeoutMs: 5000,
    idempotent: true,
  }),
  presentRevision: call({
    summary: 'The revision of a workspace at this moment, for whoever remembers what was decided at one.',
    calledBy: ['models'],
    input: Type.Object({}),
    output: Type.Object({ revision: Revision }),
    faults: [...systemFaults, 'access.stopped'],
    timeoutMs: 2000,
    idempotent: true,
  }),
  checkModels: call({
    summary:
      'The labels now in force for what these decisions gave out (ACCESS.md section 7), those of the key included, and the models that a policy forbids to process them. Labels that a caller states only add to them. With them, which of the names asked about cover the caller.',
    calledBy: ['models'],
    input: Type.Object({
      decisionIds: Type.Array(IdOf('dec'), { maxItems: 1000 }),
      models: Type.Array(
        Type.Object({
          model: Type.String({ maxLength: 200 }),
          provider: Type.String({ maxLength: 100 }),
          hosting: Type.Union([Type.Literal('own'), Type.Literal('cloud')]),
        }),
        { maxItems: 200 },
      ),
      names: Type.Optional(Type.Array(Name, { maxItems: 10_000 })),
      labels: Type.Optional(Type.Array(Label, { maxItems: 50, description: 'What the request adds.' })),
      rawLabels: Type.Optional(
        Type.Array(Label, {
          maxItems: 50,
          description:
            'The class of what comes without decisions, by a key that is registered for none, or without a key.',
        }),
      ),
    }),
    output: Type.Object({
      labels: Type.Array(Label),
      covering: Type.Optional(Type.Array(Name)),
      forbidden: Type.Array(Type.Object({ model: Type.String(), policyIds: Type.Array(Type.String()) })),
      revision: Revision,
    }),
    faults: [...readFaults, 'access.not-found'],
    timeoutMs: 2000,
    idempotent: true,
  }),
}
