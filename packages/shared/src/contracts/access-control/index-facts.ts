import { type Static, Type } from 'typebox'
import { call } from '../../bus/contract.ts'
import { IdOf } from '../../ids/ids.ts'
import { Name, Revision } from '../names.ts'
import { Label } from './common.ts'
import { RedactionRule } from './labels.ts'
import { systemFaults, writeFaults } from './faults.ts'

/** What the search index needs to filter a document's rows. */
export const IndexFacts = Type.Object({
  documentId: IdOf('doc'),
  dataSourceId: IdOf('src'),
  space: Name,
  contentVersion: IdOf('ver'),
  searchable: Type.Boolean({ description: 'False: its rows are to be removed (not ready, or deleted).' }),
  allow: Type.Array(Name),
  deny: Type.Array(Name),
  denyAgents: Type.Array(Type.String()),
  signature: Type.String({
    description:
      'Of every passage that is not named in `passages`. Opaque; an index row carries `<signature>/<view>` in `pairs`.',
  }),
  labels: Type.Array(Label, { description: 'Labels of the document, of all layers.' }),
  hidesTitle: Type.Boolean({ description: 'Below `full` the title is hidden, not only masked.' }),
  passages: Type.Array(
    Type.Object({
      passageId: IdOf('psg'),
      signature: Type.String(),
      labels: Type.Array(Label, { description: 'Its own and those of its document.' }),
      hidesTitle: Type.Boolean(),
      redactedHash: Type.Optional(Type.String({ description: 'The redacted variant that exists now.' })),
      digestHash: Type.Optional(Type.String({ description: 'The approved digest that exists now.' })),
    }),
    { description: 'Passages with labels of their own, or with variants.' },
  ),
  awaitsPassages: Type.Boolean({
    description:
      'Somebody labelled passages of this document by hand, and those of this version have not been put yet (`putPassages`, complete): nobody reads it until then.',
  }),
  revision: Revision,
})
export type IndexFacts = Static<typeof IndexFacts>

/** Raised by each change of the redaction rules; passages are gone through again when it rose. */
export const RuleVersion = Type.Integer({ minimum: 0 })

/** For the index. Asked by retrieval for itself (`system:retrieval`), with the workspace in the assertion. */
export const indexOperations = {
  listWorkspaces: call({
    summary: 'All workspaces with their revision.',
    calledBy: ['retrieval', 'agents', 'connectors'],
    input: Type.Object({}),
    output: Type.Object({ workspaces: Type.Array(Type.Object({ workspaceId: IdOf('wsp'), revision: Revision })) }),
    faults: systemFaults,
    timeoutMs: 5000,
    idempotent: true,
  }),
  indexFacts: call({
    summary: 'What the index rows of these documents must carry; a document without ready facts is not searchable.',
    calledBy: ['retrieval'],
    input: Type.Object({ documentIds: Type.Array(IdOf('doc'), { maxItems: 500 }) }),
    output: Type.Object({ documents: Type.Array(IndexFacts), ruleVersion: RuleVersion, revision: Revision }),
    faults: systemFaults,
    timeoutMs: 5000,
    idempotent: true,
  }),
  changedDocuments: call({
    summary: 'The documents whose index facts changed after a revision, in order of revision and then id.',
    calledBy: ['retrieval'],
    input: Type.Object({
      afterRevision: Revision,
      afterDocumentId: Type.Optional(IdOf('doc')),
      limit: Type.Integer({ minimum: 1, maximum: 1000 }),
    }),
    output: Type.Object({
      documents: Type.Array(IndexFacts),
      ruleVersion: RuleVersion,
      /** Everything up to here has been listed when `more` is false. */
      revision: Revision,
      more: Type.Boolean(),
    }),
    faults: systemFaults,
    timeoutMs: 5000,
    idempotent: true,
  }),
  putPassages: call({
    summary:
      'What the passages of one version carry: labels of marks (source layer) and of rules (detector layer), and the redacted variants that were made. Replaces what these layers said before; written before the passages can be served.',
    calledBy: ['retrieval'],
    input: Type.Object({
      documentId: IdOf('doc'),
      contentVersion: IdOf('ver'),
      complete: Type.Boolean({ description: 'Every passage is named, also those without labels.' }),
      passages: Type.Array(
        Type.Object({
          passageId: IdOf('psg'),
          section: Type.String({ maxLength: 64, description: 'Opaque; equal for passages under the same headings.' }),
          sourceLabels: Type.Array(Label, { maxItems: 50 }),
          detectorLabels: Type.Array(Label, { maxItems: 50 }),
          redacted: Type.Optional(
            Type.Object({
              hash: Type.String({ description: 'Of its text, spans, rule version and label set.' }),
              marked: Type.Array(Label, { description: 'The labels which marked at least one span.' }),
              labels: Type.Array(Label, {
                description: 'The label set in force that it was made for; of others it does not exist.',
              }),
              hidesTitle: Type.Boolean({
                description:
                  'Its texts hide the title. One that shows it does not exist while a label in force hides the title.',
              }),
            }),
          ),
        }),
        { maxItems: 20_000 },
      ),
    }),
    output: Type.Object({ revision: Revision }),
    faults: writeFaults,
    timeoutMs: 10_000,
    idempotent: true,
  }),
  redactionRules: call({
    summary: 'The redaction rules of the workspace, for whoever makes passages.',
    calledBy: ['retrieval'],
    input: Type.Object({}),
    output: Type.Object({ rules: Type.Array(RedactionRule), ruleVersion: RuleVersion, revision: Revision }),
    faults: systemFaults,
    timeoutMs: 2000,
    idempotent: true,
  }),
}
