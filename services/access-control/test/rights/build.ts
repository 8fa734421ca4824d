import { newId } from '@tessera/shared/ids/ids'
import { type AccessControl, value, type Workspace } from '../start-access-control.ts'
import type { Ref, World } from './world.ts'
import {
  agentFacts,
  documentFacts,
  labelName,
  link,
  publish,
  putDirectory,
  putOwn,
  putPassages,
  setClearances,
} from './write.ts'

/** A world that exists. */
export type Built = {
  access: AccessControl
  workspace: Workspace
  /** What a short name is called there. */
  nameOf: (ref: Ref) => string
  agentNames: string[]
  sources: string[]
  documents: BuiltDocument[]
}
export type BuiltDocument = {
  documentId: string
  contentVersion: string
  /** Older ones; nothing of them is served any more. */
  formerVersions: string[]
  passages: BuiltPassage[]
}
export type BuiltPassage = {
  passageId: string
  /** The redacted text as it was put last, with what it was made for. */
  redacted: { hash: string; labels: number[]; contentVersion: string }
}

/** Most of it by an import: three writes instead of a hundred. What an import does not take follows by itself. */
export async function build(access: AccessControl, workspace: Workspace, world: World): Promise<Built> {
  const names = await Promise.all(
    world.people.map(async ({ state }) => (state === 'pending' ? aPending(access, workspace) : `user:${newId('usr')}`)),
  )
  const built = named(access, workspace, world, names)
  await imported(built, [...placesOf(built, world), ...principalsOf(built, world)])
  await putDirectory(built, world)
  await imported(built, [...membershipsOf(built, world), ...contentOf(built, world)])
  await Promise.all(afterwards(built, world))
  await Promise.all(
    world.documents.map(async ({ own }, index) => {
      if (own) await putOwn(built, world, index)
      await putPassages(built, world, index)
    }),
  )
  if (world.policies.length > 0) await publish(built, world.policies)
  await setByHand(built, world)
  return built
}

async function aPending({ gateway, callFor }: AccessControl, { issuer, audience }: Workspace): Promise<string> {
  const token = { issuer, audience, subject: newId('evt') }
  return value(await gateway.identify(token, callFor('', 'system:gateway'))).principal.name
}

function named(access: AccessControl, workspace: Workspace, world: World, people: readonly string[]): Built {
  const sources = world.sources.map(() => newId('src'))
  const [directory = ''] = sources
  const agentNames = [...world.agents, 'of nobody'].map(() => `agent:${newId('agt')}`)
  const documents = world.documents.map(({ passages }) => ({
    documentId: newId('doc'),
    contentVersion: newId('ver'),
    formerVersions: [],
    passages: passages.map(() => ({ passageId: newId('psg'), redacted: { hash: '', labels: [], contentVersion: '' } })),
  }))
  const names = new Map<Ref, string>([
    ...people.map((name, index) => [`u${index}`, name] as const),
    ...people.map((_, index) => [`i${index}`, `identity:${directory}:p${index}`] as const),
    ...world.groups.map((_, index) => [`g${index}`, `group:${newId('grp')}`] as const),
    ...world.sourceGroups.map(
      ({ container }, index) => [`sg${index}`, `${container ? 'container' : 'group'}:${directory}:g${index}`] as const,
    ),
    ...world.spaces.map((_, index) => [`s${index}`, `space:${newId('spc')}`] as const),
    ...agentNames.map((name, index) => [`a${index}`, name] as const),
    ['svc', `service:${newId('svc')}`],
    ['members', 'workspace:members'],
    ['nobody', `user:${newId('usr')}`],
    ['nothing', `group:${newId('grp')}`],
    ['nowhere', `space:${newId('spc')}`],
  ])
  return { access, workspace, nameOf: (ref) => names.get(ref) ?? ref, agentNames, sources, documents }
}

async function imported({ access, workspace }: Built, lines: readonly object[]): Promise<void> {
  const numbered = lines.map((line, index) => ({ number: index + 1, line }))
  const { errors } = value(await access.gateway.importFacts({ lines: numbered }, workspace.asAdmin()))
  if (errors.length > 0) throw new Error(`The world could not be imported: ${JSON.stringify(errors)}`)
}

