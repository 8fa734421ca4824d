import { type Static, Type } from 'typebox'
import { call, defineContract, event } from '../bus/contract.ts'
import { defineFaults } from '../fault/fault.ts'
import { IdOf } from '../ids/ids.ts'
import { Name, NativeId, Page, Revision, Timestamp, View } from './names.ts'

export const accessFaults = defineFaults('access', {
  unavailable: {
    status: 503,
    title: 'Access control is not available',
    remedy: 'Try again shortly; nothing is answered without it.',
  },
  'unknown-issuer': {
    status: 401,
    title: 'No workspace accepts this issuer and audience',
    remedy: 'Sign in with the identity provider of the workspace.',
  },
  'unknown-key': { status: 401, title: 'No such key', remedy: 'Use a key that is neither revoked nor expired.' },
  pending: {
    status: 403,
    title: 'The principal is waiting for an admin',
    remedy: 'Ask an admin of the workspace to admit you.',
  },
  deactivated: { status: 403, title: 'The principal is deactivated', remedy: 'Ask an admin of the workspace.' },
  forbidden: {
    status: 403,
    title: 'The caller may not do this',
    remedy: 'Ask an admin of the workspace for the role that it needs.',
  },
  'not-found': {
    status: 404,
    title: 'No such object here',
    remedy: 'Check the id; what you may not know of is not found either.',
  },
  conflict: { status: 409, title: 'It exists already, or was changed meanwhile', remedy: 'Read it again and decide.' },
  invalid: { status: 400, title: 'The facts break a rule', remedy: 'Correct the fields that `errors` names.' },
  'future-revision': {
    status: 400,
    title: 'A revision that this workspace has not reached',
    remedy: 'Send a token that this workspace gave out.',
  },
  'too-many-names': {
    status: 422,
    title: 'More than 65,536 names cover the reader',
    remedy: 'An admin must reduce the memberships of this reader.',
  },
})

/** About the decision log, which access-control writes: a name of its own, since callers treat it so. */
export const auditFaults = defineFaults('audit', {
  unavailable: {
    status: 503,
    title: 'The decision log cannot be written',
    remedy: 'Try again shortly; nothing is answered without a record.',
  },
})

export const Role = Type.Union([
  Type.Literal('admin'),
  Type.Literal('auditor'),
  Type.Literal('builder'),
  Type.Literal('member'),
])
export type Role = Static<typeof Role>
/** What one may do with an agent (ACCESS.md section 3). They decide about our surfaces, not about documents. */
export const AgentVerb = Type.Union([
  Type.Literal('run'),
  Type.Literal('read'),
  Type.Literal('edit'),
  Type.Literal('publish'),
  Type.Literal('administer'),
])
export type AgentVerb = Static<typeof AgentVerb>
export const AccessState = Type.Union([Type.Literal('ready'), Type.Literal('pending'), Type.Literal('quarantined')])

export const User = Type.Object({
  name: Name,
  displayName: Type.String(),
  issuer: Type.String(),
  subject: Type.String(),
  state: Type.Union([Type.Literal('pending'), Type.Literal('active'), Type.Literal('deactivated')]),
  guest: Type.Boolean(),
  roles: Type.Array(Role),
})
export const ServiceAccount = Type.Object({
  name: Name,
  displayName: Type.String(),
  state: Type.Union([Type.Literal('active'), Type.Literal('deactivated')]),
})
export const Group = Type.Object({ name: Name, title: Type.String(), dataSourceId: Type.Optional(IdOf('src')) })
export const Space = Type.Object({ name: Name, title: Type.String() })
export const Membership = Type.Object({ container: Name, member: Name })
export const ApiKey = Type.Object({
  id: IdOf('key'),
  title: Type.String(),
  prefix: Type.String({ description: 'The first characters of the secret, to tell keys apart.' }),
  principal: Name,
  scopes: Type.Array(Type.String()),
  dataSourceId: Type.Optional(IdOf('src')),
  expiresAt: Type.Optional(Timestamp),
  lastUsedAt: Type.Optional(Timestamp),
  createdAt: Timestamp,
})

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
  signature: Type.String({ description: 'Opaque; an index row carries `<signature>/<view>` in `pairs`.' }),
  revision: Revision,
})
export type IndexFacts = Static<typeof IndexFacts>

/** One entry of a read set: what of a document a text was made from (ACCESS.md section 6). */
export const ReadSetEntry = Type.Object({
  documentId: IdOf('doc'),
  passageId: IdOf('psg'),
  contentVersion: IdOf('ver'),
  view: View,
})
export type ReadSetEntry = Static<typeof ReadSetEntry>

