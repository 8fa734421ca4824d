import { type Static, Type } from 'typebox'
import { call } from '../../bus/contract.ts'
import { IdOf } from '../../ids/ids.ts'
import { Name, NativeId, Revision } from '../names.ts'
import { AccessState, AgentVerb, asOf, atLeast, Label, Purpose, Role, Written } from './common.ts'
import { always, readFaults, writeFaults } from './faults.ts'

/** Where an agent reads (ACCESS.md section 3): everything, or only what lies in one of the named places. */
export const AgentScope = Type.Union([
  Type.Object({ kind: Type.Literal('everything') }, { additionalProperties: false }),
  Type.Object(
    {
      kind: Type.Literal('selected'),
      dataSourceIds: Type.Optional(Type.Array(IdOf('src'), { maxItems: 1000 })),
      spaces: Type.Optional(Type.Array(Name, { maxItems: 1000 })),
      documentIds: Type.Optional(Type.Array(IdOf('doc'), { maxItems: 1000 })),
    },
    { additionalProperties: false },
  ),
])
export type AgentScope = Static<typeof AgentScope>

export const AccessLists = {
  allow: Type.Array(Name, { maxItems: 10_000 }),
  deny: Type.Array(Name, { maxItems: 10_000 }),
  gates: Type.Array(Name, { maxItems: 100 }),
  denyAgents: Type.Array(Type.String(), { maxItems: 1000, description: 'Agent names, or `*` for every agent.' }),
  labels: Type.Optional(
    Type.Array(Label, { maxItems: 50, description: 'Labels of the document: each of its passages carries them.' }),
  ),
}

/** The source layer of one document's access facts; content made under other facts carries another `contentVersion`. */
export const DocumentAccess = Type.Object({
  documentId: IdOf('doc'),
  /** Only rows and texts of this version may be served. It changes whenever the content does, and is written before the content. */
  contentVersion: IdOf('ver'),
  ...AccessLists,
  state: AccessState,
  reason: Type.Optional(Type.String({ maxLength: 500 })),
})

export const Layer = Type.Union([Type.Literal('source'), Type.Literal('workspace'), Type.Literal('detector')])
export const PassageLabels = Type.Object({ passageId: IdOf('psg'), labels: Type.Array(Label, { maxItems: 50 }) })
/** What one layer says of a document (ACCESS.md section 2). Only the source grants. */
export const DocumentLayer = Type.Object({
  layer: Layer,
  ...AccessLists,
  labels: Type.Array(Label),
  passages: Type.Array(PassageLabels),
})

