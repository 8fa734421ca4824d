import assert from 'node:assert/strict'
import { test } from 'node:test'
import { strategies } from './strategies.ts'
import type { Choosing, Target } from './target.ts'

const target = (name: string, weight = 1): Target => ({ model: { name, facts: {} } as Target['model'], weight })
const names = (targets: readonly Target[]) => targets.map(({ model }) => model.name)

/** Numbers that look like chance and are the same in each run. */
function chance() {
  let seed = 7
  return () => (seed = (seed * 48_271) % 2_147_483_647) / 2_147_483_647
}

const choosing = (given: Partial<Choosing> = {}): Choosing => ({
  inFlight: () => 0,
  firstContentMs: () => undefined,
  costMicros: () => undefined,
  conversation: 'c',
  random: chance(),
  ...given,
})

const firstOf = (order: readonly Target[]) => order[0]?.model.name ?? ''
const countFirsts = (rounds: number, orderOf: (round: number) => readonly Target[]) => {
  const counts = new Map<string, number>()
  for (let round = 0; round < rounds; round++) {
    const first = firstOf(orderOf(round))
    counts.set(first, (counts.get(first) ?? 0) + 1)
  }
  return counts
}

test('every strategy gives back every target once, whatever it knows of them', () => {
  const targets = [target('p/a'), target('p/b', 0), target('p/c', 3)]
  for (const [name, order] of Object.entries(strategies))
    for (let round = 0; round < 50; round++)
      assert.deepEqual(names(order(targets, choosing())).toSorted(), ['p/a', 'p/b', 'p/c'], name)
})

test('fallback keeps the order; weights share what comes, and weight 0 is for when the others fail', () => {
  const targets = [target('p/a', 3), target('p/b', 1), target('p/z', 0)]
  assert.deepEqual(names(strategies.fallback(targets, choosing())), ['p/a', 'p/b', 'p/z'])
  const random = chance()
  const counts = countFirsts(4000, () => strategies.weighted(targets, choosing({ random })))
  assert.ok(Math.abs((counts.get('p/a') ?? 0) - 3000) < 150, String(counts.get('p/a')))
  assert.equal(counts.get('p/z'), undefined)
  assert.equal(names(strategies.weighted(targets, choosing())).at(-1), 'p/z')
})

test('the least busy is the one with the fewest requests for its weight', () => {
  const targets = [target('p/a', 1), target('p/b', 4), target('p/z', 0)]
  const inFlight = ({ model }: Target) => ({ 'p/a': 1, 'p/b': 4 })[model.name] ?? 0
  assert.deepEqual(names(strategies['least-busy'](targets, choosing({ inFlight }))), ['p/b', 'p/a', 'p/z'])
})

test('the lowest latency is of two drawn by chance: the fastest gets most, the slowest of three nothing', () => {
  const targets = [target('p/a'), target('p/b'), target('p/c')]
  const firstContentMs = ({ model }: Target) => ({ 'p/a': 900, 'p/b': 50, 'p/c': 300 })[model.name]
  const random = chance()
  const counts = countFirsts(3000, () => strategies['lowest-latency'](targets, choosing({ firstContentMs, random })))
  assert.ok(Math.abs((counts.get('p/b') ?? 0) - 2000) < 150)
  assert.ok(Math.abs((counts.get('p/c') ?? 0) - 1000) < 150)
  assert.equal(counts.get('p/a'), undefined)
  const measured = ({ model }: Target) => (model.name === 'p/a' ? undefined : 100)
  assert.equal(
    firstOf(strategies['lowest-latency'](targets.slice(0, 2), choosing({ firstContentMs: measured }))),
    'p/a',
  )
})

test('the lowest price is that of this request, and what has no price comes last', () => {
  const targets = [target('p/a'), target('p/b'), target('p/c')]
  const costMicros = ({ model }: Target) => ({ 'p/b': 20, 'p/c': 3 })[model.name]
  assert.deepEqual(names(strategies['lowest-price'](targets, choosing({ costMicros }))), ['p/c', 'p/b', 'p/a'])
})

test('an experiment puts each conversation to one target for good, and moves only the conversations of one that is left out', () => {
  const targets = [target('p/a', 8), target('p/b', 2)]
  const orderOf = (round: number, among = targets) =>
    strategies.experiment(among, choosing({ conversation: `c${round}` }))
  const counts = countFirsts(2000, (round) => orderOf(round))
  assert.ok(Math.abs((counts.get('p/b') ?? 0) - 400) < 80, String(counts.get('p/b')))
  const three = [...targets, target('p/c', 5)]
  for (let round = 0; round < 300; round++) {
    const first = firstOf(orderOf(round, three))
    assert.equal(firstOf(orderOf(round, three)), first)
    assert.equal(firstOf(orderOf(round, three.toReversed())), first)
    if (first !== 'p/c') assert.equal(firstOf(orderOf(round)), first)
  }
})
