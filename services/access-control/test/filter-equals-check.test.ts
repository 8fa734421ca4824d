import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { IndexFacts, ReaderFilter } from '@tessera/shared/contracts/access-control'
import { newId } from '@tessera/shared/ids/ids'
import fc from 'fast-check'
import { build, type Built, membersOf, numbers, type World, worlds } from './random-world.ts'
import { type AccessControl, startAccessControl, value, type Workspace } from './start-access-control.ts'

/** Side by side, since the writes to one workspace queue behind each other. */
const AT_ONCE = 8
const ROUNDS = 12

test('check and filter let through exactly what the rules say, in any world', async (t) => {
  const access = await startAccessControl(t)
  const several = fc.array(worlds(), { minLength: AT_ONCE, maxLength: AT_ONCE })
  const property = fc.asyncProperty(several, async (round) => {
    await Promise.all(round.map((world) => agree(access, world)))
  })
  await fc.assert(property, { numRuns: ROUNDS, endOnFailure: true })
})

async function agree(access: AccessControl, world: World): Promise<void> {
  const workspace = await access.aWorkspace()
  const built = await build(access, workspace, world)
  const index = value(
    await access.retrieval.indexFacts({ documentIds: idsOf(built) }, workspace.as('system:retrieval')),
  )
  for (const [reader, chain] of world.chains.entries()) {
    const readable = built.documents.filter((_, document) => mayRead(world, reader, chain, document))
    const expected = readable.map(({ documentId }) => documentId)
    const actors = chain.map((agent) => built.agents[agent] ?? '')
    const asked = { access, workspace, reader: built.names[reader] ?? '', actors, built }
    const told = JSON.stringify({ world, reader, chain })
    assert.deepEqual(await checked(asked), expected, `by the check: ${told}`)
    assert.deepEqual(await filtered(asked, index.documents), expected, `by the filter: ${told}`)
  }
}

type Asked = { access: AccessControl; workspace: Workspace; reader: string; actors: string[]; built: Built }

const idsOf = ({ documents }: Built) => documents.map(({ documentId }) => documentId)

async function checked({ access, workspace, reader, actors, built }: Asked): Promise<string[]> {
  const candidates = built.documents.map((document) => ({
    ...document,
    passageId: newId('psg'),
    view: 'full' as const,
    hash: 'h',
  }))
  const answer = await access.retrieval.checkPassages({ candidates, purpose: 'search' }, workspace.as(reader, actors))
  const passages = new Set(answer.ok ? answer.value.allowed.map(({ passageId }) => passageId) : [])
  return candidates.filter(({ passageId }) => passages.has(passageId)).map(({ documentId }) => documentId)
}

/** What an index would find that holds exactly the rows which `indexFacts` describes. */
async function filtered(
  { access, workspace, reader, actors, built }: Asked,
  facts: readonly IndexFacts[],
): Promise<string[]> {
  const answer = await access.retrieval.readerFilter({}, workspace.as(reader, actors))
  if (!answer.ok) return []
  const found = new Set(facts.filter((row) => matches(answer.value, row)).map(({ documentId }) => documentId))
  return idsOf(built).filter((documentId) => found.has(documentId))
}

function matches(filter: ReaderFilter, row: IndexFacts): boolean {
  const names = new Set(filter.names)
  const hidden = filter.agents.length > 0 && row.denyAgents.some((name) => name === '*' || filter.agents.includes(name))
  const scoped = filter.scopes.every(
    (scope) =>
      scope.kind === 'everything' ||
      scope.dataSourceIds?.includes(row.dataSourceId) ||
      scope.spaces?.includes(row.space) ||
      scope.documentIds?.includes(row.documentId),
  )
  return (
    row.searchable &&
    row.allow.some((name) => names.has(name)) &&
    !row.deny.some((name) => names.has(name)) &&
    filter.pairs.includes(`${row.signature}/full`) &&
    !hidden &&
    scoped &&
    !filter.exceptDocumentIds.includes(row.documentId)
  )
}

// The rules of ACCESS.md once more, from the world itself and by brute force: nothing here is shared with the service.

function mayRead(world: World, reader: number, chain: readonly number[], number: number): boolean {
  const document = world.documents[number]
  const source = world.sources[document?.source ?? 0]
  if (!document || !source || (world.people[reader]?.state ?? 'active') !== 'active') return false
  const covered = (name: number) => covers(world, name, reader, new Set())
  const gates = [source.space + numbers.firstSpace, ...document.gates.flatMap((gate) => gateNumber(world, gate))]
  return (
    !document.deleted &&
    document.state === 'ready' &&
    source.age !== 'stale' &&
    document.allow.some(covered) &&
    !document.deny.some(covered) &&
    gates.every(covered) &&
    chain.every((agent) => agentCovers(world, agent, number))
  )
}

function gateNumber(world: World, gate: number): number[] {
  const spaces = world.spaces.length
  if (gate < spaces) return [numbers.firstSpace + gate]
  return world.sourceGroups[gate - spaces]?.container ? [numbers.firstSourceGroup + gate - spaces] : []
}

function covers(world: World, name: number, reader: number, seen: Set<number>): boolean {
  if (name === reader || name === numbers.publicName) return true
  if (name === numbers.publicName + 1) return world.people[reader]?.guest === false
  if (name >= numbers.firstIdentity && name < numbers.firstSpace) {
    return name - numbers.firstIdentity === reader && world.people[reader]?.linked === true
  }
  if (seen.has(name)) return false
  seen.add(name)
  return (membersOf(world, name) ?? []).some((member) => covers(world, member, reader, seen))
}

function agentCovers(world: World, number: number, documentNumber: number): boolean {
  const [agent, document] = [world.agents[number], world.documents[documentNumber]]
  if (!agent?.active || !document) return false
  const inScope =
    agent.everything ||
    agent.sources.includes(document.source) ||
    agent.spaces.includes(world.sources[document.source]?.space ?? -1) ||
    agent.documents.includes(documentNumber)
  const denied = document.denyAgents.includes(number) || document.denyAgents.includes(numbers.agents)
  return inScope && !denied && !agent.except.includes(documentNumber)
}
