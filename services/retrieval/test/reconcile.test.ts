import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openPglite } from '@tessera/shared/database/pglite-worker'
import { eventually } from '@tessera/testkit/eventually'
import { newId } from '@tessera/shared/ids/ids'
import { createPgliteIndex } from '../src/index/pglite/pglite-index.ts'
import type { IndexRow, SearchIndex } from '../src/index/search-index.ts'
import { startRetrieval } from './start-retrieval.ts'

const patiently = { timeoutMs: 30_000 }

/** What somebody does to an index behind our back, and what it is to come to, in whichever index it is. */
async function broken(t: Parameters<typeof startRetrieval>[0], index?: SearchIndex) {
  const started = await startRetrieval(t, { ...(index ? { index } : {}) })
  const { put, found, access, retrieval, callOf, workspaceId, indexes } = started
  access.covering.set('user:admin', ['role:admin'])
  const behindOurBack = indexes[0]
  assert.ok(behindOurBack)
  const documents = await Promise.all(Array.from({ length: 8 }, (_, at) => put(`vacation number${at}`)))
  const removed = await put('vacation of long ago')
  await started.content.removeDocuments({ documentIds: [removed.documentId] }, started.asSource())
  await eventually(async () => assert.equal((await found('user:ana', 'vacation')).length, 8))
  const rows = (await Array.fromAsync(behindOurBack.list(workspaceId, 'live'))).flat()
  const rowOf = (at: number) => rows.find(({ documentId }) => documentId === documents[at]?.documentId)
  /** A row that could stand there, made of another. */
  const forged = (at: number, change: Partial<IndexRow>): IndexRow => {
    const row = rowOf(at)
    assert.ok(row)
    const { rowId, ...rest } = row
    const [passageId = ''] = rowId.split('/')
    const text = { title: 'x', headings: [], text: 'forged vacation', authors: [], dataSourceId: started.dataSourceId }
    return { ...rest, ...text, passageId, view: 'full', ...change }
  }
  const report = async () => {
    const answer = await retrieval.indexStatus({}, callOf('user:admin'))
    assert.ok(answer.ok)
    const { reconciliation, index } = answer.value
    assert.equal(reconciliation?.state, 'done', JSON.stringify(reconciliation))
    const { state: _, startedAt: __, endedAt: ___, ...counts } = reconciliation
    return { counts, index }
  }
  const reconcile = async () => {
    const answer = await retrieval.reconcileIndex({}, callOf('user:admin'))
    assert.ok(answer.ok, JSON.stringify(answer))
    return eventually(report, patiently)
  }
  return { ...started, documents, removed, behindOurBack, rowOf, forged, reconcile }
}

async function isPutRight(t: Parameters<typeof startRetrieval>[0], index?: SearchIndex) {
  const { found, behindOurBack, rowOf, forged, reconcile, workspaceId, documents, removed } = await broken(t, index)
  const clean = { documents: 9, rows: 8, missing: 0, surplus: 0, otherText: 0, staleAccess: 0, unknown: 0, repaired: 0 }
  // The row of the removed document goes a moment after nobody finds it any more.
  await eventually(async () => assert.deepEqual((await reconcile()).counts, clean), patiently)

  await behindOurBack.remove(workspaceId, [rowOf(0)?.rowId ?? ''])
  const refused = await behindOurBack.put(workspaceId, [
    forged(1, { allow: ['user:eve'], deny: [] }),
    forged(2, { hash: 'forged' }),
    forged(3, { passageId: newId('psg') }),
    forged(4, { view: 'redacted' }),
    forged(5, { documentId: newId('doc'), passageId: newId('psg') }),
    forged(6, { documentId: removed.documentId, passageId: newId('psg') }),
  ])
  assert.deepEqual(refused, [])
  await behindOurBack.refresh(workspaceId)
  assert.equal((await found('user:ana', 'number0')).length, 0, 'it is gone')

  const { counts } = await reconcile()
  assert.deepEqual(counts, {
    documents: 9,
    rows: 11,
    missing: 1,
    surplus: 3,
    otherText: 1,
    staleAccess: 1,
    unknown: 1,
    repaired: 6,
  })
  await eventually(async () => {
    const again = await reconcile()
    assert.deepEqual(again.counts, clean)
    assert.deepEqual([again.index?.rows, again.index?.expected], [8, 8])
  }, patiently)
  for (const at of documents.keys()) assert.deepEqual(await found('user:ana', `number${at}`), [`vacation number${at}`])
  assert.deepEqual(await found('user:ana', 'forged'), [])
}

test('what somebody did to the index behind our back is found, counted by kind, and put right', (t) => isPutRight(t))

test('in the embedded index as well', async (t) => {
  const pglite = await openPglite({ extensions: ['vector', 'pg_textsearch'] })
  t.after(() => pglite.close())
  await isPutRight(t, createPgliteIndex({ pglite }))
})

test('what is under way, what failed, and what nobody may find is not taken for wrong', async (t) => {
  const { put, access, models, retrieval, callOf } = await startRetrieval(t, { embeddingModel: 'test/letters' })
  access.covering.set('user:admin', ['role:admin'])
  models.refuses = 'forbidden'
  await put('vacation')
  await put('a forbidden vacation', { indexed: false })
  const { documentId } = await put('a quarantined vacation')
  const at = await access.put(documentId, { searchable: false })
  await eventually(async () => {
    const status = await retrieval.indexStatus({}, callOf('user:admin'))
    assert.ok(status.ok && status.value.waiting === 0 && status.value.appliedRevision >= at)
    assert.equal(status.value.lagMs, 0)
  }, patiently)
  assert.ok((await retrieval.reconcileIndex({}, callOf('user:admin'))).ok)
  await eventually(async () => {
    const status = await retrieval.indexStatus({}, callOf('user:admin'))
    assert.ok(status.ok)
    const { reconciliation } = status.value
    assert.deepEqual([reconciliation?.state, reconciliation?.documents, reconciliation?.repaired], ['done', 3, 0])
  }, patiently)
})
