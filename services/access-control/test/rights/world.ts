import fc from 'fast-check'

/**
 * A small workspace as plain data, for the reference and the service alike. Names are short and made up (`u0`, `g1`, `public`): what they are called in a real
 * workspace is for `build.ts`. Lists may hold names of nobody.
 */
export type World = {
  people: Person[]
  service: { clearances: Clearance[] }
  groups: Group[]
  sourceGroups: SourceGroup[]
  spaces: { members: Ref[] }[]
  sources: { space: number; stale: boolean }[]
  labels: (Definition | null)[]
  documents: Document[]
  agents: Agent[]
  policies: Policy[]
  /** Somebody broke the glass for one document or space. */
  glass: Glass | null
}
export type Glass = { reader: Ref; place: { document: number } | { space: number } }
/**
 * `u0`… people, `svc` the service account, `g0`… own groups, `sg0`… groups and containers of source 0, `i0`… people as source 0 knows them, `s0`… spaces,
 * `public`, `members`, `nobody` (an unknown user), `nothing` (an unknown group).
 */
export type Ref = string
export type Clearance = 'c0' | 'c1'
export type Person = {
  guest: boolean
  state: 'active' | 'deactivated' | 'pending'
  linked: boolean
  clearances: Clearance[]
}
export type Group = { members: Ref[]; deleted: boolean; clearances: Clearance[] }
export type SourceGroup = { container: boolean; people: number[]; nested: number[]; clearances: Clearance[] }
export type Definition = { requires: Clearance[]; below: 'none' | 'digest' | 'redacted' }
/** `passages`: the labels that somebody gave each passage by hand. */
export type Own = { deny: Ref[]; gates: Ref[]; denyAgents: string[]; labels: number[]; passages: number[][] }
export type Document = {
  source: number
  state: 'ready' | 'pending' | 'quarantined'
  deleted: boolean
  allow: Ref[]
  deny: Ref[]
  gates: Ref[]
  denyAgents: string[]
  labels: number[]
  /** The workspace's own layer; null: there is none. */
  own: Own | null
  /** Labels of each passage, by index; a passage may be redacted, which marks the spans of these labels. */
  passages: { labels: number[]; marked: number[] }[]
  /** The content is of another version than these passages: they have not been put again. */
  awaits: boolean
}
export type Agent = {
  active: boolean
  scope: null | { sources: number[]; spaces: number[]; documents: number[] }
  except: number[]
  clearances: Clearance[]
}
export type Who =
  | { kind: 'anybody' }
  | { kind: 'guest' }
  | { kind: 'service' }
  | { kind: 'group'; group: Ref }
  | { kind: 'clearance'; clearance: Clearance }
export type What =
  | { kind: 'anything' }
  | { kind: 'label'; label: number }
  | { kind: 'source'; source: number }
  | { kind: 'space'; space: number }
export type Policy = { action: 'read' | 'use'; who: Who; what: What; unless: Who | null }

/** Who asks: a reader, with the chain that acts for them (agent numbers, one above the last is an agent of nobody's), and who hears it too. */
export type Asker = { reader: Ref; chain: number[]; audience: Ref[] }

export const sizes = {
  people: 3,
  groups: 3,
  sourceGroups: 3,
  spaces: 2,
  sources: 2,
  labels: 3,
  documents: 5,
  passages: 2,
  agents: 2,
}

export const people = Array.from({ length: sizes.people }, (_, index) => `u${index}`)
export const readers = [...people, 'svc']
export const groups = Array.from({ length: sizes.groups }, (_, index) => `g${index}`)
export const sourceGroups = Array.from({ length: sizes.sourceGroups }, (_, index) => `sg${index}`)
const identities = people.map((_, index) => `i${index}`)
export const spaces = Array.from({ length: sizes.spaces }, (_, index) => `s${index}`)
const everybody = ['public', 'members']
const nobody = ['nobody', 'nothing']

export const upTo = (count: number) => fc.nat({ max: count - 1 })
const set = <T>(arbitrary: fc.Arbitrary<T>, maxLength: number) => fc.uniqueArray(arbitrary, { maxLength })
export const times = <T>(arbitrary: fc.Arbitrary<T>, count: number) =>
  fc.array(arbitrary, { minLength: count, maxLength: count })
const rarely = <T>(arbitrary: fc.Arbitrary<T[]>) =>
  fc.oneof({ weight: 3, arbitrary: fc.constant<T[]>([]) }, { weight: 1, arbitrary })
export const clearances = rarely(set(fc.constantFrom<Clearance>('c0', 'c1'), 2))
const anyRef = fc.constantFrom(
  ...readers,
  ...groups,
  ...sourceGroups,
  ...identities,
  ...spaces,
  ...everybody,
  ...nobody,
)
export const memberRef = fc.constantFrom(...readers, ...groups, ...sourceGroups, ...everybody)
const labelIndex = upTo(sizes.labels + 1)
const labels = rarely(set(labelIndex, 2))
const agentRef = fc.constantFrom('*', 'a0', 'a1')

