import assert from 'node:assert/strict'
import { test } from 'node:test'
import { eventually } from '@tessera/testkit/eventually'
import { pino } from 'pino'
import { createElasticsearchIndex } from '../src/index/elasticsearch/elasticsearch-index.ts'
import type { SearchIndex } from '../src/index/search-index.ts'
import { createIndexParts } from '../src/reindex/index-parts.ts'
import { reindexOutdated } from '../src/reindex/reindex-outdated.ts'
import { startRetrieval } from './start-retrieval.ts'

type Started = Awaited<ReturnType<typeof startRetrieval>>
const patiently = { timeoutMs: 30_000 }

/** Stands between retrieval and its index, and can hold up what is put into the next one. */
function gate() {
  const state = { puts: 0, open: Promise.withResolvers<void>(), beforeCount: async () => undefined as unknown }
  state.open.resolve()
  const between = (index: SearchIndex): SearchIndex => ({
    ...index,
    async put(workspaceId, rows, which) {
      if (which === 'next') {
        state.puts += rows.length
        await state.open.promise
      }
      return index.put(workspaceId, rows, which)
    },
    async count(workspaceId, which) {
      if (which === 'next') await state.beforeCount()
      return index.count(workspaceId, which)
    },
  })
  return {
    between,
    state,
    /** From here on what is put waits. Returns what lets it through. */
    shut: () => {
      state.open = Promise.withResolvers<void>()
      return () => state.open.resolve()
    },
  }
}

const asAdmin = ({ access, callOf, retrieval }: Started) => {
  access.covering.set('user:admin', ['role:admin'])
  const call = () => callOf('user:admin')
  const status = async () => {
    const answer = await retrieval.indexStatus({}, call())
    assert.ok(answer.ok, JSON.stringify(answer))
    return answer.value
  }
  return {
    status,
    async start(input: { embedAnew?: boolean } = {}) {
      const answer = await retrieval.startReindex(input, call())
      assert.ok(answer.ok, JSON.stringify(answer))
      return answer.value.reindex
    },
    stop: () => retrieval.stopReindex({}, call()),
    async done() {
      await eventually(async () => {
        const { reindex } = await status()
        assert.equal(reindex?.state, 'done', JSON.stringify(reindex))
      }, patiently)
    },
  }
}

test('while a new index is made, searches and writes go on as before, and what changed meanwhile is in it when it takes its place', async (t) => {
  const { between, shut, state } = gate()
  const started = await startRetrieval(t, { between })
  const { put, found, access, content, asSource, indexNames } = started
  const admin = asAdmin(started)
  const pages = await Promise.all(
    Array.from({ length: 40 }, (_, at) => put(`vacation number${at}`, { allow: ['user:ana', 'user:ben'] })),
  )
  const [revoked, removed, changed] = pages
  assert.ok(revoked && removed && changed)
  const [before] = await indexNames()
  let searches = 0
  const searching = new AbortController()
  const watching = (async () => {
    while (!searching.signal.aborted) {
      assert.deepEqual(await found('user:ana', 'number39'), ['vacation number39'])
      searches++
    }
  })()

  const open = shut()
  const reindex = await admin.start()
  assert.ok(['running', 'finishing'].includes(reindex.state))
  await eventually(() => assert.ok(state.puts > 0), patiently)
  // All of it is under way into the next index, as it was; now it changes.
  const without = await access.put(revoked.documentId, { allow: ['user:ben'] })
  await content.removeDocuments({ documentIds: [removed.documentId] }, asSource())
  await put('vacation as it is now', { documentId: changed.documentId })
  await put('vacation of newcomers')
  assert.deepEqual(await found('user:ana', 'newcomers'), ['vacation of newcomers'])
  assert.deepEqual(await found('user:ana', 'number0', { atLeast: without }), [])
  const meanwhile = (await admin.status()).reindex
  assert.equal(meanwhile?.documents, 40)
  assert.ok(meanwhile.done < 40)
  open()
  await admin.done()
  searching.abort()
  await watching
  assert.ok(searches > 3, `${searches}`)

  assert.deepEqual(await found('user:ana', 'number0'), [])
  assert.deepEqual(await found('user:ben', 'number0'), ['vacation number0'])
  assert.deepEqual(await found('user:ana', 'number1'), [])
  assert.deepEqual(await found('user:ana', 'number2'), [])
  assert.deepEqual(await found('user:ana', 'now'), ['vacation as it is now'])
  assert.deepEqual(await found('user:ana', 'newcomers'), ['vacation of newcomers'])
  const { index, reindex: ended } = await admin.status()
  assert.deepEqual([index?.rows, index?.expected, ended?.done], [40, 40, 40])
  const names = await indexNames()
  assert.equal(names.length, 1)
  assert.notEqual(names[0], before)
  // It is written like the one before.
  await put('vacation of latecomers')
  assert.deepEqual(await found('user:ana', 'latecomers'), ['vacation of latecomers'])
  assert.deepEqual(access.logged, ['retrieval.startReindex'])
})

