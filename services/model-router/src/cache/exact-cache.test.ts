import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createExactCache, type KeptAnswer } from './exact-cache.ts'

const end = {
  type: 'end',
  finishReason: 'stop',
  usage: { inputTokens: 1, outputTokens: 1, estimated: false },
  totalMs: 1,
} as const
const answer = (text: string): KeptAnswer => ({ content: [{ type: 'text-delta', text }], end })
const at = (revision: number, version = 1, workspaceId = 'one') => ({ workspaceId, revision, version })
const kept = { seconds: 60, bytes: 100 }

test('an answer is as old as its reader takes it, and no older than whoever kept it said', (t) => {
  t.mock.timers.enable({ apis: ['Date', 'setTimeout'], now: 1_000_000 })
  const cache = createExactCache()
  cache.keep(at(1), 'key', answer('yes'), kept)
  assert.deepEqual(cache.find(at(1), 'key', 60), { answer: answer('yes'), ageSeconds: 0 })
  t.mock.timers.tick(30_000)
  assert.equal(cache.find(at(1), 'key', 30), undefined)
  assert.equal(cache.find(at(1), 'key', 31)?.ageSeconds, 30)
  assert.equal(cache.find(at(1), 'another', 60), undefined)
  t.mock.timers.tick(30_001)
  assert.equal(cache.find(at(1), 'key', 3600), undefined)
})

test('when a workspace moves on, what was decided before is forgotten, and comes back with no older moment', () => {
  const cache = createExactCache()
  cache.keep(at(2), 'key', answer('yes'), kept)
  cache.keep(at(2, 1, 'two'), 'of another', answer('theirs'), kept)
  assert.equal(cache.find(at(1), 'key', 60), undefined)
  cache.keep(at(1), 'late', answer('late'), kept)
  assert.equal(cache.find(at(2), 'late', 60), undefined)
  assert.ok(cache.find(at(2), 'key', 60))
  assert.equal(cache.find(at(3), 'new', 60), undefined)
  assert.equal(cache.find(at(2), 'key', 60), undefined)
  cache.keep(at(3), 'key', answer('again'), kept)
  cache.keep(at(3), 'key', answer('and again'), kept)
  assert.equal(cache.find(at(3, 2), 'new', 60), undefined)
  assert.equal(cache.find(at(3), 'key', 60), undefined)
  assert.ok(cache.find(at(2, 1, 'two'), 'of another', 60))
})

test('it holds so many bytes and no more: the one that was not asked for longest goes', () => {
  const cache = createExactCache({ maxBytes: 250 })
  for (const key of ['a', 'b']) cache.keep(at(1), key, answer(key), kept)
  cache.find(at(1), 'a', 60)
  cache.keep(at(1), 'c', answer('c'), kept)
  const held = ['a', 'b', 'c'].filter((key) => cache.find(at(1), key, 60))
  assert.deepEqual(held, ['a', 'c'])
  cache.keep(at(1), 'large', answer('large'), { seconds: 60, bytes: 251 })
  assert.equal(cache.find(at(1), 'large', 60), undefined)
})
