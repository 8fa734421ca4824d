import fc from 'fast-check'
import { newId } from '@tessera/shared/ids/ids'
import { type AccessControl, value, type Workspace } from './start-access-control.ts'

/**
 * A small workspace as data: people, nested and cyclic groups of the workspace and of a source, spaces, documents, agents. Principals are numbers into `names`
 * (see `namesOf`), so that a list may hold any name, those of nobody included.
 */
export type World = ReturnType<typeof worlds> extends fc.Arbitrary<infer W> ? W : never

const PEOPLE = 3
const GROUPS = 3
const SOURCE_GROUPS = 3
const SPACES = 2
/** People, a service account, groups, groups of the source, identities, spaces, `public`, `workspace:members`, an unknown user and an unknown group. */
const NAMES = PEOPLE + 1 + GROUPS + SOURCE_GROUPS + PEOPLE + SPACES + 4
const AGENTS = 2
const DOCUMENTS = 16

const firstGroup = PEOPLE + 1
const firstSourceGroup = firstGroup + GROUPS
const firstIdentity = firstSourceGroup + SOURCE_GROUPS
const firstSpace = firstIdentity + PEOPLE
const publicName = firstSpace + SPACES

const below = (count: number) => fc.nat({ max: count - 1 })
const some = (arbitrary: fc.Arbitrary<number>, maxLength: number) => fc.uniqueArray(arbitrary, { maxLength })
const rarely = (list: fc.Arbitrary<number[]>) =>
  fc.oneof({ weight: 3, arbitrary: fc.constant<number[]>([]) }, { weight: 1, arbitrary: list })
const anyName = below(NAMES)
/** Who may be put into a group or a space: people, groups, everyone. */
const memberName = fc.oneof(below(firstIdentity), fc.constantFrom(publicName, publicName + 1))

export const worlds = () =>
  fc.record({
    people: fc.array(
      fc.record({
        guest: fc.boolean(),
        state: fc.constantFrom('active', 'active', 'active', 'active', 'deactivated', 'pending'),
        linked: fc.boolean(),
      }),
      { minLength: PEOPLE, maxLength: PEOPLE },
    ),
    groups: fc.array(fc.record({ members: some(memberName, 2), deleted: fc.constantFrom(false, false, true) }), {
      minLength: GROUPS,
      maxLength: GROUPS,
    }),
    sourceGroups: fc.array(
      fc.record({ container: fc.boolean(), people: some(below(PEOPLE), 2), nested: some(below(SOURCE_GROUPS), 2) }),
      { minLength: SOURCE_GROUPS, maxLength: SOURCE_GROUPS },
    ),
    spaces: fc.array(
      fc.oneof(some(memberName, 2), fc.constant<number[]>([publicName]), fc.constant<number[]>([publicName + 1])),
      {
        minLength: SPACES,
        maxLength: SPACES,
      },
    ),
    sources: fc.array(
      fc.record({ space: below(SPACES), age: fc.constantFrom('unbounded', 'unbounded', 'fresh', 'stale') }),
      {
        minLength: 2,
        maxLength: 2,
      },
    ),
    documents: fc.array(
      fc.record({
        source: below(2),
        allow: some(anyName, 4),
        deny: rarely(some(anyName, 2)),
        gates: rarely(some(below(SPACES + SOURCE_GROUPS), 2)),
        denyAgents: rarely(some(below(AGENTS + 1), 1)),
        state: fc.constantFrom('ready', 'ready', 'ready', 'ready', 'ready', 'ready', 'pending', 'quarantined'),
        deleted: fc.constantFrom(false, false, false, false, false, false, true),
      }),
      { minLength: DOCUMENTS, maxLength: DOCUMENTS },
    ),
    agents: fc.array(
      fc.record({
        active: fc.constantFrom(true, true, true, false),
        everything: fc.boolean(),
        sources: some(below(2), 1),
        spaces: some(below(SPACES), 1),
        documents: some(below(DOCUMENTS), 2),
        except: some(below(DOCUMENTS), 1),
      }),
      { minLength: AGENTS, maxLength: AGENTS },
    ),
    /** The chain of agents through which each person, and the service account, asks; the last number is an agent of nobody's. */
    chains: fc.array(some(below(AGENTS + 1), 2), { minLength: PEOPLE + 1, maxLength: PEOPLE + 1 }),
  })