test('one that is stopped leaves the old index in service, and goes on later from where it was', async (t) => {
  const { between, shut, state } = gate()
  const started = await startRetrieval(t, { between })
  const { put, found, indexNames } = started
  const admin = asAdmin(started)
  // Each makes a page of its own.
  const long = Array.from({ length: 1010 }, (_, at) => `## Part ${at}\n\n${`zebra${at} `.repeat(60)}`).join('\n\n')
  for (const name of ['one', 'two', 'three', 'four']) await put(`# ${name}\n\n${long}`, { indexed: false })
  await put('vacation')
  await eventually(async () => assert.equal((await admin.status()).waiting, 0), patiently)
  const rows = (await admin.status()).index?.rows ?? 0
  const open = shut()
  await admin.start()
  await eventually(() => assert.ok(state.puts > 0), patiently)
  const stopped = await admin.stop()
  assert.ok(stopped.ok)
  open()
  const [old] = await indexNames()
  await eventually(async () => assert.ok(((await admin.status()).reindex?.done ?? 0) > 0), patiently)
  assert.equal((await admin.status()).reindex?.state, 'stopped')
  assert.equal((await indexNames()).length, 2)
  assert.ok((await indexNames()).includes(old ?? ''))
  assert.deepEqual(await found('user:ana', 'vacation'), ['vacation'])
  await put('vacation, again')

  await admin.start()
  await admin.done()
  assert.equal((await admin.status()).index?.rows, rows + 1)
  assert.equal((await found('user:ana', 'vacation')).length, 2)
  assert.ok(state.puts < rows * 1.5, `what was done was not done again: ${state.puts} of ${rows}`)
  const nothing = await admin.stop()
  assert.equal(nothing.ok ? '' : nothing.fault.code, 'retrieval.conflict')
})

test('rows that are missing or too many in the new index are noticed before it takes its place, and put right', async (t) => {
  const { between, state } = gate()
  const started = await startRetrieval(t, { between })
  const { put, found, elastic, workspaceId } = started
  const admin = asAdmin(started)
  const [first] = await Promise.all(Array.from({ length: 5 }, (_, at) => put(`vacation number${at}`)))
  assert.ok(first)
  const wanted = await found('user:ana', 'vacation')
  let counts = 0
  state.beforeCount = async () => {
    if (counts++ > 0) return
    const next = `${elastic.url}/${(await started.indexNames()).at(-1)}`
    const { hits } = (await (await fetch(`${next}/_search?size=10`)).json()) as {
      hits: { hits: { _id: string; _source: object }[] }
    }
    const [row, other] = hits.hits
    assert.ok(row && other)
    await fetch(`${next}/_doc/${encodeURIComponent(row._id)}?refresh=true`, { method: 'DELETE' })
    for (const [id, documentId] of [
      ['psg_x/full', 'doc_unknown'],
      ['psg_y/full', first.documentId],
      ['psg_z/full', first.documentId],
    ]) {
      await fetch(`${next}/_doc/${encodeURIComponent(id ?? '')}?refresh=true`, {
        method: 'PUT',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ ...other._source, passageId: id?.split('/')[0], documentId }),
      })
    }
  }
  await admin.start()
  await admin.done()
  assert.ok(counts > 1)
  const { index } = await admin.status()
  assert.deepEqual([index?.rows, index?.expected], [5, 5])
  assert.deepEqual((await found('user:ana', 'vacation')).toSorted(), wanted.toSorted())
  assert.notEqual(workspaceId, '')
})

test('another embedding model fills a new index beside the one that is searched with the old model, which goes with its vectors', async (t) => {
  const { between, shut, state } = gate()
  const started = await startRetrieval(t, { between, embeddingModel: 'test/letters' })
  const { put, found, models, db, startReplica, stops } = started
  const admin = asAdmin(started)
  await Promise.all(['vacation', 'a holiday', 'sabbatical'].map((text) => put(text)))
  const open = shut()
  await startReplica({ embeddingModel: 'test/other' })
  await stops[0]?.()
  models.asked.length = 0
  models.dimensions = 20
  // The first search of the new process looks at the index.
  await eventually(async () => assert.equal((await found('user:ana', 'vacation')).length, 3)).catch(() => undefined)
  await eventually(() => assert.ok(state.puts > 0), patiently)
  models.dimensions = 26
  models.asked.length = 0
  assert.equal((await found('user:ana', 'vacation'))[0], 'vacation')
  await put('vacation, too')
  assert.deepEqual(new Set(models.asked), new Set(['test/letters']), 'the old index stays one of one model')
  models.asked.length = 0
  models.dimensions = 20
  open()
  await admin.done()
  models.asked.length = 0
  assert.equal((await found('user:ana', 'a holiday'))[0], 'a holiday')
  assert.deepEqual(new Set(models.asked), new Set(['test/other']))
  const { index } = await admin.status()
  assert.deepEqual([index?.embeddingModel, index?.dimensions, index?.rows], ['test/other', 20, 4])
  const kept = await db.selectFrom('vectors').select('model').distinct().execute()
  assert.deepEqual(kept, [{ model: 'test/other' }])
})

