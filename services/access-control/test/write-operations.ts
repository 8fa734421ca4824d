import { newId } from '@tessera/shared/ids/ids'
import type { Call } from '@tessera/shared/bus/call'
import type { Result } from '@tessera/shared/fault/result'
import { contentOf } from './content.ts'
import { type AccessControl, value, type Workspace } from './start-access-control.ts'

/** Who asks. `other…`: of another data source, or another space, of the same workspace; `stranger`: an admin elsewhere. */
export type Actor =
  | 'admin'
  | 'auditor'
  | 'builder'
  | 'member'
  | 'guest'
  | 'pending'
  | 'deactivated'
  | 'service'
  | 'delegate'
  | 'otherDelegate'
  | 'connector'
  | 'otherConnector'
  | 'agentForAdmin'
  | 'appForAdmin'
  | 'narrowKeyOfAdmin'
  | 'stranger'
  | 'systemGateway'
  | 'systemAgents'
  | 'systemRetrieval'

export type World = Awaited<ReturnType<typeof aWorld>>

/** A workspace with one of everything that a write may be about. */
export async function aWorld(access: AccessControl, workspace: Workspace) {
  const content = contentOf(access, workspace)
  const { aUser, aGroup, aSpace, aDataSource, write } = content
  const { gateway, agents } = access
  const admin = workspace.asAdmin()
  const [ana, ben, auditor, builder, guest, gone, delegate, otherDelegate] = [
    await aUser(),
    await aUser(),
    await aUser({ roles: ['auditor'] }),
    await aUser({ roles: ['builder'] }),
    await aUser({ guest: true }),
    await aUser(),
    await aUser(),
    await aUser(),
  ]
  value(await gateway.updateUser({ name: gone, state: 'deactivated' }, admin))
  const token = { issuer: workspace.issuer, audience: workspace.audience, subject: newId('evt') }
  const pending = value(await gateway.identify(token, access.callFor('', 'system:gateway'))).principal.name
  const service = value(await gateway.createServiceAccount({ displayName: 'App' }, admin)).serviceAccount.name
  const [group, space, otherSpace] = [await aGroup(ana), await aSpace(ana), await aSpace()]
  value(await gateway.addDelegate({ space, principal: delegate }, admin))
  value(await gateway.addDelegate({ space: otherSpace, principal: otherDelegate }, admin))
  const [source, otherSource, moving] = [
    await aDataSource(space),
    await aDataSource(otherSpace),
    await aDataSource(space),
  ]
  const { documentId } = await write(source, { allow: [ana], deny: [group] })
  const key = value(await gateway.createKey({ title: 'K', principal: service, scopes: ['ask'] }, admin)).key.id
  const agent = `agent:${newId('agt')}`
  const nobody = { run: [], read: [], edit: [], publish: [], administer: [] }
  const scope = { kind: 'everything' as const }
  value(await agents.putAgent({ agent, active: true, scope, grants: nobody }, admin))
  value(await gateway.linkIdentity({ user: ana, dataSourceId: source, nativeId: 'U1' }, admin))
  const definition = { title: 'P', requires: [], below: 'none' as const, hidesTitle: false }
  value(await gateway.putLabel({ label: 'passing', ...definition }, admin))
  const rule = value(
    await gateway.createRedactionRule({ title: 'R', pattern: 'x', label: 'passing', kind: 'x' }, admin),
  ).rule.id
  const forbid = (id: string) =>
    `@id("${id}") forbid (principal in Group::"${group}", action == Action::"read", resource);`
  const aPolicySet = async (text: string) =>
    value(await gateway.createPolicySet({ title: 'P', text }, admin)).policySet.id
  const [first, second, empty] = [
    await aPolicySet(forbid('one')),
    await aPolicySet(forbid('one') + forbid('two')),
    await aPolicySet(''),
  ]
  for (const id of [first, second]) value(await gateway.publishPolicySet({ id }, admin))
  const policySets = { first, empty, draft: await aPolicySet(forbid('one')) }
  const names = { ana, ben, auditor, builder, guest, gone, pending, delegate, otherDelegate, service, agent }
  return {
    access,
    workspace,
    ...content,
    ...names,
    group,
    space,
    otherSpace,
    source,
    otherSource,
    moving,
    documentId,
    key,
    nobody,
    scope,
    rule,
    policySets,
  }
}

