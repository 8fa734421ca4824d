import { type Static, Type } from 'typebox'
import { call, defineContract } from '../bus/contract.ts'
import { defineFaults, FaultSchema } from '../fault/fault.ts'
import { IdOf } from '../ids/ids.ts'
import { keyed, Name, NativeId, Page, Revision, Timestamp } from './names.ts'
import { Label } from './access-control/common.ts'
import { MediaType } from './media-types.ts'
import { contentFaults, FileFacts, Marks, maxContentCharacters } from './retrieval.ts'
import { Authors, Passage } from './retrieval/passages.ts'

export const connectorsFaults = defineFaults('connectors', {
  unavailable: { status: 503, title: 'The connectors are not available', remedy: 'Try again shortly.' },
  'not-found': {
    status: 404,
    title: 'No such connection, data source, sync or document here',
    remedy: 'Check the id; what you may not know of is not found either.',
  },
  conflict: { status: 409, title: 'It exists already, or was changed meanwhile', remedy: 'Read it again and decide.' },
  invalid: { status: 400, title: 'The request breaks a rule', remedy: 'Correct the fields that `errors` names.' },
  'access-file-invalid': {
    status: 422,
    title: 'The access file is not valid',
    remedy: 'Correct the line that `detail` names; nothing was changed.',
  },
  'source-unreadable': {
    status: 502,
    title: 'The source cannot be read',
    remedy: 'Check that the folder exists and may be read.',
  },
})

/** How much of a file one message carries; in base64 it stays under the 8 MB of the bus. */
export const filePartBytes = 4 * 1024 * 1024
const Base64 = Type.String({ maxLength: Math.ceil(filePartBytes / 3) * 4 })

export const Connection = Type.Object({
  id: IdOf('cnn'),
  connector: Type.Literal('folder'),
  title: Type.String(),
  settings: Type.Object(
    {
      root: Type.String({
        minLength: 1,
        maxLength: 2000,
        description: 'A folder under one of the roots that the operator allows.',
      }),
    },
    { additionalProperties: false },
  ),
  createdAt: Timestamp,
})
export const DataSource = Type.Object({
  id: IdOf('src'),
  title: Type.String(),
  space: Name,
  kind: Type.Union([Type.Literal('sync'), Type.Literal('push')]),
  connectionId: Type.Optional(IdOf('cnn')),
  createdAt: Timestamp,
})
export const Sync = Type.Object({
  id: IdOf('syn'),
  dataSourceId: IdOf('src'),
  state: Type.Union([Type.Literal('running'), Type.Literal('done'), Type.Literal('failed')]),
  startedAt: Timestamp,
  finishedAt: Type.Optional(Timestamp),
  total: Type.Optional(Type.Integer({ description: 'How many documents there are, where the source tells.' })),
  seen: Type.Integer(),
  written: Type.Integer(),
  unchanged: Type.Integer(),
  removed: Type.Integer(),
  moved: Type.Integer({ description: 'Found at another place with the same content: they keep their ids.' }),
  skipped: Type.Integer(),
  attachments: Type.Object(
    { written: Type.Integer(), skipped: Type.Integer() },
    { description: 'What lies in those documents, beside them: documents of their own, and what is none.' },
  ),
  skippedReasons: Type.Array(Type.Object({ externalId: Type.String(), reason: Type.String() }), {
    description: 'The first 1,000.',
  }),
  fault: Type.Optional(FaultSchema),
})
export type Sync = Static<typeof Sync>

const access = [
  'connectors.unavailable',
  'access.unavailable',
  'access.forbidden',
  'access.pending',
  'access.deactivated',
  'access.invalid',
  'access.future-revision',
  'access.stopped',
] as const
const reads = ['connectors.not-found', ...access] as const
const writes = ['connectors.not-found', 'connectors.conflict', 'connectors.invalid', ...access] as const

