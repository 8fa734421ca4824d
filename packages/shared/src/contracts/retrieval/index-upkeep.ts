import { Type } from 'typebox'
import { call } from '../../bus/contract.ts'
import { IdOf } from '../../ids/ids.ts'
import { Revision, Timestamp } from '../names.ts'

const Job = {
  state: Type.Union(
    [
      Type.Literal('running'),
      Type.Literal('finishing'),
      Type.Literal('stopped'),
      Type.Literal('failed'),
      Type.Literal('done'),
    ],
    { description: '`finishing`: what is new rests for a moment, then the new index takes the place of the old one.' },
  ),
  startedAt: Timestamp,
  endedAt: Type.Optional(Timestamp),
  reason: Type.Optional(Type.String({ description: 'Why it failed, or what went wrong last and is tried again.' })),
}

/** A new index that is made beside the one that is searched, to take its place. */
export const Reindex = Type.Object({
  ...Job,
  done: Type.Integer({ description: 'Documents that are up to date in the new index.' }),
  documents: Type.Integer({ description: 'Documents that there are.' }),
})
/** A look through the index beside the registry. What is wrong is put right as it is found. */
export const Reconciliation = Type.Object({
  ...Job,
  documents: Type.Integer({ description: 'Documents that were looked at so far.' }),
  rows: Type.Integer({ description: 'Rows that were looked at so far.' }),
  missing: Type.Integer({ description: 'Rows that were not there.' }),
  surplus: Type.Integer({ description: 'Rows of known documents that should not be there.' }),
  otherText: Type.Integer({ description: 'Rows of another text or version than the registry has.' }),
  staleAccess: Type.Integer({ description: 'Rows for other readers than the access facts say.' }),
  unknown: Type.Integer({ description: 'Rows of documents that the registry does not know; removed.' }),
  repaired: Type.Integer({ description: 'Documents that are put anew for any of these.' }),
})

export const IndexStatus = Type.Object({
  documents: Type.Integer(),
  passages: Type.Integer(),
  waiting: Type.Integer(),
  lagMs: Type.Integer({ description: 'How long the oldest change that waits has been waiting.' }),
  rulesPending: Type.Integer({
    description: 'Documents that have yet to be gone through again since the redaction rules changed.',
  }),
  appliedRevision: Revision,
  failed: Type.Array(Type.Object({ documentId: IdOf('doc'), reason: Type.String() })),
  index: Type.Optional(
    Type.Object(
      {
        rows: Type.Integer({ description: 'Rows that are there.' }),
        expected: Type.Integer({
          description: 'Rows that should be there. Changes under way may account for a difference.',
        }),
        embeddingModel: Type.Optional(Type.String()),
        dimensions: Type.Optional(Type.Integer()),
      },
      {
        description:
          'Of the workspace as a whole. Absent while the index is made from the registry: then nothing can be searched.',
      },
    ),
  ),
  reindex: Type.Optional(Reindex),
  reconciliation: Type.Optional(Reconciliation),
})

const statusFaults = [
  'retrieval.unavailable',
  'access.forbidden',
  'access.pending',
  'access.deactivated',
  'access.unavailable',
  'access.stopped',
] as const

/** What admins see of the index, and do to it as a whole. */
export const indexOperations = {
  indexStatus: call({
    summary:
      'How far the index is: documents and passages stored, waiting, failed with reasons; rows there and expected. Admins; a data source of itself.',
    calledBy: ['gateway', 'connectors'],
    input: Type.Object({ dataSourceId: Type.Optional(IdOf('src')) }),
    output: IndexStatus,
    faults: statusFaults,
    timeoutMs: 5000,
    idempotent: true,
  }),
  startReindex: call({
    summary:
      'Makes a new index from the registry beside the one that is searched, and then puts it in its place; or goes on with one that was stopped. Admins.',
    calledBy: ['gateway'],
    input: Type.Object({
      embedAnew: Type.Optional(
        Type.Boolean({
          description:
            'Every text is sent to the embedding model again, as when it gives other vectors than before under the same name.',
        }),
      ),
    }),
    output: Type.Object({ reindex: Reindex, revision: Revision }),
    faults: statusFaults,
    timeoutMs: 5000,
    idempotent: true,
  }),
  stopReindex: call({
    summary:
      'Stops the making of a new index; the one that is searched stays. What was made is kept, to be gone on with. Admins.',
    calledBy: ['gateway'],
    input: Type.Object({}),
    output: Type.Object({ reindex: Reindex, revision: Revision }),
    faults: [...statusFaults, 'retrieval.conflict'],
    timeoutMs: 5000,
    idempotent: true,
  }),
  reconcileIndex: call({
    summary:
      'Looks through the index beside the registry, and puts right what is wrong: rows missing, too many, of another text, for other readers. Admins.',
    calledBy: ['gateway'],
    input: Type.Object({}),
    output: Type.Object({ reconciliation: Reconciliation, revision: Revision }),
    faults: statusFaults,
    timeoutMs: 5000,
    idempotent: true,
  }),
}