/** The call that an actor makes. */
export function callOf(world: World, actor: Actor, stranger: string): Call {
  const { admin, as } = world.workspace
  switch (actor) {
    case 'admin':
      return as(admin)
    case 'member':
      return as(world.ben)
    case 'deactivated':
      return as(world.gone)
    case 'connector':
      return as(`connector:${world.source}`)
    case 'otherConnector':
      return as(`connector:${world.otherSource}`)
    case 'agentForAdmin':
      return as(admin, [world.agent])
    case 'appForAdmin':
      return as(admin, [world.service])
    case 'narrowKeyOfAdmin':
      return as(admin, [], ['ask', 'search', 'push'])
    case 'stranger':
      return as(stranger)
    case 'systemGateway':
      return as('system:gateway')
    case 'systemAgents':
      return as('system:agents')
    case 'systemRetrieval':
      return as('system:retrieval')
    case 'auditor':
    case 'builder':
    case 'guest':
    case 'pending':
    case 'service':
    case 'delegate':
    case 'otherDelegate':
      return as(world[actor])
  }
}

type Write = {
  /** Made anew for each call, so that what one of them changes is not what the next one finds. */
  readonly call: (world: World, call: Call) => Promise<Result<unknown>>
  readonly allowed: readonly Actor[]
  /** Why one admin alone may do it where changes take two; `two` where it takes two. */
  readonly alone: string
}

const admins: readonly Actor[] = ['admin']
const narrows = 'it only takes away'
const defines = 'a name that nobody has and no document mentions reads nothing'
const own = 'a source says what its own documents say; content that one pushes oneself is one’s own'
const label = 'secret'

