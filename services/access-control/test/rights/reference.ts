import type { Asker, Clearance, Document, Ref, Who, World } from './world.ts'

// The rules of ACCESS.md once more, from the world itself and by brute force. Nothing here is shared with the service, and nothing is fast.

export type Seen = 'none' | 'digest' | 'redacted' | 'full'
const viewOrder: Seen[] = ['none', 'digest', 'redacted', 'full']
const lower = (left: Seen, right: Seen): Seen => (viewOrder.indexOf(left) < viewOrder.indexOf(right) ? left : right)

/** Whether the reader may read the document, whatever its passages carry. */
export function mayRead(world: World, asker: Asker, number: number): boolean {
  const { reader, chain } = asker
  const document = world.documents[number]
  if (!document || document.deleted || !isActive(world, reader)) return false
  const source = world.sources[document.source]
  if (!source || source.stale || document.state !== 'ready' || awaitsPassages(document)) return false
  if (!passesLists(world, asker, { number, document, space: source.space })) return false
  if (!chain.every((agent) => agentCovers(world, agent, number))) return false
  return !world.policies.some(
    (policy) => policy.action === 'read' && forbids(world, policy, reader, document, documentLabels(document)),
  )
}

/** The codes of everything that speaks against it: where nothing does, and nothing is granted either, of that alone. */
export function against(world: World, { reader, chain }: Asker, number: number, passage?: number): Set<string> {
  const document = world.documents[number]
  if (!isActive(world, reader)) {
    const state = world.people[Number(reader.slice(1))]?.state
    return new Set([state === 'deactivated' ? 'deactivated' : 'unknown-principal'])
  }
  const source = document && world.sources[document.source]
  if (!document || document.deleted || !source) return new Set(['unknown-document'])
  const labels = passage === undefined ? documentLabels(document) : passageLabels(document, passage)
  const asker = { reader, chain, audience: [] }
  const isForbidden = (action: 'read' | 'use', over: readonly number[]) =>
    world.policies.some((policy) => policy.action === action && forbids(world, policy, reader, document, over))
  const isHiding = (label: number) =>
    !world.labels[label] || (!isCleared(world, asker, label) && world.labels[label].below === 'none')
  const lists = listsOf(document, source.space)
  const isOpen = brokeTheGlass(world, reader, number)
  const found = {
    state: document.state !== 'ready' || source.stale || awaitsPassages(document),
    deny: lists.deny.some((name) => covers(world, name, reader)) || chain.some((agent) => deniesAgent(document, agent)),
    policy: isForbidden('read', documentLabels(document)) || (passage !== undefined && isForbidden('use', labels)),
    gate: !isOpen && !lists.gates.every((gate) => isGate(world, gate) && covers(world, gate, reader)),
    'agent-scope': !chain.every((agent) => isInScope(world, agent, number)),
    label: passage !== undefined && labels.some(isHiding),
  }
  const codes = Object.entries(found).flatMap(([code, holds]) => (holds ? [code] : []))
  const isGranted = isOpen || document.allow.some((name) => covers(world, name, reader))
  return new Set(codes.length === 0 && !isGranted ? ['no-grant'] : codes)
}

/** The entitled view of one passage. */
export function entitled(world: World, asker: Asker, number: number, passage: number): Seen {
  const document = world.documents[number]
  return document ? viewOver(world, asker, number, passageLabels(document, passage)) : 'none'
}

/** The least view of everybody who hears it: who asks, and the others who are active. */
export function heard(world: World, asker: Asker, number: number, passage: number): Seen {
  const others = asker.audience.filter((reader) => isActive(world, reader))
  return [asker.reader, ...others].map((reader) => entitled(world, { ...asker, reader }, number, passage)).reduce(lower)
}

function viewOver(world: World, asker: Asker, number: number, labels: readonly number[]): Seen {
  const document = world.documents[number]
  if (!document || !mayRead(world, asker, number)) return 'none'
  const forbidden = world.policies.some(
    (policy) => policy.action === 'use' && forbids(world, policy, asker.reader, document, labels),
  )
  if (forbidden) return 'none'
  let view: Seen = 'full'
  for (const label of labels) {
    const definition = world.labels[label] ?? null
    if (definition === null) return 'none'
    if (!isCleared(world, asker, label)) view = lower(view, definition.below)
  }
  return view
}