const placesOf = ({ nameOf, sources }: Built, world: World) => [
  ...world.spaces.map((_, index) => ({ type: 'space', name: nameOf(`s${index}`), title: 'S' })),
  ...world.sources.map(({ space }, index) => ({
    type: 'data-source',
    dataSourceId: sources[index],
    space: nameOf(`s${space}`),
  })),
]

const principalsOf = ({ nameOf, workspace: { issuer } }: Built, world: World) => [
  ...world.people.flatMap(({ state, guest, clearances }, index) =>
    state === 'pending'
      ? []
      : [
          {
            type: 'user',
            name: nameOf(`u${index}`),
            issuer,
            subject: newId('evt'),
            displayName: 'P',
            guest,
            state,
            clearances,
          },
        ],
  ),
  { type: 'service-account', name: nameOf('svc'), displayName: 'App' },
  ...world.groups.map(({ clearances }, index) => ({
    type: 'group',
    name: nameOf(`g${index}`),
    title: 'G',
    clearances,
  })),
]

const membershipsOf = ({ nameOf }: Built, world: World) =>
  [
    ...world.groups.map(({ members }, index) => ({ container: `g${index}`, members })),
    ...world.spaces.map(({ members }, index) => ({ container: `s${index}`, members })),
  ].flatMap(({ container, members }) =>
    members.map((member) => ({ type: 'membership', container: nameOf(container), member: nameOf(member) })),
  )

const contentOf = (built: Built, world: World) => [
  ...world.labels.flatMap((definition, label) =>
    definition ? [{ type: 'label', label: labelName(label), title: 'L', hidesTitle: false, ...definition }] : [],
  ),
  ...world.agents.map((agent, index) => {
    const { agent: name, ...facts } = agentFacts(built, index, agent)
    return { type: 'agent', name, ...facts, clearances: agent.clearances }
  }),
  ...world.documents.map((facts, index) => ({
    type: 'document',
    dataSourceId: built.sources[facts.source],
    ...documentFacts(built, facts, index),
  })),
]

/** What names those who are there by now. */
function afterwards(built: Built, world: World): Promise<unknown>[] {
  const { access, workspace, nameOf, sources } = built
  const clearances = [
    // Whoever takes a label off a passage must hold what it requires.
    { principal: workspace.admin, held: ['c0', 'c1'] },
    { principal: nameOf('svc'), held: world.service.clearances },
    ...world.people.map((person, index) => ({
      principal: nameOf(`u${index}`),
      held: person.state === 'pending' ? person.clearances : [],
    })),
    ...world.sourceGroups.map((group, index) => ({
      principal: nameOf(`sg${index}`),
      held: group.container ? [] : group.clearances,
    })),
  ]
  return [
    ...clearances
      .filter(({ held }) => held.length > 0)
      .map(({ principal, held }) => setClearances(built, principal, held)),
    ...world.people.flatMap(({ linked }, index) => (linked ? [link(built, index, true)] : [])),
    ...world.sources.flatMap(({ space, stale }, index) => {
      const made = { dataSourceId: sources[index] ?? '', space: nameOf(`s${space}`), freshnessMs: 3_600_000 }
      return stale ? [access.connectors.putDataSource(made, workspace.asAdmin()).then(value)] : []
    }),
  ]
}

/** Time that passed, and a grant that takes two people and a clock. */
async function setByHand(
  { access: { db }, workspace, nameOf, sources, documents }: Built,
  world: World,
): Promise<void> {
  const stale = sources.filter((_, index) => world.sources[index]?.stale)
  if (stale.length > 0) {
    await db
      .updateTable('data_source_confirmations')
      .set({ confirmed_at: new Date(Date.now() - 7_200_000) as never })
      .where('data_source_id', 'in', stale)
      .execute()
  }
  const { glass } = world
  if (!glass) return
  await db
    .insertInto('break_glass')
    .values({
      workspace_id: workspace.workspaceId,
      id: newId('bgl'),
      principal: nameOf(glass.reader),
      document_id: 'document' in glass.place ? (documents[glass.place.document]?.documentId ?? null) : null,
      space: 'space' in glass.place ? nameOf(`s${glass.place.space}`) : null,
      reason: 'An emergency',
      approved_by: workspace.admin,
      starts_at: new Date(),
      ends_at: new Date(Date.now() + 3_600_000),
      from_rev: 1,
      to_rev: null,
    })
    .execute()
}