/** Every operation that changes something, who may use it, and whether it takes a second admin. */
export const writes: Readonly<Record<string, Write>> = {
  updateWorkspace: {
    call: ({ access }, call) => access.gateway.updateWorkspace({ twoAdmins: false }, call),
    allowed: admins,
    alone: 'two',
  },
  resumeWorkspace: {
    call: ({ access }, call) => access.gateway.resumeWorkspace({ seenRevision: 1 }, call),
    allowed: admins,
    alone: 'it changes no right, and nothing works until it is done',
  },
  approveProposal: {
    call: ({ access }, call) => access.gateway.approveProposal({ id: newId('prp'), hash: '' }, call),
    allowed: admins,
    alone: 'it is the second admin’s part',
  },
  rejectProposal: {
    call: ({ access }, call) => access.gateway.rejectProposal({ id: newId('prp') }, call),
    allowed: admins,
    alone: narrows,
  },
  requestBreakGlass: {
    call: ({ access, documentId }, call) =>
      access.gateway.requestBreakGlass({ documentId, reason: 'The site is down', minutes: 1 }, call),
    allowed: admins,
    alone: 'it is a proposal by itself, whatever the settings',
  },
  endBreakGlass: {
    call: ({ access }, call) => access.gateway.endBreakGlass({ id: newId('bgl') }, call),
    allowed: admins,
    alone: narrows,
  },
  addDelegate: {
    call: ({ access, space, ben }, call) => access.gateway.addDelegate({ space, principal: ben }, call),
    allowed: admins,
    alone: 'two',
  },
  removeDelegate: {
    call: ({ access, space, ben }, call) => access.gateway.removeDelegate({ space, principal: ben }, call),
    allowed: admins,
    alone: narrows,
  },
  putActingApp: {
    call: ({ access, service, scope }, call) =>
      access.gateway.putActingApp({ serviceAccount: service, clientId: newId('evt'), scope }, call),
    allowed: admins,
    alone: 'two',
  },
  deleteActingApp: {
    call: ({ access, service }, call) => access.gateway.deleteActingApp({ serviceAccount: service }, call),
    allowed: admins,
    alone: narrows,
  },
  logChange: {
    call: ({ access }, call) =>
      access.models.logChange({ operation: 'models.putRoute', input: { name: 'fast' } }, call),
    allowed: admins,
    alone: 'it says which model serves and what it may cost, not who may read',
  },
  createUser: {
    call: ({ access, workspace }, call) =>
      access.gateway.createUser({ issuer: workspace.issuer, subject: newId('evt'), displayName: 'New' }, call),
    allowed: admins,
    alone: 'two',
  },
  updateUser: {
    call: ({ access, ben }, call) => access.gateway.updateUser({ name: ben, roles: ['auditor', 'member'] }, call),
    allowed: admins,
    alone: 'two',
  },
  linkIdentity: {
    call: ({ access, ben, source }, call) =>
      access.gateway.linkIdentity({ user: ben, dataSourceId: source, nativeId: newId('evt') }, call),
    allowed: admins,
    alone: 'two',
  },
  unlinkIdentity: {
    call: ({ access, ana, source }, call) =>
      access.gateway.unlinkIdentity({ user: ana, dataSourceId: source, nativeId: 'U1' }, call),
    allowed: admins,
    alone: 'two',
  },
  createServiceAccount: {
    call: ({ access }, call) => access.gateway.createServiceAccount({ displayName: 'New' }, call),
    allowed: admins,
    alone: 'it has no key, and to make one takes two',
  },
  createGroup: {
    call: ({ access }, call) => access.gateway.createGroup({ title: 'New' }, call),
    allowed: admins,
    alone: defines,
  },
  deleteGroup: {
    call: ({ access, group }, call) => access.gateway.deleteGroup({ name: group }, call),
    allowed: admins,
    alone: 'two',
  },
  createSpace: {
    call: ({ access }, call) => access.gateway.createSpace({ title: 'New' }, call),
    allowed: admins,
    alone: defines,
  },
  addMembership: {
    call: ({ access, space, workspace }, call) =>
      access.gateway.addMembership({ container: space, member: workspace.admin }, call),
    allowed: ['admin', 'delegate'],
    alone: 'two',
  },
  removeMembership: {
    call: ({ access, space, ben }, call) => access.gateway.removeMembership({ container: space, member: ben }, call),
    allowed: ['admin', 'delegate'],
    alone: 'out of a space it only takes away; out of what a deny names, a test of its own has it take two',
  },
  createKey: {
    call: ({ access, service }, call) =>
      access.gateway.createKey({ title: 'New', principal: service, scopes: ['ask'] }, call),
    allowed: admins,
    alone: 'two',
  },
  rotateKey: {
    call: ({ access, key }, call) => access.gateway.rotateKey({ id: key }, call),
    allowed: admins,
    alone: 'two',
  },
  revokeKey: {
    call: ({ access }, call) => access.gateway.revokeKey({ id: newId('key') }, call),
    allowed: admins,
    alone: narrows,
  },
  eraseUser: {
    call: ({ access }, call) => access.gateway.eraseUser({ name: `user:${newId('usr')}` }, call),
    allowed: admins,
    alone: 'it only takes away; of a name that a deny, gate or policy has, it takes two',
  },
  putDataSource: {
    call: ({ access, moving, otherSpace }, call) =>
      access.connectors.putDataSource({ dataSourceId: moving, space: otherSpace }, call),
    allowed: admins,
    alone: 'two',
  },
  confirmFresh: {
    call: ({ access, source }, call) => access.connectors.confirmFresh({ dataSourceId: source }, call),
    allowed: ['connector'],
    alone: own,
  },
  putDirectory: {
    call: ({ access, source }, call) => access.connectors.putDirectory({ dataSourceId: source, groups: [] }, call),
    allowed: ['connector'],
    alone: own,
  },
  putDocumentAccess: {
    call: ({ access, source }, call) => {
      const lists = { allow: [], deny: [], gates: [], denyAgents: [], state: 'ready' as const }
      const documents = [{ documentId: newId('doc'), contentVersion: newId('ver'), ...lists }]
      return access.connectors.putDocumentAccess({ dataSourceId: source, documents }, call)
    },
    allowed: ['connector'],
    alone: own,
  },
  removeDocuments: {
    call: ({ access, source }, call) =>
      access.connectors.removeDocuments({ dataSourceId: source, documentIds: [newId('doc')] }, call),
    allowed: ['connector'],
    alone: own,
  },
  putDocumentLayer: {
    call: ({ access, documentId, ben }, call) =>
      access.gateway.putDocumentLayer({ documentId, deny: [ben], gates: [], denyAgents: [], labels: [] }, call),
    allowed: ['admin', 'delegate'],
    alone: 'to deny, gate or label only takes away; to take one of these back, a test of its own has it take two',
  },
  eraseDocument: {
    call: ({ access, documentId }, call) => access.gateway.eraseDocument({ documentId }, call),
    allowed: ['admin'],
    alone: 'it destroys what names a document that nobody reads any more',
  },
  putAgent: {
    call: ({ access, scope, nobody, service }, call) =>
      access.agents.putAgent(
        { agent: `agent:${newId('agt')}`, active: true, scope, grants: nobody, serviceAccount: service },
        call,
      ),
    allowed: ['admin', 'systemAgents'],
    alone: 'two',
  },
  putLabel: {
    call: ({ access }, call) =>
      access.gateway.putLabel(
        { label, title: 'S', requires: [newClearance()], below: 'none', hidesTitle: false },
        call,
      ),
    allowed: admins,
    alone: 'two',
  },
  deleteLabel: {
    call: ({ access }, call) => access.gateway.deleteLabel({ label: 'passing' }, call),
    allowed: admins,
    alone: 'two',
  },
  createRedactionRule: {
    call: ({ access }, call) =>
      access.gateway.createRedactionRule({ title: 'R', pattern: 'x', label: 'passing', kind: 'x' }, call),
    allowed: admins,
    alone: 'two',
  },
  deleteRedactionRule: {
    call: ({ access, rule }, call) => access.gateway.deleteRedactionRule({ id: rule }, call),
    allowed: admins,
    alone: 'two',
  },
  proposeDigest: {
    call: ({ access, documentId }, call) =>
      access.retrieval.proposeDigest(
        { documentId, passageId: newId('psg'), contentVersion: newId('ver'), hash: 'h' },
        call,
      ),
    allowed: [],
    alone: 'it does not exist until somebody else approves it',
  },
  approveDigest: {
    call: ({ access, documentId }, call) =>
      access.retrieval.approveDigest({ documentId, passageId: newId('psg'), hash: 'h' }, call),
    allowed: [],
    alone: 'it is the second person’s part, and takes one who reads the passage in full',
  },
  withdrawDigest: {
    call: ({ access, documentId }, call) =>
      access.retrieval.withdrawDigest({ documentId, passageId: newId('psg') }, call),
    allowed: admins,
    alone: narrows,
  },
  putPassages: {
    call: ({ access, documentId }, call) =>
      access.retrieval.putPassages({ documentId, contentVersion: newId('ver'), complete: true, passages: [] }, call),
    allowed: ['systemRetrieval'],
    alone: 'a service says it for itself',
  },
  createPolicySet: {
    call: ({ access }, call) => access.gateway.createPolicySet({ title: 'P', text: '' }, call),
    allowed: admins,
    alone: 'a draft is not in force',
  },
  updatePolicySet: {
    call: ({ access, policySets }, call) => access.gateway.updatePolicySet({ id: policySets.draft, title: 'Q' }, call),
    allowed: admins,
    alone: 'a draft is not in force',
  },
  deletePolicySet: {
    call: ({ access, policySets }, call) => access.gateway.deletePolicySet({ id: policySets.draft }, call),
    allowed: admins,
    alone: 'a draft is not in force',
  },
  rollBackPolicies: {
    call: ({ access, policySets }, call) => access.gateway.rollBackPolicies({ id: policySets.first }, call),
    allowed: admins,
    alone: 'two',
  },
  publishPolicySet: {
    call: ({ access, policySets }, call) => access.gateway.publishPolicySet({ id: policySets.empty }, call),
    allowed: admins,
    alone: 'two',
  },
  setClearances: {
    call: ({ access, ben }, call) =>
      access.gateway.setClearances({ principal: ben, clearances: [newClearance()] }, call),
    allowed: admins,
    alone: 'two',
  },
  importFacts: {
    call: ({ access, ben }, call) =>
      access.gateway.importFacts(
        {
          lines: [
            { number: 1, line: { type: 'group', name: 'group:imported', title: ben, clearances: [newClearance()] } },
          ],
        },
        call,
      ),
    allowed: admins,
    alone: 'two',
  },
}

const newClearance = () => newId('evt').replaceAll('_', '-')