export const Candidate = Type.Object({
  passageId: IdOf('psg'),
  documentId: IdOf('doc'),
  contentVersion: IdOf('ver'),
  view: View,
  hash: Type.String({ description: 'Hash of the text that would be served, as the index row carries it.' }),
})

export const ReaderFilter = Type.Object({
  names: Type.Array(Name, {
    maxItems: 65_536,
    description: 'The names that cover the reader: matched with `allow`, and with `deny` as must_not.',
  }),
  pairs: Type.Array(Type.String(), { description: 'The permitted `<signature>/<view>`.' }),
  agents: Type.Array(Name, {
    description:
      'The agents in the chain: a row whose denyAgents has one of them, or `*` when there is one, is hidden.',
  }),
  scopes: Type.Array(AgentScope, { description: 'One per agent in the chain; a row must lie in all of them.' }),
  exceptDocumentIds: Type.Array(IdOf('doc')),
  revision: Revision,
})
export type ReaderFilter = Static<typeof ReaderFilter>

const Written = Type.Object({ revision: Revision })
/** Every operation may find the database gone. */
const always = ['access.unavailable'] as const
/** Operations that only a service may call for itself (`system:…`) refuse everybody else. */
const systemFaults = ['access.forbidden', ...always] as const
const writeFaults = [
  ...always,
  'access.forbidden',
  'access.not-found',
  'access.conflict',
  'access.invalid',
  'access.pending',
  'access.deactivated',
] as const
const readFaults = [
  ...always,
  'access.forbidden',
  'access.pending',
  'access.deactivated',
  'access.future-revision',
] as const
const listFaults = [...readFaults, 'access.invalid'] as const
const listOf = <T extends Parameters<typeof Type.Array>[0]>(item: T) =>
  Type.Object({ items: Type.Array(item), nextCursor: Type.Optional(Type.String()), revision: Revision })
const atLeast = { atLeast: Type.Optional(Revision) }