/** A world that exists: the names that its numbers stand for. */
export type Built = {
  names: string[]
  spaces: string[]
  sources: string[]
  agents: string[]
  documents: { documentId: string; contentVersion: string }[]
  /** Names of the groups of the source, which may be gates where they are containers. */
  sourceGroups: string[]
}

export async function build(access: AccessControl, workspace: Workspace, world: World): Promise<Built> {
  const { gateway, connectors } = access
  const admin = workspace.asAdmin()
  const people = await Promise.all(world.people.map((person) => aPerson(access, workspace, person.state, person.guest)))
  const service = value(await gateway.createServiceAccount({ displayName: 'App' }, admin)).serviceAccount.name
  const groups = await Promise.all(
    world.groups.map(async () => value(await gateway.createGroup({ title: 'G' }, admin)).group.name),
  )
  const spaces = await Promise.all(
    world.spaces.map(async () => value(await gateway.createSpace({ title: 'S' }, admin)).space.name),
  )
  const sources = await Promise.all(
    world.sources.map(async ({ space, age }) => {
      const dataSourceId = newId('src')
      const bound = age === 'unbounded' ? {} : { freshnessMs: 3_600_000 }
      value(await connectors.putDataSource({ dataSourceId, space: spaces[space] ?? '', ...bound }, admin))
      return dataSourceId
    }),
  )
  const [directory = ''] = sources
  const sourceGroups = world.sourceGroups.map(
    ({ container }, index) => `${container ? 'container' : 'group'}:${directory}:g${index}`,
  )
  const identities = people.map((_, index) => `identity:${directory}:p${index}`)
  const unknown = [`user:${newId('usr')}`, `group:${newId('grp')}`]
  const names = [
    ...people,
    service,
    ...groups,
    ...sourceGroups,
    ...identities,
    ...spaces,
    'public',
    'workspace:members',
    ...unknown,
  ]
  const agents = [...world.agents.map(() => `agent:${newId('agt')}`), `agent:${newId('agt')}`]
  const documents = world.documents.map(() => ({ documentId: newId('doc'), contentVersion: newId('ver') }))
  const built = { names, spaces, sources, agents, documents, sourceGroups }
  await fill(access, workspace, world, built)
  return built
}

async function aPerson({ gateway, callFor }: AccessControl, workspace: Workspace, state: string, guest: boolean) {
  const subject = newId('evt')
  const { issuer, audience } = workspace
  if (state === 'pending') {
    return value(await gateway.identify({ issuer, audience, subject }, callFor('', 'system:gateway'))).principal.name
  }
  const { name } = value(
    await gateway.createUser({ issuer, subject, displayName: subject, guest }, workspace.asAdmin()),
  ).user
  if (state === 'deactivated') value(await gateway.updateUser({ name, state }, workspace.asAdmin()))
  return name
}

async function fill(access: AccessControl, workspace: Workspace, world: World, built: Built): Promise<void> {
  const { gateway, connectors, agents: agentsClient, db } = access
  const admin = workspace.asAdmin()
  const [directory = ''] = built.sources
  await connectors.putDirectory(
    { dataSourceId: directory, groups: directoryOf(world) },
    workspace.as(`connector:${directory}`),
  )
  const into = (container: string, members: readonly number[]) =>
    members.map(async (member) =>
      value(await gateway.addMembership({ container, member: built.names[member] ?? '' }, admin)),
    )
  await Promise.all([
    ...world.groups.flatMap(({ members }, index) => into(built.names[firstGroup + index] ?? '', members)),
    ...world.spaces.flatMap((members, index) => into(built.spaces[index] ?? '', members)),
    ...world.people.map(async ({ linked }, index) => {
      const link = { user: built.names[index] ?? '', dataSourceId: directory, nativeId: `p${index}` }
      if (linked) value(await gateway.linkIdentity(link, admin))
    }),
    ...built.sources.map((_, index) => putDocuments(access, workspace, world, built, index)),
    ...world.agents.map(async (_, index) =>
      value(await agentsClient.putAgent(agentFacts(world, built, index), workspace.as('system:agents'))),
    ),
  ])
  for (const [index, { deleted }] of world.groups.entries()) {
    if (deleted) value(await gateway.deleteGroup({ name: built.names[firstGroup + index] ?? '' }, admin))
  }
  const stale = built.sources.filter((_, index) => world.sources[index]?.age === 'stale')
  if (stale.length === 0) return
  await db
    .updateTable('data_source_confirmations')
    .set({ confirmed_at: new Date(Date.now() - 7_200_000) as never })
    .where('data_source_id', 'in', stale)
    .execute()
}