export const connectorsContract = defineContract({
  service: 'connectors',
  version: 1,
  faults: connectorsFaults,
  operations: {
    createConnection: call({
      summary: 'Connects a source. Admins.',
      calledBy: ['gateway'],
      input: Type.Object({
        connector: Type.Literal('folder'),
        title: Type.String({ minLength: 1, maxLength: 300 }),
        settings: Connection.properties.settings,
        ...keyed,
      }),
      output: Connection,
      faults: writes,
      timeoutMs: 10_000,
      idempotent: false,
    }),
    listConnections: call({
      summary: 'Connections. Admins.',
      calledBy: ['gateway'],
      input: Type.Object({ ...Page }),
      output: Type.Object({ items: Type.Array(Connection), nextCursor: Type.Optional(Type.String()) }),
      faults: access,
      timeoutMs: 5000,
      idempotent: true,
    }),
    createDataSource: call({
      summary: 'A body of content in a space: synced through a connection, or pushed. Admins.',
      calledBy: ['gateway'],
      input: Type.Object({
        title: Type.String({ minLength: 1, maxLength: 300 }),
        space: Name,
        connectionId: Type.Optional(IdOf('cnn')),
        ...keyed,
      }),
      output: Type.Object({ dataSource: DataSource, revision: Revision }),
      faults: writes,
      timeoutMs: 10_000,
      idempotent: false,
    }),
    listDataSources: call({
      summary: 'Data sources. Admins.',
      calledBy: ['gateway'],
      input: Type.Object({ ...Page }),
      output: Type.Object({ items: Type.Array(DataSource), nextCursor: Type.Optional(Type.String()) }),
      faults: access,
      timeoutMs: 5000,
      idempotent: true,
    }),
    getDataSource: call({
      summary: 'One data source. Admins.',
      calledBy: ['gateway'],
      input: Type.Object({ dataSourceId: IdOf('src') }),
      output: DataSource,
      faults: reads,
      timeoutMs: 5000,
      idempotent: true,
    }),
    startSync: call({
      summary: 'Starts a sync, or tells the one that is running. Admins.',
      calledBy: ['gateway'],
      input: Type.Object({ dataSourceId: IdOf('src') }),
      output: Sync,
      faults: writes,
      timeoutMs: 10_000,
      idempotent: true,
    }),
    getSync: call({
      summary: 'How far a sync is. Admins.',
      calledBy: ['gateway'],
      input: Type.Object({ dataSourceId: IdOf('src'), syncId: IdOf('syn') }),
      output: Sync,
      faults: reads,
      timeoutMs: 5000,
      idempotent: true,
    }),
    listSyncs: call({
      summary: 'Syncs of a data source, newest first. Admins.',
      calledBy: ['gateway'],
      input: Type.Object({ dataSourceId: IdOf('src'), ...Page }),
      output: Type.Object({ items: Type.Array(Sync), nextCursor: Type.Optional(Type.String()) }),
      faults: reads,
      timeoutMs: 5000,
      idempotent: true,
    }),
    listSkipped: call({
      summary:
        'Documents of a data source that are known and could not be taken in, by external id, with the reasons. Admins.',
      calledBy: ['gateway'],
      input: Type.Object({
        dataSourceId: IdOf('src'),
        ...Page,
        cursor: Type.Optional(Type.String({ maxLength: 2000 })),
      }),
      output: Type.Object({
        items: Type.Array(Type.Object({ externalId: Type.String(), reason: Type.String(), at: Timestamp })),
        counts: Type.Record(Type.String(), Type.Integer(), { description: 'How many there are of each reason.' }),
        nextCursor: Type.Optional(Type.String()),
      }),
      faults: reads,
      timeoutMs: 5000,
      idempotent: true,
    }),
    putDirectory: call({
      summary: 'Replaces the groups of a pushed data source. Admins, or a push key of it.',
      calledBy: ['gateway'],
      input: Type.Object({
        dataSourceId: IdOf('src'),
        groups: Type.Array(
          Type.Object(
            {
              nativeId: NativeId,
              title: Type.Optional(Type.String({ maxLength: 300 })),
              people: Type.Array(NativeId),
              groups: Type.Array(NativeId),
            },
            { additionalProperties: false },
          ),
          { maxItems: 20_000 },
        ),
      }),
      output: Type.Object({ revision: Revision, changed: Type.Integer() }),
      faults: writes,
      timeoutMs: 30_000,
      idempotent: true,
    }),
    putFilePart: call({
      summary:
        'Takes a part of a file that is pushed: parts from 0 on, in order. It is kept for an hour, unless a document is made of it. Admins, or a push key of the data source.',
      calledBy: ['gateway'],
      input: Type.Object({
        dataSourceId: IdOf('src'),
        uploadId: IdOf('upl'),
        part: Type.Integer({ minimum: 0, maximum: 100_000 }),
        bytes: Base64,
      }),
      output: Type.Object({ sizeBytes: Type.Integer({ description: 'Of all parts so far.' }) }),
      faults: [...writes, 'retrieval.too-large'],
      timeoutMs: 30_000,
      idempotent: true,
    }),
    readFile: call({
      summary: 'A part of the file that a version of a document is made of, from `offset` on; empty at its end.',
      calledBy: ['retrieval'],
      input: Type.Object({
        dataSourceId: IdOf('src'),
        documentId: IdOf('doc'),
        contentVersion: IdOf('ver'),
        offset: Type.Integer({ minimum: 0 }),
      }),
      output: Type.Object({ bytes: Base64 }),
      faults: ['connectors.unavailable', 'connectors.not-found', 'connectors.source-unreadable'],
      timeoutMs: 15_000,
      idempotent: true,
    }),
    putDocument: call({
      summary: 'Stores a pushed document: access first, then content. Admins, or a push key of the data source.',
      calledBy: ['gateway'],
      input: Type.Object({
        dataSourceId: IdOf('src'),
        externalId: Type.String({ minLength: 1, maxLength: 1000 }),
        content: Type.Object(
          {
            mediaType: MediaType,
            /** One of two: the text, or what was put before in parts. */
            text: Type.Optional(Type.String({ maxLength: maxContentCharacters })),
            file: Type.Optional(Type.Object({ uploadId: IdOf('upl'), ...FileFacts.properties })),
            title: Type.Optional(Type.String({ minLength: 1, maxLength: 1000 })),
            url: Type.Optional(Type.String({ maxLength: 2000 })),
            updatedAt: Type.Optional(Timestamp),
            authors: Type.Optional(Authors),
            marks: Type.Optional(Marks),
          },
          { additionalProperties: false },
        ),
        access: Type.Object(
          {
            allow: Type.Array(Name, { maxItems: 10_000 }),
            deny: Type.Optional(Type.Array(Name, { maxItems: 10_000 })),
            gates: Type.Optional(Type.Array(Name, { maxItems: 100 })),
            denyAgents: Type.Optional(Type.Array(Type.String(), { maxItems: 1000 })),
            labels: Type.Optional(Type.Array(Label, { maxItems: 50 })),
          },
          { additionalProperties: false },
        ),
        waitIndexed: Type.Optional(Type.Boolean()),
      }),
      output: Type.Object({
        documentId: IdOf('doc'),
        externalId: Type.String(),
        revision: Revision,
        indexed: Type.Boolean(),
        attachments: Type.Array(
          Type.Object({
            externalId: Type.String(),
            documentId: Type.Optional(IdOf('doc')),
            refused: Type.Optional(
              Type.String({ description: 'Why it is no document, in a stable word, such as `encrypted`.' }),
            ),
          }),
          { description: 'What lies in the document and is a document of its own, under the same rights.' },
        ),
      }),
      faults: [...writes, ...contentFaults, 'retrieval.changed', 'retrieval.busy', 'retrieval.unavailable'],
      timeoutMs: 90_000,
      idempotent: true,
    }),
    getDocument: call({
      summary: 'A document, as far as the caller may read it now.',
      calledBy: ['gateway'],
      input: Type.Object({
        dataSourceId: IdOf('src'),
        externalId: Type.String({ minLength: 1, maxLength: 2000 }),
        atLeast: Type.Optional(Revision),
      }),
      output: Type.Object({
        documentId: IdOf('doc'),
        externalId: Type.String(),
        title: Type.String(),
        url: Type.Optional(Type.String()),
        passages: Type.Array(Passage),
        indexed: Type.Boolean(),
        revision: Revision,
      }),
      faults: [...reads, 'retrieval.unavailable', 'audit.unavailable'],
      timeoutMs: 10_000,
      idempotent: true,
    }),
    deleteDocument: call({
      summary: 'Ends a pushed document. Admins, or a push key of the data source.',
      calledBy: ['gateway'],
      input: Type.Object({ dataSourceId: IdOf('src'), externalId: Type.String({ minLength: 1, maxLength: 2000 }) }),
      output: Type.Object({ revision: Revision }),
      faults: writes,
      timeoutMs: 10_000,
      idempotent: true,
    }),
  },
  events: {},
})