export const accessContract = defineContract({
  service: 'access',
  version: 1,
  faults: accessFaults,
  operations: {
    // --- Who calls. Asked by the gateway for itself (`system:gateway`).
    listProviders: call({
      summary: 'The identity providers of all workspaces, for verifying tokens.',
      calledBy: ['gateway'],
      input: Type.Object({}),
      output: Type.Object({
        providers: Type.Array(
          Type.Object({
            issuer: Type.String(),
            audience: Type.String(),
            jwksUrl: Type.Optional(Type.String()),
            jwks: Type.Optional(Type.Unknown()),
          }),
        ),
      }),
      faults: systemFaults,
      timeoutMs: 2000,
      idempotent: true,
    }),
    identify: call({
      summary: 'The principal of a verified token. A first token makes a pending one, or admits as the provider says.',
      calledBy: ['gateway'],
      input: Type.Object({
        issuer: Type.String(),
        audience: Type.String(),
        subject: Type.String({ minLength: 1, maxLength: 300 }),
        displayName: Type.Optional(Type.String({ maxLength: 300 })),
      }),
      output: Type.Object({ workspaceId: IdOf('wsp'), principal: User }),
      faults: [...systemFaults, 'access.unknown-issuer'],
      timeoutMs: 2000,
      idempotent: true,
    }),
    identifyKey: call({
      summary: 'The principal of an API key, by the SHA-256 of its secret (hex).',
      calledBy: ['gateway'],
      input: Type.Object({ secretHash: Type.String({ pattern: '^[0-9a-f]{64}$' }) }),
      output: Type.Object({
        workspaceId: IdOf('wsp'),
        keyId: IdOf('key'),
        principal: Name,
        scopes: Type.Array(Type.String()),
        dataSourceId: Type.Optional(IdOf('src')),
      }),
      faults: [...systemFaults, 'access.unknown-key', 'access.deactivated'],
      timeoutMs: 2000,
      idempotent: true,
    }),
    getMe: call({
      summary: 'Who am I, and what may I do. Works for a pending principal, too.',
      calledBy: ['gateway'],
      input: Type.Object({}),
      output: Type.Object({
        name: Name,
        displayName: Type.String(),
        workspaceId: IdOf('wsp'),
        workspaceTitle: Type.String(),
        state: Type.Union([Type.Literal('pending'), Type.Literal('active'), Type.Literal('deactivated')]),
        guest: Type.Boolean(),
        roles: Type.Array(Role),
        revision: Revision,
      }),
      faults: [...always, 'access.not-found'],
      timeoutMs: 2000,
      idempotent: true,
    }),

    // --- People and places. Admins only, unless said otherwise.
    listUsers: call({
      summary: 'Users of the workspace.',
      calledBy: ['gateway'],
      input: Type.Object({ ...Page, state: Type.Optional(User.properties.state), ...atLeast }),
      output: listOf(User),
      faults: listFaults,
      timeoutMs: 5000,
      idempotent: true,
    }),
    createUser: call({
      summary: 'Makes a user known before their first token.',
      calledBy: ['gateway'],
      input: Type.Object({
        issuer: Type.String({ minLength: 1, maxLength: 500 }),
        subject: Type.String({ minLength: 1, maxLength: 300 }),
        displayName: Type.String({ minLength: 1, maxLength: 300 }),
        guest: Type.Optional(Type.Boolean()),
        roles: Type.Optional(Type.Array(Role)),
      }),
      output: Type.Object({ user: User, revision: Revision }),
      faults: writeFaults,
      timeoutMs: 5000,
      idempotent: false,
    }),
    updateUser: call({
      summary: 'Admits, deactivates, or changes a user.',
      calledBy: ['gateway'],
      input: Type.Object({
        name: Name,
        displayName: Type.Optional(Type.String({ minLength: 1, maxLength: 300 })),
        state: Type.Optional(Type.Union([Type.Literal('active'), Type.Literal('deactivated')])),
        guest: Type.Optional(Type.Boolean()),
        roles: Type.Optional(Type.Array(Role)),
      }),
      output: Type.Object({ user: User, revision: Revision }),
      faults: writeFaults,
      timeoutMs: 5000,
      idempotent: true,
    }),
    linkIdentity: call({
      summary: 'Says that a person in a source is this user.',
      calledBy: ['gateway'],
      input: Type.Object({ user: Name, dataSourceId: IdOf('src'), nativeId: NativeId }),
      output: Written,
      faults: writeFaults,
      timeoutMs: 5000,
      idempotent: true,
    }),
    unlinkIdentity: call({
      summary: 'Takes an identity link back.',
      calledBy: ['gateway'],
      input: Type.Object({ user: Name, dataSourceId: IdOf('src'), nativeId: NativeId }),
      output: Written,
      faults: writeFaults,
      timeoutMs: 5000,
      idempotent: true,
    }),
    createServiceAccount: call({
      summary: 'Makes a service account.',
      calledBy: ['gateway'],
      input: Type.Object({ displayName: Type.String({ minLength: 1, maxLength: 300 }) }),
      output: Type.Object({ serviceAccount: ServiceAccount, revision: Revision }),
      faults: writeFaults,
      timeoutMs: 5000,
      idempotent: false,
    }),
    listServiceAccounts: call({
      summary: 'Service accounts.',
      calledBy: ['gateway'],
      input: Type.Object({ ...Page, ...atLeast }),
      output: listOf(ServiceAccount),
      faults: listFaults,
      timeoutMs: 5000,
      idempotent: true,
    }),
    createGroup: call({
      summary: "Makes one of the workspace's own groups.",
      calledBy: ['gateway'],
      input: Type.Object({ title: Type.String({ minLength: 1, maxLength: 300 }) }),
      output: Type.Object({ group: Group, revision: Revision }),
      faults: writeFaults,
      timeoutMs: 5000,
      idempotent: false,
    }),
    deleteGroup: call({
      summary: "Deletes one of the workspace's own groups. Its name stays in lists and is unknown from then on.",
      calledBy: ['gateway'],
      input: Type.Object({ name: Name }),
      output: Written,
      faults: writeFaults,
      timeoutMs: 5000,
      idempotent: true,
    }),
    listGroups: call({
      summary: 'Groups, those of sources included.',
      calledBy: ['gateway'],
      input: Type.Object({ ...Page, dataSourceId: Type.Optional(IdOf('src')), ...atLeast }),
      output: listOf(Group),
      faults: listFaults,
      timeoutMs: 5000,
      idempotent: true,
    }),
    createSpace: call({
      summary: 'Makes a space.',
      calledBy: ['gateway'],
      input: Type.Object({ title: Type.String({ minLength: 1, maxLength: 300 }) }),
      output: Type.Object({ space: Space, revision: Revision }),
      faults: writeFaults,
      timeoutMs: 5000,
      idempotent: false,
    }),
    listSpaces: call({
      summary: 'Spaces: all for an admin, else those that cover the caller.',
      calledBy: ['gateway'],
      input: Type.Object({ ...Page, ...atLeast }),
      output: listOf(Space),
      faults: listFaults,
      timeoutMs: 5000,
      idempotent: true,
    }),
    addMembership: call({
      summary: "Puts a member into one of the workspace's own groups, or into a space.",
      calledBy: ['gateway'],
      input: Membership,
      output: Written,
      faults: writeFaults,
      timeoutMs: 5000,
      idempotent: true,
    }),
    removeMembership: call({
      summary: 'Takes a member out again. In force when it is answered.',
      calledBy: ['gateway'],
      input: Membership,
      output: Written,
      faults: writeFaults,
      timeoutMs: 5000,
      idempotent: true,
    }),
    listMemberships: call({
      summary: 'Memberships of a container, or of a member.',
      calledBy: ['gateway'],
      input: Type.Object({ container: Type.Optional(Name), member: Type.Optional(Name), ...Page, ...atLeast }),
      output: listOf(Membership),
      faults: listFaults,
      timeoutMs: 5000,
      idempotent: true,
    }),
    createKey: call({
      summary: 'Makes an API key. The secret is in this answer and nowhere else; only its hash is kept.',
      calledBy: ['gateway'],
      input: Type.Object({
        title: Type.String({ minLength: 1, maxLength: 300 }),
        principal: Name,
        scopes: Type.Array(
          Type.Union([
            Type.Literal('all'),
            Type.Literal('ask'),
            Type.Literal('search'),
            Type.Literal('push'),
            Type.Literal('models'),
          ]),
          { minItems: 1 },
        ),
        dataSourceId: Type.Optional(IdOf('src')),
        expiresAt: Type.Optional(Timestamp),
      }),
      output: Type.Object({ key: ApiKey, secret: Type.String(), revision: Revision }),
      faults: writeFaults,
      timeoutMs: 5000,
      idempotent: false,
    }),
    listKeys: call({
      summary: 'API keys, without their secrets.',
      calledBy: ['gateway'],
      input: Type.Object({ ...Page }),
      output: listOf(ApiKey),
      faults: listFaults,
      timeoutMs: 5000,
      idempotent: true,
    }),
    revokeKey: call({
      summary: 'Ends a key at once.',
      calledBy: ['gateway'],
      input: Type.Object({ id: IdOf('key') }),
      output: Written,
      faults: writeFaults,
      timeoutMs: 5000,
      idempotent: true,
    }),

    // --- Facts.
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
      summary: 'The access facts of a document, for admins.',
      calledBy: ['gateway', 'connectors'],
      input: Type.Object({ documentId: IdOf('doc'), ...atLeast }),
      output: Type.Object({ ...DocumentAccess.properties, dataSourceId: IdOf('src'), space: Name, revision: Revision }),
      faults: [...readFaults, 'access.not-found'],
      timeoutMs: 2000,
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
      calledBy: ['agents', 'gateway'],
      input: Type.Object({ verb: AgentVerb, agents: Type.Array(Name, { maxItems: 500 }), ...atLeast }),
      output: Type.Object({ allowed: Type.Array(Name), revision: Revision }),
      faults: readFaults,
      timeoutMs: 2000,
      idempotent: true,
    }),

    // --- Decisions.
    readerFilter: call({
      summary:
        "The caller's filter: what to put into the query before anything is scored. It may lag; lag may only hide.",
      calledBy: ['retrieval'],
      input: Type.Object({ ...atLeast }),
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
        purpose: Type.Union([
          Type.Literal('search'),
          Type.Literal('citation'),
          Type.Literal('document'),
          Type.Literal('replay'),
        ]),
        queryHash: Type.Optional(Type.String({ description: 'Keyed hash of the query; the log holds no text.' })),
        ...atLeast,
      }),
      output: Type.Object({
        decisionId: IdOf('dec'),
        revision: Revision,
        allowed: Type.Array(Type.Object({ passageId: IdOf('psg'), view: View, entitledView: View })),
      }),
      faults: [...readFaults, 'audit.unavailable'],
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
        ...atLeast,
      }),
      output: Type.Object({ openable: Type.Array(Type.String()), decisionId: IdOf('dec'), revision: Revision }),
      faults: [...readFaults, 'audit.unavailable'],
      timeoutMs: 5000,
      idempotent: true,
    }),

    // --- For the index. Asked by retrieval for itself (`system:retrieval`), with the workspace in the assertion.
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
      output: Type.Object({ documents: Type.Array(IndexFacts), revision: Revision }),
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
        /** Everything up to here has been listed when `more` is false. */
        revision: Revision,
        more: Type.Boolean(),
      }),
      faults: systemFaults,
      timeoutMs: 5000,
      idempotent: true,
    }),
  },
  events: {
    changed: event({
      summary: 'The revision of a workspace rose. A hint to read `changedDocuments`, which is the truth.',
      payload: Type.Object({ workspaceId: IdOf('wsp'), revision: Revision }),
      consumedBy: ['retrieval'],
    }),
  },
})
