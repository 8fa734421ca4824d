import { type Static, Type } from 'typebox'
import { call } from '../../bus/contract.ts'
import { IdOf } from '../../ids/ids.ts'
import { Name, Page, Revision, Timestamp } from '../names.ts'
import { Asker, asOf, atLeast, Clearance, EntitledView, Label, ReasonCode } from './common.ts'
import { Receipt } from './decisions.ts'
import { AccessLists, Layer, PassageLabels } from './facts.ts'
import { loggedFaults } from './faults.ts'
import { LabelDefinition } from './labels.ts'

/** May this reader, through these actors, read this document or passage? */
export const Question = Type.Object({
  ...Asker,
  documentId: IdOf('doc'),
  passageId: Type.Optional(IdOf('psg')),
})
export type Question = Static<typeof Question>

/** One body for everybody who is neither admin nor auditor: nothing tells a forbidden document from one that does not exist. */
export const Answer = Type.Object({
  answer: Type.Union([Type.Literal('allowed'), Type.Literal('no')]),
  view: Type.Optional({ ...EntitledView, description: 'For admins and auditors: the entitled view.' }),
})

/** One deciding fact. */
export const Reason = Type.Object({
  code: ReasonCode,
  name: Type.Optional(Type.String({ description: 'The entry, gate, state, label or actor that decided.' })),
  path: Type.Optional(
    Type.Array(Type.String(), {
      description: 'How the reader comes to be covered: `user:… → group:… → group:…`, reader first.',
    }),
  ),
  policyId: Type.Optional(Type.String()),
  layers: Type.Optional(
    Type.Array(Layer, { description: 'Who says so: the layers that hold the deny, gate or label.' }),
  ),
})
export type Reason = Static<typeof Reason>

export const Explanation = Type.Object({
  answer: Type.Union([Type.Literal('allowed'), Type.Literal('no')]),
  /** What follows is left out for those who may ask about themselves only. */
  view: Type.Optional(EntitledView),
  reasons: Type.Optional(Type.Array(Reason)),
  nearest: Type.Optional(
    Type.Array(Reason, { description: 'For `no-grant`: the grants that there are, which cover somebody else.' }),
  ),
  policyVersion: Type.Optional(Type.Integer()),
  decisionId: IdOf('dec'),
  receipt: Receipt,
  revision: Revision,
})

const Difference = Type.Object({
  reader: Name,
  documentId: IdOf('doc'),
  passageId: Type.Optional({ ...IdOf('psg'), description: 'Absent: what carries the labels of the document alone.' }),
  from: EntitledView,
  to: EntitledView,
})

/** What somebody thinks of changing. */
export const ProposedChange = Type.Union([
  Type.Object({ type: Type.Literal('membership.added'), container: Name, member: Name }),
  Type.Object({ type: Type.Literal('membership.removed'), container: Name, member: Name }),
  Type.Object({ type: Type.Literal('clearances.set'), principal: Name, clearances: Type.Array(Clearance) }),
  Type.Object({ type: Type.Literal('label.defined'), definition: LabelDefinition }),
  Type.Object({ type: Type.Literal('label.deleted'), label: Label }),
  Type.Object({
    type: Type.Literal('user.changed'),
    name: Name,
    state: Type.Optional(Type.Union([Type.Literal('active'), Type.Literal('deactivated')])),
    guest: Type.Optional(Type.Boolean()),
  }),
  Type.Object({
    type: Type.Literal('document.changed'),
    documentId: IdOf('doc'),
    deny: AccessLists.deny,
    gates: AccessLists.gates,
    denyAgents: AccessLists.denyAgents,
    labels: Type.Array(Label),
    passages: Type.Optional(Type.Array(PassageLabels)),
  }),
  Type.Object({ type: Type.Literal('policies.published'), policySetId: IdOf('pol') }),
])
export type ProposedChange = Static<typeof ProposedChange>

