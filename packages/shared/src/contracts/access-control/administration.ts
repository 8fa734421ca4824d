import { Type } from 'typebox'
import { call } from '../../bus/contract.ts'
import { IdOf } from '../../ids/ids.ts'
import { Name, Page, Revision, Timestamp } from '../names.ts'
import { atLeast, listOf, Written } from './common.ts'
import { AgentScope } from './facts.ts'
import { always, listFaults, readFaults, systemFaults, writeFaults } from './faults.ts'

export const WorkspaceSettings = Type.Object({
  title: Type.String(),
  twoAdmins: Type.Boolean({
    description:
      'Whether changes that widen what their author could read, and those of who is who, need a second admin.',
  }),
  strictRanking: Type.Optional(
    Type.Boolean({
      description:
        'Whether what is hidden from a reader has no part in how results are ranked for them, to the last bit. It takes somewhat more time, and words are ranked somewhat less well.',
    }),
  ),
  stopped: Type.Optional(
    Type.Object({
      since: Timestamp,
      seenRevision: Type.Integer({
        description: 'The highest revision that was given out, which the database does not have.',
      }),
    }),
  ),
})

/** A change that waits for a second admin. `hash` is of everything that it would do: who approves, approves exactly that. */
export const Proposal = Type.Object({
  id: IdOf('prp'),
  operation: Type.String(),
  input: Type.Unknown(),
  hash: Type.String(),
  reason: Type.Optional(Type.String()),
  proposer: Name,
  state: Type.Union([
    Type.Literal('waiting'),
    Type.Literal('approved'),
    Type.Literal('rejected'),
    Type.Literal('expired'),
  ]),
  decidedBy: Type.Optional(Name),
  createdAt: Timestamp,
  expiresAt: Timestamp,
})

export const BreakGlass = Type.Object({
  id: IdOf('bgl'),
  principal: Name,
  documentId: Type.Optional(IdOf('doc')),
  space: Type.Optional(Name),
  reason: Type.String(),
  approvedBy: Name,
  startsAt: Timestamp,
  endsAt: Timestamp,
})

/** An app that may act for users: tokens that were issued to its `clientId` can be exchanged by its service account. */
export const ActingApp = Type.Object({
  serviceAccount: Name,
  clientId: Type.String({ minLength: 1, maxLength: 500 }),
  scope: AgentScope,
})

