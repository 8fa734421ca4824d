import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { IndexHit } from '../index/search-index.ts'
import { fuseRankings } from './fuse-rankings.ts'

const hit = (passageId: string, score = 1): IndexHit => ({
  passageId,
  documentId: 'doc_1',
  contentVersion: 'ver_1',
  view: 'full',
  hash: 'h',
  score,
})
const order = (byWords: string[], byVector: string[]) =>
  fuseRankings({ byWords: byWords.map((id) => hit(id)), byVector: byVector.map((id) => hit(id)) }).map(
    ({ hit }) => hit.passageId,
  )

test('what both rankings found comes before what one of them put first, and words outweigh vectors', () => {
  assert.deepEqual(order(['a', 'b', 'c'], ['d', 'b', 'e']), ['b', 'a', 'c', 'd', 'e'])
})

test('equal places are told apart by id, and one ranking alone stays as it is', () => {
  assert.deepEqual(order(['z', 'a'], []), ['z', 'a'])
  assert.deepEqual(order([], ['z', 'a']), ['z', 'a'])
  const twice = fuseRankings({ byWords: [hit('b'), hit('a')], byVector: [hit('a'), hit('b')] })
  assert.deepEqual(
    twice.map(({ hit }) => hit.passageId),
    ['b', 'a'],
  )
})

test('each row knows the places that made its own', () => {
  const [first] = fuseRankings({ byWords: [hit('a', 7), hit('b', 6)], byVector: [hit('b', 0.9)] })
  assert.deepEqual(
    [first?.hit.passageId, first?.byWords, first?.byVector],
    ['b', { rank: 2, score: 6 }, { rank: 1, score: 0.9 }],
  )
})
