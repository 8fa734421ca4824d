import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Call } from '@tessera/shared/bus/call'
import type { Result } from '@tessera/shared/fault/result'
import { newId } from '@tessera/shared/ids/ids'
import fc from 'fast-check'
import { contentOf } from './content.ts'
import { type AccessControl, startAccessControl, value, type Workspace } from './start-access-control.ts'

/** How many random sequences; more on demand. */
const RUNS = Number(process.env['LONE_ADMIN_RUNS'] ?? 6)
const STEPS = 14

/**
 * The second admin is away. Whatever the first does, in whatever order, no document that was there becomes readable to them, to a service account, or to an agent that
 * runs as one.
 */
test('a lone admin ends with no new readable document', async (t) => {
  const access = await startAccessControl(t)
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(fc.nat(), fc.nat(), fc.nat()), { minLength: STEPS, maxLength: STEPS }),
      async (steps) => {
        const world = await aWorld(access)
        const before = await readable(world)
        const names = Object.keys(acts)
        for (const [act, left, right] of steps) {
          const name = names[act % names.length] ?? ''
          await acts[name]?.(world, pick(left), pick(right))
          const gained = difference(await readable(world), before)
          assert.deepEqual(gained, [], `after ${name}`)
        }
      },
    ),
    { numRuns: RUNS, endOnFailure: true },
  )
})

type Pick = <T>(list: readonly T[]) => T
const pick =
  (at: number): Pick =>
  (list) => {
    const one = list[at % list.length]
    if (one === undefined) throw new Error('Nothing to pick from')
    return one
  }

type World = Awaited<ReturnType<typeof aWorld>>

async function aWorld(access: AccessControl) {
  const workspace: Workspace = await access.aWorkspace()
  const { gateway, agents } = access
  const { aUser, aGroup, aSpace, aDataSource, aLabel, write } = contentOf(access, workspace)
  const { admin } = workspace
  const call: Call = workspace.asAdmin()
  const second = await aUser({ roles: ['admin', 'member'] })
  const ana = await aUser()
  const service = value(await gateway.createServiceAccount({ displayName: 'App' }, call)).serviceAccount.name
  const [denied, inner, open] = [await aGroup(), await aGroup(admin, service), await aGroup(ana)]
  value(await gateway.addMembership({ container: denied, member: inner }, call))
  const [mine, theirs, gate] = [await aSpace(admin, service, ana), await aSpace(ana), await aSpace(ana)]
  const [source, other] = [await aDataSource(mine), await aDataSource(theirs)]
  const label = await aLabel('salary', { requires: ['hr'] })
  const board = await aLabel('board', { requires: [] })
  const everybody = ['public']
  const written = [
    await write(source, { allow: everybody }),
    await write(source, { allow: [ana] }),
    await write(source, { allow: [open] }),
    await write(source, { allow: everybody, deny: [denied] }),
    await write(source, { allow: everybody, deny: [admin, service] }),
    await write(source, { allow: everybody, gates: [gate] }),
    await write(source, { allow: everybody, labels: [label] }),
    await write(source, { allow: everybody }),
    await write(other, { allow: everybody }),
    await write(source, { allow: everybody, labels: [board] }),
    await write(other, { allow: [ana] }),
    await write(source, { allow: everybody, denyAgents: [] }),
  ]
  const byHand = written[7]?.documentId ?? ''
  const layer = { documentId: byHand, deny: [admin, service], gates: [], denyAgents: [], labels: [] }
  value(await gateway.putDocumentLayer(layer, call))
  const nobody = { run: [], read: [], edit: [], publish: [], administer: [] }
  const agent = `agent:${newId('agt')}`
  const scope = { kind: 'selected' as const, documentIds: written.slice(0, 1).map(({ documentId }) => documentId) }
  value(await agents.putAgent({ agent, active: true, scope, grants: nobody, serviceAccount: service }, call))
  const text = `@id("no") forbid (principal in Group::"${inner}", action == Action::"read", resource)
    when { resource.labels.contains("board") };`
  const forbidding = value(await gateway.createPolicySet({ title: 'P', text }, call))
  value(await gateway.publishPolicySet({ id: forbidding.policySet.id }, call))
  value(await gateway.updateWorkspace({ twoAdmins: true }, call))
  return {
    ...{ access, workspace, call, admin, second, ana, service, agent, nobody, written, byHand, label },
    users: [admin, second, ana],
    members: [admin, ana, service, denied, inner, open, 'public', 'workspace:members'],
    groups: [denied, inner, open],
    /** Through these a deny or a policy reaches the admin. */
    undenied: [
      { container: denied, member: inner },
      { container: inner, member: admin },
      { container: inner, member: service },
    ],
    containers: [denied, inner, open, gate, mine, theirs],
    spaces: [mine, theirs, gate],
    sources: [source, other],
    policySets: [forbidding.policySet.id],
  }
}

