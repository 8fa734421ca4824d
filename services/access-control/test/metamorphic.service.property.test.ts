import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { isAtMost } from '../src/decide/facts.ts'
import { build, type Built } from './rights/build.ts'
import { type Change, changed } from './rights/changes.ts'
import { chains, readers, sizes, worlds, type World } from './rights/world.ts'
import { apply, putPassages } from './rights/write.ts'
import { type AccessControl, startAccessControl, value } from './start-access-control.ts'

/** Pairs of worlds; the same rules hold thousands of times over the core alone in `metamorphic.property.test.ts`. */
const WORLDS = 12

/** A change that can only take away, or only give; none where it would be nothing. */
type Move = { name: string; gives: boolean; of: (world: World) => Change | undefined }
const document = 0
const ownWith = (world: World, more: Partial<NonNullable<World['documents'][number]['own']>>): Change => {
  const own = world.documents[document]?.own ?? { deny: [], gates: [], denyAgents: [], labels: [], passages: [[], []] }
  return { type: 'own', document, own: { ...own, ...more } }
}
const moves: readonly Move[] = [
  {
    name: 'a deny',
    gives: false,
    of: (world) => ownWith(world, { deny: [...(world.documents[0]?.own?.deny ?? []), 'g0'] }),
  },
  {
    name: 'a gate',
    gives: false,
    of: (world) => ownWith(world, { gates: [...(world.documents[0]?.own?.gates ?? []), 's0'] }),
  },
  {
    name: 'a label',
    gives: false,
    of: (world) => ownWith(world, { labels: [...(world.documents[0]?.own?.labels ?? []), 0] }),
  },
  { name: 'no agents', gives: false, of: (world) => ownWith(world, { denyAgents: ['*'] }) },
  { name: 'a label undefined', gives: false, of: () => ({ type: 'label', label: 0, definition: null }) },
  // Policies that make exceptions for who holds a clearance get stricter without it; without such, this only takes away.
  {
    name: 'a clearance less',
    gives: false,
    of: ({ policies }) => (policies.length > 0 ? undefined : { type: 'clear', principal: 'u0', clearances: [] }),
  },
  {
    name: 'a forbid',
    gives: false,
    of: ({ policies }) => ({
      type: 'policies',
      policies: [
        ...policies,
        { action: 'read', who: { kind: 'group', group: 'public' }, what: { kind: 'label', label: 1 }, unless: null },
      ],
    }),
  },
  {
    name: 'a grant',
    gives: true,
    of: ({ documents: [facts] }) =>
      facts
        ? { type: 'document', document, facts: { ...facts, allow: [...facts.allow.slice(0, 3), 'public'] } }
        : undefined,
  },
]

const stories = fc.record({ world: worlds, chains, move: fc.constantFrom(...moves) })

test('what only takes away never widens, what only gives never narrows, agents only narrow, and names mean nothing', async (t) => {
  const access = await startAccessControl(t)
  const property = fc.asyncProperty(stories, async ({ world, chains: chainsOf, move }) => {
    const [built, again] = await Promise.all([aBuilt(access, world), aBuilt(access, world)])
    const before = await viewsOf(built, chainsOf)
    assert.deepEqual(await viewsOf(again, chainsOf), before, 'under other names')
    for (const { alone, through } of before) assert.ok(isAtMost(through, alone), 'through an agent')
    const change = move.of(world)
    if (!change) return
    const after = changed(world, change)
    await apply(built, after, change)
    if ('document' in change) await putPassages(built, after, change.document)
    for (const [index, now] of (await viewsOf(built, chainsOf)).entries()) {
      const was = before[index]
      for (const how of ['alone', 'through'] as const) {
        const [less, more] = move.gives ? [was?.[how] ?? 'none', now[how]] : [now[how], was?.[how] ?? 'none']
        assert.ok(isAtMost(less, more), `${move.name} ${how}: from ${was?.[how]} to ${now[how]}`)
      }
    }
  })
  await fc.assert(property, { numRuns: WORLDS })
})

const aBuilt = async (access: AccessControl, world: World) => build(access, await access.aWorkspace(), world)

/** What each reader is entitled to of each document and passage, by themselves and through their chain. */
async function viewsOf({ access, workspace, nameOf, agentNames, documents }: Built, chainsOf: readonly number[][]) {
  const questions = readers.flatMap((reader, index) =>
    documents.flatMap(({ documentId, passages }) =>
      [undefined, ...passages.map(({ passageId }) => passageId)].flatMap((passageId) => {
        const about = { reader: nameOf(reader), documentId, ...(passageId === undefined ? {} : { passageId }) }
        const actors = (chainsOf[index] ?? []).map((agent) => agentNames[agent] ?? '')
        return [about, { ...about, actors }]
      }),
    ),
  )
  const { answers } = value(await access.gateway.checkAccess({ questions }, workspace.asAdmin()))
  const views = answers.map(({ view = 'none' }) => view)
  assert.equal(views.length, readers.length * sizes.documents * (1 + sizes.passages) * 2)
  return Array.from({ length: views.length / 2 }, (_, index) => ({
    alone: views[index * 2] ?? 'none',
    through: views[index * 2 + 1] ?? 'none',
  }))
}