/** Why, who, what if (ACCESS.md section 9). Each call is a row of the decision log. */
export const questionOperations = {
  checkAccess: call({
    summary:
      'Answers up to 1,000 questions at one revision. Admins and auditors about anybody, everybody else about themselves.',
    calledBy: ['gateway'],
    input: Type.Object({ questions: Type.Array(Question, { minItems: 1, maxItems: 1000 }), ...atLeast }),
    output: Type.Object({ answers: Type.Array(Answer), decisionId: IdOf('dec'), receipt: Receipt, revision: Revision }),
    faults: [...loggedFaults, 'access.invalid'],
    timeoutMs: 10_000,
    idempotent: true,
  }),
  explain: call({
    summary: 'The deciding facts with their paths, now or at a past revision.',
    calledBy: ['gateway'],
    input: Type.Object({ question: Question, ...asOf, ...atLeast }),
    output: Explanation,
    faults: [...loggedFaults, 'access.invalid'],
    timeoutMs: 5000,
    idempotent: true,
  }),
  listReaders: call({
    summary:
      'Who can read a document or passage, at which view, and through what. Admins, auditors, delegates of its space.',
    calledBy: ['gateway'],
    input: Type.Object({
      documentId: IdOf('doc'),
      passageId: Type.Optional(IdOf('psg')),
      ...asOf,
      ...Page,
      ...atLeast,
    }),
    output: Type.Object({
      items: Type.Array(Type.Object({ reader: Name, view: EntitledView, reasons: Type.Array(Reason) })),
      nextCursor: Type.Optional(Type.String()),
      decisionId: IdOf('dec'),
      receipt: Type.Optional(Receipt),
      revision: Revision,
    }),
    faults: [...loggedFaults, 'access.invalid', 'access.not-found'],
    timeoutMs: 10_000,
    idempotent: true,
  }),
  listReadable: call({
    summary:
      'The documents that a reader, through these actors, can read, paged at the revision of the first page. Admins and auditors about anybody, everybody else about themselves.',
    calledBy: ['gateway'],
    input: Type.Object({ ...Asker, ...asOf, ...Page, ...atLeast }),
    output: Type.Object({
      items: Type.Array(Type.Object({ documentId: IdOf('doc'), dataSourceId: IdOf('src'), space: Name })),
      nextCursor: Type.Optional(Type.String()),
      decisionId: IdOf('dec'),
      receipt: Type.Optional(Receipt),
      revision: Revision,
    }),
    faults: [...loggedFaults, 'access.invalid'],
    timeoutMs: 10_000,
    idempotent: true,
  }),
  simulate: call({
    summary:
      'Who would gain and lose what, if these changes were made. Nothing is changed. Admins and auditors; delegates over facts of their space.',
    calledBy: ['gateway'],
    input: Type.Object({
      changes: Type.Array(ProposedChange, { minItems: 1, maxItems: 100 }),
      readers: Type.Optional(Type.Array(Name, { maxItems: 1000, description: 'Absent: the first 1,000 by name.' })),
      documentIds: Type.Optional(
        Type.Array(IdOf('doc'), { maxItems: 1000, description: 'Absent: the first 1,000 that the changes can reach.' }),
      ),
      ...atLeast,
    }),
    output: Type.Object({
      gained: Type.Array(Difference),
      lost: Type.Array(Difference),
      readers: Type.Integer({ description: 'How many readers were compared.' }),
      documents: Type.Integer({ description: 'How many documents were compared, with their labelled passages.' }),
      complete: Type.Boolean({
        description:
          'False where it was cut: at 1,000 readers or documents that nobody named, 5,000 labelled passages, or 10,000 differences.',
      }),
      decisionId: IdOf('dec'),
      receipt: Type.Optional(Receipt),
      revision: Revision,
    }),
    faults: [...loggedFaults, 'access.invalid', 'access.not-found', 'access.conflict'],
    timeoutMs: 30_000,
    idempotent: true,
  }),
  listChanges: call({
    summary: 'What was changed when, by whom: the revisions of the workspace, newest first. Admins and auditors.',
    calledBy: ['gateway'],
    input: Type.Object({ ...Page, ...atLeast }),
    output: Type.Object({
      items: Type.Array(
        Type.Object({
          revision: Revision,
          at: Timestamp,
          operation: Type.String(),
          subject: Type.String(),
          actors: Type.Array(Type.String()),
        }),
      ),
      nextCursor: Type.Optional(Type.String()),
      revision: Revision,
    }),
    faults: [...loggedFaults, 'access.invalid'],
    timeoutMs: 5000,
    idempotent: true,
  }),
}
