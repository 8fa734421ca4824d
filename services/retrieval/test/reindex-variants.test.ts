import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createWorkStore, type Outcome } from '../src/index-documents/work.store.ts'
import { createNextIndexStore, type Filled } from '../src/reindex/next-index.store.ts'
import { startRetrieval } from './start-retrieval.ts'

/** A worker and the making of a new index, each with its own view of the variants of one document. */
test('a document whose variants a worker changes while the next index is filled with it is filled again, whoever is done first', async (t) => {
  const { put, db, workspaceId, indexes, stops } = await startRetrieval(t)
  const { documentId, contentVersion } = await put('vacation')
  await stops[0]?.()
  const version = indexes[0]?.definitionVersion ?? 0
  const [next, work] = [createNextIndexStore(db, version), createWorkStore(db, version)]
  const live = (await next.known(workspaceId))?.live ?? null
  const { facts_revision: revision } = await db
    .selectFrom('documents')
    .select('facts_revision')
    .executeTakeFirstOrThrow()
  const fill = async (rows: string | null, seenRows: string | null) => {
    const filled: Filled = {
      documentId,
      contentVersion,
      removed: false,
      revision: revision ?? 0,
      rows,
      seenRows,
      count: 1,
      failure: null,
    }
    await next.noteFilled(workspaceId, [filled])
  }
  const finish = async (indexedRows: string | null) => {
    const outcome: Outcome = {
      ...{ documentId, contentVersion, generation: 0, indexed: true, indexedRows, indexedCount: 1 },
      ...{ appliedRevision: revision ?? 0, failure: null, removedPassages: [] },
    }
    await work.finish({ id: 'claim', workspaceId, work: [] }, live, [outcome])
  }
  const behind = async () => {
    const found = await next.behind(workspaceId, { after: '', limit: 10, settled: false })
    return found.map((one) => one.documentId)
  }
  await next.begin(workspaceId, 'next', undefined)
  await fill(null, null)
  assert.deepEqual(await behind(), [])
  await finish('with a digest')
  assert.deepEqual(await behind(), [documentId])
  await fill('with a digest', 'with a digest')
  assert.deepEqual(await behind(), [])
  await finish('with a digest')
  assert.deepEqual(await behind(), [])

  // Loaded before the worker is done, and noted after it.
  await finish('with another digest')
  await fill('with a digest', 'with a digest')
  assert.deepEqual(await behind(), [documentId])
  await fill('with another digest', 'with another digest')
  assert.deepEqual(await behind(), [])
})