/** Who reads what in full, `<reader> <document>`: the admin, the service account, and the agent as long as it runs as that account. */
async function readable({ access, workspace, admin, service, agent, written }: World): Promise<Set<string>> {
  const { readable: read } = contentOf(access, workspace)
  const { service_account: account } = await access.db
    .selectFrom('agents')
    .select('service_account')
    .where('name', '=', agent)
    .where('to_rev', 'is', null)
    .executeTakeFirstOrThrow()
  const found = new Set<string>()
  for (const [reader, actors] of [
    [admin, []],
    [service, []],
    ...(account === service ? [[service, [agent]] as const] : []),
  ] as const)
    for (const documentId of await read(reader, written, [...actors]))
      found.add(`${[reader, ...actors].join(' via ')} ${documentId}`)
  return found
}

const difference = (left: ReadonlySet<string>, right: ReadonlySet<string>) => [...left].filter((one) => !right.has(one))

type Act = (world: World, a: Pick, b: Pick) => Promise<Result<unknown>>

/** Everything that one admin can try. What is refused, or waits for the second, is as well as not tried. */
const acts: Readonly<Record<string, Act>> = {
  addMembership: ({ access, call, containers, members }, a, b) =>
    access.gateway.addMembership({ container: a(containers), member: b(members) }, call),
  removeMembership: ({ access, call, containers, members }, a, b) =>
    access.gateway.removeMembership({ container: a(containers), member: b(members) }, call),
  leave: ({ access, call, undenied }, a) => access.gateway.removeMembership(a(undenied), call),
  createGroup: async (world, a) => {
    const made = await world.access.gateway.createGroup({ title: 'New' }, world.call)
    if (made.ok) for (const list of [world.groups, world.containers, world.members]) list.push(made.value.group.name)
    return made.ok
      ? world.access.gateway.addMembership(
          { container: a(world.containers), member: made.value.group.name },
          world.call,
        )
      : made
  },
  deleteGroup: ({ access, call, groups }, a) => access.gateway.deleteGroup({ name: a(groups) }, call),
  createUser: ({ access, call, workspace }) =>
    access.gateway.createUser(
      { issuer: workspace.issuer, subject: newId('evt'), displayName: 'New', roles: ['admin'] },
      call,
    ),
  updateUser: ({ access, call, users }, a, b) =>
    access.gateway.updateUser(
      { name: a(users), ...b<object>([{ guest: true }, { roles: ['admin'] }, { displayName: 'X' }]) },
      call,
    ),
  linkIdentity: ({ access, call, admin, sources }, a) =>
    access.gateway.linkIdentity({ user: admin, dataSourceId: a(sources), nativeId: 'U1' }, call),
  eraseUser: ({ access, call, ana }) => access.gateway.eraseUser({ name: ana }, call),
  createServiceAccount: async (world) => {
    const made = await world.access.gateway.createServiceAccount({ displayName: 'New' }, world.call)
    if (made.ok) world.members.push(made.value.serviceAccount.name)
    return made
  },
  createKey: ({ access, call, users, service }, a) =>
    access.gateway.createKey(
      { title: 'K', principal: a([...users, service]), scopes: ['all'], purposes: a([['audit'], []]) },
      call,
    ),
  putDataSource: ({ access, call, sources, spaces }, a, b) =>
    access.connectors.putDataSource({ dataSourceId: a(sources), space: b(spaces) }, call),
  putDocumentLayer: ({ access, call, written, byHand, admin, service }, a, b) => {
    const documentId = b([byHand, a(written).documentId])
    const deny = a([[], [admin], [admin, service]])
    return access.gateway.putDocumentLayer({ documentId, deny, gates: [], denyAgents: [], labels: [] }, call)
  },
  putLabel: ({ access, call, label }, a) =>
    access.gateway.putLabel(
      { label, title: 'L', requires: a([[], ['hr']]), below: 'redacted', hidesTitle: false },
      call,
    ),
  deleteLabel: ({ access, call, label }) => access.gateway.deleteLabel({ label }, call),
  setClearances: ({ access, call, members }, a) =>
    access.gateway.setClearances(
      { principal: a(members.filter((name) => name.includes(':'))), clearances: ['hr'] },
      call,
    ),
  createRedactionRule: ({ access, call, label }) =>
    access.gateway.createRedactionRule({ title: 'R', pattern: 'x', label, kind: 'x' }, call),
  putAgent: ({ access, call, agent, nobody, service }, a, b) =>
    access.agents.putAgent(
      {
        agent,
        active: true,
        scope: { kind: 'everything' },
        grants: nobody,
        serviceAccount: service,
        purposes: a([[], ['audit']]),
        exceptDocumentIds: b([[]]),
      },
      call,
    ),
  dropAccount: ({ access, call, agent, nobody }) =>
    access.agents.putAgent({ agent, active: true, scope: { kind: 'everything' }, grants: nobody }, call),
  putActingApp: ({ access, call, service }) =>
    access.gateway.putActingApp({ serviceAccount: service, clientId: 'c', scope: { kind: 'everything' } }, call),
  addDelegate: ({ access, call, spaces, users }, a, b) =>
    access.gateway.addDelegate({ space: a(spaces), principal: b(users) }, call),
  publishEmpty: async ({ access, call }) => {
    const made = await access.gateway.createPolicySet({ title: 'P', text: '' }, call)
    return made.ok ? access.gateway.publishPolicySet({ id: made.value.policySet.id }, call) : made
  },
  rollBack: ({ access, call, policySets }, a) => access.gateway.rollBackPolicies({ id: a(policySets) }, call),
  switchOff: ({ access, call }) => access.gateway.updateWorkspace({ twoAdmins: false }, call),
  breakGlass: ({ access, call, written }, a) =>
    access.gateway.requestBreakGlass(
      { documentId: a(written).documentId, reason: 'The site is down', minutes: 60 },
      call,
    ),
  approveOwn: async ({ access, call }, a) => {
    const { items } = value(await access.gateway.listProposals({ state: 'waiting' }, call))
    if (items.length === 0) return access.gateway.getMe({}, call)
    const { id, hash } = a(items)
    return access.gateway.approveProposal({ id, hash }, call)
  },
  importFacts: ({ access, call, written, sources, containers, members, admin, label }, a, b) => {
    const { documentId, contentVersion } = a(written)
    const document = {
      documentId,
      contentVersion,
      dataSourceId: a(sources),
      allow: [admin],
      deny: [],
      gates: [],
      denyAgents: [],
    }
    const line = b<object>([
      { type: 'membership', container: a(containers), member: a(members) },
      { type: 'document', ...document },
      { type: 'label', label, title: 'L', requires: [], below: 'none', hidesTitle: false },
      { type: 'group', name: a(containers), title: 'G', clearances: ['hr'] },
      { type: 'data-source', dataSourceId: a(sources), space: b(containers) },
    ])
    return access.gateway.importFacts({ lines: [{ number: 1, line }] }, call)
  },
}