function isCleared(world: World, asker: Asker, label: number): boolean {
  const held = clearancesHeld(world, asker)
  return world.labels[label]?.requires.every((clearance) => held.has(clearance)) ?? false
}

/** What a text was made from in another world, long ago. */
export type Made = { number: number; passage: number; view: 'redacted' | 'full'; labels: number[] }

/**
 * Whether such a text opens now (ACCESS.md section 6). `last` is the world in which the content version that it was made from last was the current one, if it
 * no longer is.
 */
export function opens(
  now: World,
  last: World | undefined,
  asker: Asker,
  { number, passage, view, labels }: Made,
): boolean {
  const document = now.documents[number]
  if (!document || !mayRead(now, asker, number)) return false
  const then = last?.documents[number]
  if (last && then) {
    const space = last.sources[then.source]?.space ?? -1
    if (then.state !== 'ready' || !passesLists(now, asker, { number, document: then, space })) return false
    if (asker.chain.some((agent) => deniesAgent(then, agent))) return false
  }
  const all = [...labels, ...passageLabels(document, passage), ...(then ? passageLabels(then, passage) : [])]
  if (!all.every((label) => labels.includes(label) || isCleared(now, asker, label))) return false
  const entitledNow = viewOver(now, asker, number, [...new Set(all)])
  return viewOrder.indexOf(view) <= viewOrder.indexOf(entitledNow)
}

/** Denies, gates and grants, with the memberships of `world`. */
function passesLists(
  world: World,
  { reader }: Asker,
  { number, document, space }: { number: number; document: Document; space: number },
): boolean {
  const { deny, gates } = listsOf(document, space)
  if (deny.some((name) => covers(world, name, reader))) return false
  if (brokeTheGlass(world, reader, number)) return true
  if (!gates.every((gate) => isGate(world, gate) && covers(world, gate, reader))) return false
  return document.allow.some((name) => covers(world, name, reader))
}

const listsOf = (document: Document, space: number) => ({
  deny: [...document.deny, ...(document.own?.deny ?? [])],
  gates: [`s${space}`, ...document.gates, ...(document.own?.gates ?? [])],
})

/** For a document, or for the space that it is in now. */
function brokeTheGlass({ glass, documents, sources }: World, reader: Ref, number: number): boolean {
  if (glass?.reader !== reader) return false
  if ('document' in glass.place) return glass.place.document === number
  return sources[documents[number]?.source ?? -1]?.space === glass.place.space
}

const awaitsPassages = ({ awaits, own }: Document) =>
  awaits && (own?.passages.some((labels) => labels.length > 0) ?? false)

/** Whether the redacted text of the passage exists: it was made for just these labels, and each that leaves it has a span in it. */
export function hasRedacted(world: World, number: number, passage: number): boolean {
  const document = world.documents[number]
  if (!document || document.deleted) return false
  const marked = document.passages[passage]?.marked ?? []
  return passageLabels(document, passage).every(
    (label) => world.labels[label]?.below !== 'redacted' || marked.includes(label),
  )
}

const documentLabels = (document: Document) => [...new Set([...document.labels, ...(document.own?.labels ?? [])])]

/** All that count for a passage: its document's, its own, and those that somebody gave it by hand. */
export const passageLabels = (document: Document, passage: number) =>
  [
    ...new Set([
      ...documentLabels(document),
      ...(document.passages[passage]?.labels ?? []),
      ...(document.own?.passages[passage] ?? []),
    ]),
  ].toSorted((left, right) => left - right)

export function isActive(world: World, reader: Ref): boolean {
  if (reader === 'svc') return true
  return world.people[Number(reader.slice(1))]?.state === 'active'
}