/** What data sources and agents say of themselves. */
export const factOperations = {
  checkRole: call({
    summary: 'Whether the caller is active and holds one of these roles (any active principal if none is given).',
    calledBy: ['gateway', 'agents', 'connectors', 'retrieval', 'models'],
    input: Type.Object({ anyOf: Type.Array(Role) }),
    output: Type.Object({ revision: Revision }),
    faults: [...always, 'access.forbidden', 'access.pending', 'access.deactivated'],
    timeoutMs: 2000,
    idempotent: true,
  }),
  putDataSource: call({
    summary: 'Makes a data source known: the space it belongs to, and how old its facts may grow.',
    calledBy: ['connectors'],
    input: Type.Object({
      dataSourceId: IdOf('src'),
      space: Name,
      freshnessMs: Type.Optional(
        Type.Integer({
          minimum: 1000,
          description: 'Facts older than this are stale and read by nobody. Absent: no bound (pushed content).',
        }),
      ),
    }),
    output: Written,
    faults: writeFaults,
    timeoutMs: 5000,
    idempotent: true,
  }),
  confirmFresh: call({
    summary: 'A full listing of rights ended well: the age of this data source starts anew.',
    calledBy: ['connectors'],
    input: Type.Object({ dataSourceId: IdOf('src') }),
    output: Written,
    faults: writeFaults,
    timeoutMs: 5000,
    idempotent: true,
  }),
  putDirectory: call({
    summary:
      'Replaces all groups and memberships of one data source by these, in one transaction. What does not change is not written.',
    calledBy: ['connectors'],
    input: Type.Object({
      dataSourceId: IdOf('src'),
      groups: Type.Array(
        Type.Object({
          nativeId: NativeId,
          kind: Type.Union([Type.Literal('group'), Type.Literal('container')]),
          title: Type.String({ maxLength: 300 }),
          people: Type.Array(NativeId, { description: 'Members, as the source knows them: identities.' }),
          groups: Type.Array(NativeId, { description: 'Nested groups of the same source.' }),
          containers: Type.Optional(Type.Array(NativeId)),
        }),
        { maxItems: 20_000 },
      ),
    }),
    output: Type.Object({ revision: Revision, changed: Type.Integer() }),
    faults: writeFaults,
    timeoutMs: 30_000,
    idempotent: true,
  }),
  putDocumentAccess: call({
    summary:
      'Writes the source layer of documents of one data source, all or nothing. What does not change raises no revision.',
    calledBy: ['connectors'],
    input: Type.Object({
      dataSourceId: IdOf('src'),
      documents: Type.Array(DocumentAccess, { minItems: 1, maxItems: 500 }),
    }),
    output: Type.Object({ revision: Revision, changed: Type.Integer() }),
    faults: writeFaults,
    timeoutMs: 10_000,
    idempotent: true,
  }),
  removeDocuments: call({
    summary: 'Ends documents of one data source. Their ids never come back.',
    calledBy: ['connectors'],
    input: Type.Object({
      dataSourceId: IdOf('src'),
      documentIds: Type.Array(IdOf('doc'), { minItems: 1, maxItems: 500 }),
    }),
    output: Written,
    faults: writeFaults,
    timeoutMs: 10_000,
    idempotent: true,
  }),
  getDocumentAccess: call({
    summary:
      'The access facts of a document, layer by layer, now or at a past revision. Admins, auditors, delegates of its space.',
    calledBy: ['gateway', 'connectors'],
    input: Type.Object({ documentId: IdOf('doc'), ...asOf, ...atLeast }),
    output: Type.Object({
      documentId: IdOf('doc'),
      dataSourceId: IdOf('src'),
      space: Name,
      contentVersion: IdOf('ver'),
      state: Type.Union([...AccessState.anyOf, Type.Literal('stale')]),
      reason: Type.Optional(Type.String()),
      layers: Type.Array(DocumentLayer),
      revision: Revision,
    }),
    faults: [...readFaults, 'access.not-found', 'access.invalid'],
    timeoutMs: 2000,
    idempotent: true,
  }),
  putDocumentLayer: call({
    summary:
      "Replaces the workspace's own layer of a document: it may deny, gate and label, never grant. Admins, delegates of its space.",
    calledBy: ['gateway'],
    input: Type.Object({
      documentId: IdOf('doc'),
      deny: AccessLists.deny,
      gates: AccessLists.gates,
      denyAgents: AccessLists.denyAgents,
      labels: Type.Array(Label, { maxItems: 50 }),
      passages: Type.Optional(Type.Array(PassageLabels, { maxItems: 10_000 })),
    }),
    output: Written,
    faults: writeFaults,
    timeoutMs: 10_000,
    idempotent: true,
  }),
  eraseDocument: call({
    summary:
      'Destroys what ties the decision log to a document that has ended, and what was said of it: the log still verifies, and names it no more. Admins.',
    calledBy: ['gateway'],
    input: Type.Object({ documentId: IdOf('doc') }),
    output: Written,
    faults: writeFaults,
    timeoutMs: 10_000,
    idempotent: true,
  }),
  putAgent: call({
    summary: 'The facts of an agent: whether it is active, where it reads, who may do what with it.',
    calledBy: ['agents'],
    input: Type.Object({
      agent: Name,
      active: Type.Boolean(),
      scope: AgentScope,
      exceptDocumentIds: Type.Optional(Type.Array(IdOf('doc'), { maxItems: 1000 })),
      serviceAccount: Type.Optional(Name),
      purposes: Type.Optional(Type.Array(Purpose, { maxItems: 50 })),
      grants: Type.Object({
        run: Type.Array(Name),
        read: Type.Array(Name),
        edit: Type.Array(Name),
        publish: Type.Array(Name),
        administer: Type.Array(Name),
      }),
    }),
    output: Written,
    faults: writeFaults,
    timeoutMs: 5000,
    idempotent: true,
  }),
  checkAgents: call({
    summary: 'Which of these agents the caller may run (read, edit, …).',
    calledBy: ['agents', 'gateway', 'models'],
    input: Type.Object({ verb: AgentVerb, agents: Type.Array(Name, { maxItems: 500 }), ...atLeast }),
    output: Type.Object({ allowed: Type.Array(Name), revision: Revision }),
    faults: readFaults,
    timeoutMs: 2000,
    idempotent: true,
  }),
}