const person = fc.record<Person>({
  guest: fc.boolean(),
  state: fc.constantFrom('active', 'active', 'active', 'active', 'active', 'deactivated', 'pending'),
  linked: fc.boolean(),
  clearances,
})
const group = fc.record<Group>({ members: set(memberRef, 3), deleted: fc.constant(false), clearances })
export const sourceGroup = fc.record<SourceGroup>({
  container: fc.boolean(),
  people: set(upTo(sizes.people), 2),
  nested: set(upTo(sizes.sourceGroups), 2),
  clearances,
})
export const definition = fc.record<Definition>({
  requires: set(fc.constantFrom<Clearance>('c0', 'c1'), 2),
  below: fc.constantFrom('none', 'digest', 'redacted', 'redacted'),
})
const gateRef = fc.constantFrom(...spaces, ...sourceGroups, 'nowhere')
export const own = fc.record<Own>({
  deny: rarely(set(anyRef, 1)),
  gates: rarely(set(gateRef, 1)),
  denyAgents: rarely(set(agentRef, 1)),
  labels,
  passages: times(rarely(set(labelIndex, 1)), sizes.passages),
})
export const document = fc.record<Document>({
  source: upTo(sizes.sources),
  state: fc.constantFrom('ready', 'ready', 'ready', 'ready', 'ready', 'ready', 'ready', 'pending', 'quarantined'),
  deleted: fc.constant(false),
  allow: fc.oneof(set(anyRef, 3), fc.constant<Ref[]>(['public']), fc.constant<Ref[]>(['members'])),
  deny: rarely(set(anyRef, 2)),
  gates: rarely(set(gateRef, 2)),
  denyAgents: rarely(set(agentRef, 1)),
  labels,
  own: fc.option(own, { freq: 2 }),
  passages: fc.array(fc.record({ labels, marked: set(labelIndex, 2) }), {
    minLength: sizes.passages,
    maxLength: sizes.passages,
  }),
  awaits: fc.constant(false),
})
export const agent = fc.record<Agent>({
  active: fc.constantFrom(true, true, true, false),
  scope: fc.option(
    fc.record({
      sources: set(upTo(sizes.sources), 1),
      spaces: set(upTo(sizes.spaces), 1),
      documents: set(upTo(sizes.documents), 2),
    }),
    { freq: 2 },
  ),
  except: rarely(set(upTo(sizes.documents), 1)),
  clearances,
})
const who: fc.Arbitrary<Who> = fc.oneof(
  fc.constant<Who>({ kind: 'anybody' }),
  fc.constant<Who>({ kind: 'guest' }),
  fc.constant<Who>({ kind: 'service' }),
  fc.constantFrom(...groups, ...sourceGroups, 'public', 'members').map((ref): Who => ({ kind: 'group', group: ref })),
  fc.constantFrom<Clearance>('c0', 'c1').map((clearance): Who => ({ kind: 'clearance', clearance })),
)
const what: fc.Arbitrary<What> = fc.oneof(
  fc.constant<What>({ kind: 'anything' }),
  labelIndex.map((label): What => ({ kind: 'label', label })),
  upTo(sizes.sources).map((source): What => ({ kind: 'source', source })),
  upTo(sizes.spaces).map((space): What => ({ kind: 'space', space })),
)
const policy = fc.record<Policy>({
  action: fc.constantFrom('read', 'use'),
  who,
  what,
  unless: fc.option(who, { freq: 2 }),
})
/** Every set that is published is validated and compiled anew, so most worlds have none. */
export const policies = fc.oneof(
  { weight: 2, arbitrary: fc.constant<Policy[]>([]) },
  { weight: 1, arbitrary: fc.array(policy, { minLength: 1, maxLength: 3 }) },
)
const glass = fc.record<Glass>({
  reader: fc.constantFrom(...people),
  place: fc.oneof(fc.record({ document: upTo(sizes.documents) }), fc.record({ space: upTo(sizes.spaces) })),
})

export const worlds: fc.Arbitrary<World> = fc.record<World>({
  people: times(person, sizes.people),
  service: fc.record({ clearances }),
  groups: times(group, sizes.groups),
  sourceGroups: times(sourceGroup, sizes.sourceGroups),
  spaces: times(
    fc.record({
      members: fc.oneof(set(memberRef, 2), fc.constant<Ref[]>(['public']), fc.constant<Ref[]>(['members'])),
    }),
    sizes.spaces,
  ),
  sources: times(
    fc.record({ space: upTo(sizes.spaces), stale: fc.constantFrom(false, false, false, false, true) }),
    sizes.sources,
  ),
  labels: times(fc.option(definition, { freq: 6 }), sizes.labels),
  documents: times(document, sizes.documents),
  agents: times(agent, sizes.agents),
  policies,
  glass: fc.oneof({ weight: 5, arbitrary: fc.constant(null) }, { weight: 1, arbitrary: glass }),
})

/** For every reader a chain of their own. */
export const chains: fc.Arbitrary<number[][]> = times(
  fc.oneof(
    { weight: 2, arbitrary: fc.constant<number[]>([]) },
    { weight: 3, arbitrary: set(upTo(sizes.agents + 1), 2) },
  ),
  readers.length,
)