/** Only spaces and containers restrict; a group, or a name of nothing, as a gate covers nobody. */
const isGate = (world: World, gate: Ref) => {
  if (/^s\d/.test(gate)) return true
  return gate.startsWith('sg') && world.sourceGroups[Number(gate.slice(2))]?.container === true
}

/** Whether the name covers the reader: by walking down its members, at any depth. */
export function covers(world: World, name: Ref, reader: Ref, seen: ReadonlySet<Ref> = new Set()): boolean {
  if (seen.has(name)) return false
  if (name === reader) return true
  if (name === 'public') return true
  const person = reader === 'svc' ? undefined : world.people[Number(reader.slice(1))]
  if (name === 'members') return person !== undefined && !person.guest
  if (name.startsWith('i')) return person?.linked === true && name === `i${reader.slice(1)}`
  const further = new Set([...seen, name])
  return membersOf(world, name).some((member) => covers(world, member, reader, further))
}

function membersOf(world: World, name: Ref): Ref[] {
  if (name.startsWith('sg')) {
    const group = world.sourceGroups[Number(name.slice(2))]
    return group ? [...group.people.map((one) => `i${one}`), ...group.nested.map((one) => `sg${one}`)] : []
  }
  if (/^g\d/.test(name)) return world.groups[Number(name.slice(1))]?.members ?? []
  return /^s\d/.test(name) ? (world.spaces[Number(name.slice(1))]?.members ?? []) : []
}

function clearancesHeld(world: World, { reader, chain }: Asker): Set<Clearance> {
  const held = new Set<Clearance>()
  const add = (clearances: readonly Clearance[] = []) => clearances.forEach((clearance) => held.add(clearance))
  add(reader === 'svc' ? world.service.clearances : world.people[Number(reader.slice(1))]?.clearances)
  world.groups.forEach(({ clearances }, index) => covers(world, `g${index}`, reader) && add(clearances))
  world.sourceGroups.forEach(
    ({ clearances, container }, index) => !container && covers(world, `sg${index}`, reader) && add(clearances),
  )
  return new Set([...held].filter((one) => chain.every((agent) => world.agents[agent]?.clearances.includes(one))))
}

function agentCovers(world: World, number: number, documentNumber: number): boolean {
  const document = world.documents[documentNumber]
  return document !== undefined && !deniesAgent(document, number) && isInScope(world, number, documentNumber)
}

function isInScope(world: World, number: number, documentNumber: number): boolean {
  const [agent, document] = [world.agents[number], world.documents[documentNumber]]
  if (!agent?.active || !document || agent.except.includes(documentNumber)) return false
  const { scope } = agent
  if (scope === null) return true
  return (
    scope.sources.includes(document.source) ||
    scope.spaces.includes(world.sources[document.source]?.space ?? -1) ||
    scope.documents.includes(documentNumber)
  )
}

function deniesAgent(document: Document, agent: number): boolean {
  const denied = [...document.denyAgents, ...(document.own?.denyAgents ?? [])]
  return denied.includes('*') || denied.includes(`a${agent}`)
}

function forbids(
  world: World,
  { who, what, unless }: World['policies'][number],
  reader: Ref,
  document: Document,
  labels: readonly number[],
): boolean {
  const about = {
    anything: () => true,
    label: () => what.kind === 'label' && labels.includes(what.label),
    source: () => what.kind === 'source' && document.source === what.source,
    space: () => what.kind === 'space' && world.sources[document.source]?.space === what.space,
  }[what.kind]()
  return about && isWho(world, who, reader) && !(unless && isWho(world, unless, reader))
}

/** Policies see the reader's own clearances and groups, not those of the agents; containers count as groups there. */
function isWho(world: World, who: Who, reader: Ref): boolean {
  switch (who.kind) {
    case 'anybody':
      return true
    case 'guest':
      return reader !== 'svc' && world.people[Number(reader.slice(1))]?.guest === true
    case 'service':
      return reader === 'svc'
    case 'group':
      return covers(world, who.group, reader)
    case 'clearance':
      return clearancesHeld(world, { reader, chain: [], audience: [] }).has(who.clearance)
  }
}
