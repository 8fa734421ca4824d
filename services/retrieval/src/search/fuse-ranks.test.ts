import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { IndexHit } from '../index/search-index.ts'
import { fuseRanks } from './fuse-ranks.ts'

const hit = (passageId: string, score = 1): IndexHit => ({
  passageId,
  documentId: 'doc_1',
  contentVersion: 'ver_1',
  view: 'full',
  hash: 'h',
  score,
})
const order = (byWords: string[], byVector: string[]) =>
  fuseRanks({ byWords: byWords.map((id) => hit(id)), byVector: byVector.map((id) => hit(id)) }).map(
    ({ passageId }) => passageId,
  )

test('what both rankings found comes before what one of them put first', () => {
  assert.deepEqual(order(['a', 'b', 'c'], ['d', 'b', 'e']), ['b', 'a', 'd', 'c', 'e'])
})

test('equal places are told apart by id, and one ranking alone stays as it is', () => {
  assert.deepEqual(order(['z', 'y'], ['b', 'a']), ['b', 'z', 'a', 'y'])
  assert.deepEqual(order(['z', 'a'], []), ['z', 'a'])
  assert.deepEqual(order([], ['z', 'a']), ['z', 'a'])
})
