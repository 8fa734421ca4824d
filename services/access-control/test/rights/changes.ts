import fc from 'fast-check'
import {
  agent,
  clearances,
  type Agent,
  type Clearance,
  definition,
  type Definition,
  document,
  type Document,
  groups,
  memberRef,
  own,
  type Own,
  policies,
  type Policy,
  readers,
  type Ref,
  sizes,
  sourceGroup,
  type SourceGroup,
  sourceGroups,
  spaces,
  times,
  upTo,
  type World,
} from './world.ts'

/** One thing that somebody changes. */
export type Change =
  | { type: 'join'; container: Ref; member: Ref }
  | { type: 'leave'; container: Ref; member: Ref }
  | { type: 'delete-group'; group: number }
  | { type: 'person'; person: number; guest: boolean; state: 'active' | 'deactivated' }
  | { type: 'link'; person: number; linked: boolean }
  | { type: 'clear'; principal: Ref; clearances: Clearance[] }
  | { type: 'label'; label: number; definition: Definition | null }
  | { type: 'directory'; groups: SourceGroup[] }
  | { type: 'document'; document: number; facts: Document }
  | { type: 'own'; document: number; own: Own | null }
  | { type: 'remove'; document: number }
  | { type: 'agent'; agent: number; facts: Agent }
  | { type: 'move'; source: number; space: number }
  | { type: 'policies'; policies: Policy[] }

const ownContainer = fc.constantFrom(...groups, ...spaces)
export const changes: fc.Arbitrary<Change> = fc.oneof(
  fc.record({ type: fc.constant('join' as const), container: ownContainer, member: memberRef }),
  fc.record({ type: fc.constant('leave' as const), container: ownContainer, member: memberRef }),
  fc.record({ type: fc.constant('delete-group' as const), group: upTo(sizes.groups) }),
  fc.record({
    type: fc.constant('person' as const),
    person: upTo(sizes.people),
    guest: fc.boolean(),
    state: fc.constantFrom('active' as const, 'deactivated' as const),
  }),
  fc.record({ type: fc.constant('link' as const), person: upTo(sizes.people), linked: fc.boolean() }),
  fc.record({
    type: fc.constant('clear' as const),
    principal: fc.constantFrom(...readers, ...groups, ...sourceGroups, 'a0', 'a1'),
    clearances,
  }),
  fc.record({
    type: fc.constant('label' as const),
    label: upTo(sizes.labels),
    definition: fc.option(definition, { freq: 4 }),
  }),
  fc.record({ type: fc.constant('directory' as const), groups: times(sourceGroup, sizes.sourceGroups) }),
  fc.record({ type: fc.constant('document' as const), document: upTo(sizes.documents), facts: document }),
  fc.record({ type: fc.constant('own' as const), document: upTo(sizes.documents), own: fc.option(own, { freq: 4 }) }),
  fc.record({ type: fc.constant('remove' as const), document: upTo(sizes.documents) }),
  fc.record({ type: fc.constant('agent' as const), agent: upTo(sizes.agents), facts: agent }),
  fc.record({ type: fc.constant('move' as const), source: upTo(sizes.sources), space: upTo(sizes.spaces) }),
  fc.record({ type: fc.constant('policies' as const), policies }),
)

/** The world after a change; the same object where the change does not apply (an ended group, an ended document). */
export function changed(world: World, change: Change): World {
  const at = <T>(list: readonly T[], index: number, next: (item: T) => T) =>
    list.map((item, position) => (position === index ? next(item) : item))
  switch (change.type) {
    case 'join':
    case 'leave':
      return withMember(world, change)
    case 'delete-group':
      return {
        ...world,
        groups: at(world.groups, change.group, (one) => ({ ...one, members: [], clearances: [], deleted: true })),
      }
    case 'person':
      return {
        ...world,
        people: at(world.people, change.person, (one) => ({ ...one, guest: change.guest, state: change.state })),
      }
    case 'link':
      return { ...world, people: at(world.people, change.person, (one) => ({ ...one, linked: change.linked })) }
    case 'clear':
      return withClearances(world, change)
    case 'label':
      return { ...world, labels: at(world.labels, change.label, () => change.definition) }
    case 'directory':
      // What a group of a source is, is part of its name, and stays; so do the clearances that somebody here gave it.
      return {
        ...world,
        sourceGroups: world.sourceGroups.map((was, index) => ({
          ...was,
          people: change.groups[index]?.people ?? [],
          nested: change.groups[index]?.nested ?? [],
        })),
      }
    case 'document':
      return {
        ...world,
        documents: at(world.documents, change.document, (one) =>
          // Its passages follow when they are put.
          one.deleted
            ? one
            : { ...change.facts, source: one.source, own: one.own, passages: one.passages, awaits: true },
        ),
      }
    case 'own':
      return {
        ...world,
        documents: at(world.documents, change.document, (one) => (one.deleted ? one : { ...one, own: change.own })),
      }
    case 'remove':
      return { ...world, documents: at(world.documents, change.document, (one) => ({ ...one, deleted: true })) }
    case 'agent':
      return {
        ...world,
        agents: at(world.agents, change.agent, (one) => ({ ...change.facts, clearances: one.clearances })),
      }
    case 'move':
      return { ...world, sources: at(world.sources, change.source, (one) => ({ ...one, space: change.space })) }
    case 'policies':
      return { ...world, policies: change.policies }
  }
}

/** The passages of a document as retrieval puts them after it heard of a change. */
export const withPassages = (
  world: World,
  { document: index, passages }: { document: number; passages: Document['passages'] },
): World => ({
  ...world,
  documents: world.documents.map((one, at) =>
    at === index && !one.deleted ? { ...one, passages, awaits: false } : one,
  ),
})

function withMember(
  world: World,
  { type, container, member }: { type: 'join' | 'leave'; container: Ref; member: Ref },
): World {
  const index = Number(container.slice(1))
  const next = (members: readonly Ref[]) =>
    type === 'leave' ? members.filter((one) => one !== member) : [...members.filter((one) => one !== member), member]
  if (container.startsWith('s')) {
    return { ...world, spaces: world.spaces.map((one, at) => (at === index ? { members: next(one.members) } : one)) }
  }
  if (world.groups[index]?.deleted || isDeleted(world, member)) return world
  return {
    ...world,
    groups: world.groups.map((one, at) => (at === index ? { ...one, members: next(one.members) } : one)),
  }
}

const isDeleted = (world: World, ref: Ref) => /^g\d/.test(ref) && world.groups[Number(ref.slice(1))]?.deleted === true

function withClearances(
  world: World,
  { principal, clearances: next }: { principal: Ref; clearances: Clearance[] },
): World {
  const index = Number(principal.replace(/^\D+/, ''))
  const at = <T extends { clearances: Clearance[] }>(list: readonly T[]) =>
    list.map((one, position) => (position === index ? { ...one, clearances: next } : one))
  if (principal === 'svc') return { ...world, service: { clearances: next } }
  if (principal.startsWith('sg')) return { ...world, sourceGroups: at(world.sourceGroups) }
  if (principal.startsWith('u')) return { ...world, people: at(world.people) }
  if (principal.startsWith('a')) return { ...world, agents: at(world.agents) }
  return isDeleted(world, principal) ? world : { ...world, groups: at(world.groups) }
}