test('a model that gives other dimensions under the same name is a clear fault of searches and of documents, until the index is made anew', async (t) => {
  const started = await startRetrieval(t, { embeddingModel: 'test/letters' })
  const { put, found, models, retrieval, callOf, content, asSource } = started
  const admin = asAdmin(started)
  await put('vacation')
  models.dimensions = 13
  const answer = await retrieval.search({ query: 'vacation' }, callOf('user:ana'))
  assert.equal(answer.ok ? '' : answer.fault.code, 'retrieval.embedding-failed')
  assert.match(answer.ok ? '' : answer.fault.detail, /other dimensions/)
  const second = await put('a holiday', { indexed: false })
  const documents = [{ documentId: second.documentId, contentVersion: second.contentVersion }]
  const awaited = await content.awaitIndexed({ documents }, asSource())
  assert.deepEqual(awaited.ok && awaited.value, { indexed: false })
  assert.match((await admin.status()).failed[0]?.reason ?? '', /dimensions/)
  await admin.start({ embedAnew: true })
  await admin.done()
  assert.equal((await admin.status()).index?.dimensions, 13)
  assert.deepEqual((await admin.status()).failed, [])
  assert.equal((await found('user:ana', 'a holiday'))[0], 'a holiday')
})

test('a lost index is made again, and until it is whole nothing passes for an answer', async (t) => {
  const { between, shut } = gate()
  const started = await startRetrieval(t, { between })
  const { put, found, loseIndex, retrieval, callOf } = started
  const admin = asAdmin(started)
  await Promise.all(Array.from({ length: 20 }, (_, at) => put(`vacation number${at}`)))
  const open = shut()
  await loseIndex()
  const search = () => retrieval.search({ query: 'vacation', limit: 50 }, callOf('user:ana'))
  for (let round = 0; round < 5; round++) {
    const answer = await search()
    assert.equal(answer.ok ? JSON.stringify(answer.value) : answer.fault.code, 'retrieval.unavailable')
  }
  assert.equal((await admin.status()).index, undefined)
  await put('vacation of now', { indexed: false })
  open()
  await admin.done()
  await eventually(async () => assert.equal((await found('user:ana', 'vacation', { limit: 50 })).length, 21), patiently)
})

test('an index of an earlier version is made anew at the start, and one of a later version is left to its own', async (t) => {
  const started = await startRetrieval(t)
  const { put, found, db, startReplica, stops, loseIndex, indexes } = started
  const admin = asAdmin(started)
  await put('vacation')
  const version = indexes[0]?.definitionVersion ?? 0
  const setVersion = (version: number) => db.updateTable('indexes').set({ version }).execute()
  await setVersion(version + 1)
  await put('a later vacation', { indexed: false })
  await new Promise((resolve) => setTimeout(resolve, 500))
  assert.deepEqual(await found('user:ana', 'vacation'), ['vacation'], 'no worker touches it, and it can be asked')
  await stops[0]?.()
  // Under its own name, which this version does not know.
  await loseIndex()
  await setVersion(version - 1)
  await startReplica()
  await admin.done()
  await eventually(async () => assert.equal((await found('user:ana', 'vacation')).length, 2), patiently)
})

test('a later version makes its indexes before it serves, beside one that still does, and has them from the first moment', async (t) => {
  const started = await startRetrieval(t)
  const { put, found, db, startReplica, stops, loseIndex, indexes, network, elastic } = started
  const admin = asAdmin(started)
  await put('vacation')
  const version = indexes[0]?.definitionVersion ?? 0
  await stops[0]?.()
  // What an earlier version has is under names of its own, which this one does not see.
  await loseIndex()
  await db
    .updateTable('indexes')
    .set({ version: version - 1 })
    .execute()
  const bus = network.join('retrieval')
  const index = createElasticsearchIndex(elastic)
  const parts = createIndexParts({ bus, db, index, passageIdKey: 'k'.repeat(32), logger: pino({ level: 'silent' }) })
  assert.equal(await reindexOutdated(parts, new AbortController().signal), 1)
  assert.equal(await reindexOutdated(parts, new AbortController().signal), 0)
  await bus.close()
  await index.close()
  await startReplica()
  assert.deepEqual(await found('user:ana', 'vacation'), ['vacation'])
  assert.equal((await admin.status()).reindex?.state, 'done')
})

test('only admins may, and each is refused with a clear word', async (t) => {
  const { retrieval, callOf } = await startRetrieval(t)
  const call = callOf('user:ana')
  for (const answer of [
    await retrieval.startReindex({}, call),
    await retrieval.stopReindex({}, call),
    await retrieval.reconcileIndex({}, call),
    await retrieval.indexStatus({}, call),
  ]) {
    assert.equal(answer.ok ? 'ok' : answer.fault.code, 'access.forbidden')
  }
})