const directoryOf = (world: World) =>
  world.sourceGroups.map(({ container, people, nested }, index) => ({
    nativeId: `g${index}`,
    kind: container ? ('container' as const) : ('group' as const),
    title: `G${index}`,
    people: people.map((person) => `p${person}`),
    groups: nested.filter((group) => !world.sourceGroups[group]?.container).map((group) => `g${group}`),
    containers: nested.filter((group) => world.sourceGroups[group]?.container).map((group) => `g${group}`),
  }))

/** A document's gates by number: the spaces, then those groups of the source that are containers. */
export const gatesOf = (built: Built, gates: readonly number[]) =>
  gates.map((gate) => [...built.spaces, ...built.sourceGroups][gate] ?? '').filter((name) => !name.startsWith('group:'))

export const deniedAgentsOf = (built: Built, denied: readonly number[]) =>
  denied.map((agent) => (agent === AGENTS ? '*' : (built.agents[agent] ?? '')))

async function putDocuments(
  { connectors }: AccessControl,
  workspace: Workspace,
  world: World,
  built: Built,
  source: number,
) {
  const dataSourceId = built.sources[source] ?? ''
  const connector = workspace.as(`connector:${dataSourceId}`)
  const mine = world.documents.flatMap((document, index) => {
    const written = built.documents[index]
    return document.source === source && written ? [{ document, written }] : []
  })
  const documents = mine.map(({ document, written }) => ({
    ...written,
    allow: document.allow.map((name) => built.names[name] ?? ''),
    deny: document.deny.map((name) => built.names[name] ?? ''),
    gates: gatesOf(built, document.gates),
    denyAgents: deniedAgentsOf(built, document.denyAgents),
    state: document.state,
  }))
  if (documents.length > 0) value(await connectors.putDocumentAccess({ dataSourceId, documents }, connector))
  const documentIds = mine.filter(({ document }) => document.deleted).map(({ written }) => written.documentId)
  if (documentIds.length > 0) value(await connectors.removeDocuments({ dataSourceId, documentIds }, connector))
}

function agentFacts(world: World, built: Built, index: number) {
  const { active, everything, sources, spaces, documents, except } = world.agents[index] as World['agents'][number]
  const idsOf = (numbers: readonly number[]) => numbers.map((number) => built.documents[number]?.documentId ?? '')
  return {
    agent: built.agents[index] ?? '',
    active,
    scope: everything
      ? ({ kind: 'everything' } as const)
      : {
          kind: 'selected' as const,
          dataSourceIds: sources.map((source) => built.sources[source] ?? ''),
          spaces: spaces.map((space) => built.spaces[space] ?? ''),
          documentIds: idsOf(documents),
        },
    exceptDocumentIds: idsOf(except),
    grants: { run: [], read: [], edit: [], publish: [], administer: [] },
  }
}

/** Members of a name by number, as the world states them; undefined where the name has none or is unknown. */
export function membersOf(world: World, name: number): number[] | undefined {
  const group = world.groups[name - firstGroup]
  if (group) return group.deleted ? undefined : group.members
  const sourceGroup = world.sourceGroups[name - firstSourceGroup]
  if (sourceGroup) {
    return [
      ...sourceGroup.people.map((person) => firstIdentity + person),
      ...sourceGroup.nested.map((nested) => firstSourceGroup + nested),
    ]
  }
  return world.spaces[name - firstSpace]
}

export const numbers = { people: PEOPLE, agents: AGENTS, firstIdentity, firstSpace, firstSourceGroup, publicName }