/** Who may administer, and how (ACCESS.md section 10). */
export const administrationOperations = {
  getWorkspace: call({
    summary: 'The settings of the workspace. Admins and auditors.',
    calledBy: ['gateway'],
    input: Type.Object({ ...atLeast }),
    output: Type.Object({ workspace: WorkspaceSettings, revision: Revision }),
    faults: readFaults,
    timeoutMs: 2000,
    idempotent: true,
  }),
  updateWorkspace: call({
    summary: 'Changes settings. To switch the second admin or strict ranking off takes a second admin. Admins.',
    calledBy: ['gateway'],
    input: Type.Object({
      title: Type.Optional(Type.String({ minLength: 1, maxLength: 300 })),
      twoAdmins: Type.Optional(Type.Boolean()),
      strictRanking: WorkspaceSettings.properties.strictRanking,
    }),
    output: Type.Object({ workspace: WorkspaceSettings, revision: Revision }),
    faults: writeFaults,
    timeoutMs: 5000,
    idempotent: true,
  }),
  resumeWorkspace: call({
    summary:
      'Confirms that the database was restored from a backup on purpose: goes on above every revision that was given out. Admins.',
    calledBy: ['gateway'],
    input: Type.Object({ seenRevision: Type.Integer({ minimum: 0, description: 'As the settings state it.' }) }),
    output: Written,
    faults: writeFaults,
    timeoutMs: 60_000,
    idempotent: true,
  }),
  listProposals: call({
    summary: 'Changes that wait for a second admin, and those that were decided, newest first. Admins and auditors.',
    calledBy: ['gateway'],
    input: Type.Object({ ...Page, state: Type.Optional(Proposal.properties.state), ...atLeast }),
    output: listOf(Proposal),
    faults: listFaults,
    timeoutMs: 5000,
    idempotent: true,
  }),
  approveProposal: call({
    summary: 'Makes the proposed change, exactly as its hash says. Any admin but the one who proposed it.',
    calledBy: ['gateway'],
    input: Type.Object({ id: IdOf('prp'), hash: Type.String() }),
    output: Type.Object({ proposal: Proposal, result: Type.Unknown(), revision: Revision }),
    faults: writeFaults,
    timeoutMs: 30_000,
    idempotent: false,
  }),
  rejectProposal: call({
    summary: 'Ends a proposal. Any admin, its proposer as well.',
    calledBy: ['gateway'],
    input: Type.Object({ id: IdOf('prp') }),
    output: Type.Object({ proposal: Proposal, revision: Revision }),
    faults: writeFaults,
    timeoutMs: 5000,
    idempotent: true,
  }),
  requestBreakGlass: call({
    summary:
      'Asks for reading one document or space for a while, for a stated reason. Another admin must approve it, whatever the settings; it never goes past a deny or a policy, and marks every decision. Admins.',
    calledBy: ['gateway'],
    input: Type.Object({
      documentId: Type.Optional(IdOf('doc')),
      space: Type.Optional(Name),
      reason: Type.String({ minLength: 10, maxLength: 2000 }),
      minutes: Type.Integer({ minimum: 1, maximum: 240 }),
    }),
    output: Type.Object({ proposal: Proposal, revision: Revision }),
    faults: writeFaults,
    timeoutMs: 5000,
    idempotent: false,
  }),
  listBreakGlass: call({
    summary: 'Break-glass grants, newest first, ended ones included. Admins and auditors.',
    calledBy: ['gateway'],
    input: Type.Object({ ...Page, ...atLeast }),
    output: listOf(BreakGlass),
    faults: listFaults,
    timeoutMs: 5000,
    idempotent: true,
  }),
  endBreakGlass: call({
    summary: 'Ends one before its time. Admins.',
    calledBy: ['gateway'],
    input: Type.Object({ id: IdOf('bgl') }),
    output: Written,
    faults: writeFaults,
    timeoutMs: 5000,
    idempotent: true,
  }),
  listDelegates: call({
    summary: 'Who administers a space for the admins. Admins, auditors, the delegates themselves.',
    calledBy: ['gateway'],
    input: Type.Object({ space: Name, ...Page, ...atLeast }),
    output: listOf(Type.Object({ space: Name, principal: Name })),
    faults: [...listFaults, 'access.not-found'],
    timeoutMs: 5000,
    idempotent: true,
  }),
  addDelegate: call({
    summary: 'Lets a user or group administer a space: its members, and the own layer of its documents. Admins.',
    calledBy: ['gateway'],
    input: Type.Object({ space: Name, principal: Name }),
    output: Written,
    faults: writeFaults,
    timeoutMs: 5000,
    idempotent: true,
  }),
  removeDelegate: call({
    summary: 'Takes it back. Admins.',
    calledBy: ['gateway'],
    input: Type.Object({ space: Name, principal: Name }),
    output: Written,
    faults: writeFaults,
    timeoutMs: 5000,
    idempotent: true,
  }),
  listActingApps: call({
    summary: 'The apps that may act for users. Admins and auditors.',
    calledBy: ['gateway'],
    input: Type.Object({ ...Page, ...atLeast }),
    output: listOf(ActingApp),
    faults: listFaults,
    timeoutMs: 5000,
    idempotent: true,
  }),
  putActingApp: call({
    summary: 'Gives an app the right to act for users, within a scope. Admins.',
    calledBy: ['gateway'],
    input: ActingApp,
    output: Written,
    faults: writeFaults,
    timeoutMs: 5000,
    idempotent: true,
  }),
  deleteActingApp: call({
    summary: 'Takes the right back. Tokens it was given stop working at once. Admins.',
    calledBy: ['gateway'],
    input: Type.Object({ serviceAccount: Name }),
    output: Written,
    faults: writeFaults,
    timeoutMs: 5000,
    idempotent: true,
  }),
  exchangeToken: call({
    summary:
      'Decides a token exchange (RFC 8693) for the app that calls: the user of a token that was verified and was issued to this very app.',
    calledBy: ['gateway'],
    input: Type.Object({
      issuer: Type.String(),
      subject: Type.String(),
      issuedTo: Type.Array(Type.String(), { description: 'The audiences of the token, and its `azp` or `client_id`.' }),
    }),
    output: Type.Object({ user: Name, app: Name, revision: Revision }),
    faults: [...readFaults, 'access.not-found', 'access.stopped'],
    timeoutMs: 2000,
    idempotent: true,
  }),
  identifyActing: call({
    summary:
      'Whether an app may still act for a user, by the key that it exchanged their token with: asked for each request with an exchanged token.',
    calledBy: ['gateway'],
    input: Type.Object({ user: Name, app: Name, keyId: IdOf('key') }),
    output: Type.Object({ user: Name, app: Name }),
    faults: [...systemFaults, ...always, 'access.pending', 'access.deactivated', 'access.unknown-key'],
    timeoutMs: 2000,
    idempotent: true,
  }),
  logChange: call({
    summary:
      'A row in the decision log of what an admin changes at another service, written before it is changed there. Refused unless the caller is an admin in person.',
    calledBy: ['models', 'retrieval'],
    input: Type.Object({
      operation: Type.String({ pattern: '^[a-z]+\\.[a-zA-Z]+$', description: 'Service and operation.' }),
      input: Type.Unknown({ description: 'What was asked for; the log keeps a salted hash of it.' }),
    }),
    output: Written,
    faults: writeFaults,
    timeoutMs: 5000,
    idempotent: false,
  }),
}
