import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ok } from '@tessera/shared/fault/result'
import { newId } from '@tessera/shared/ids/ids'
import { eventually } from '@tessera/testkit/eventually'
import { startRetrieval } from '../../test/start-retrieval.ts'

test('a document without ready facts is found by nobody, and by its readers once they are ready', async (t) => {
  const { put, content, asSource, access, found } = await startRetrieval(t)
  const { documentId, contentVersion } = await put('vacation', { indexed: false })
  await access.put(documentId, { searchable: false })
  const documents = [{ documentId, contentVersion }]
  await eventually(async () => {
    assert.deepEqual(await content.awaitIndexed({ documents }, asSource()), ok({ indexed: false }))
  })
  assert.deepEqual(await found('user:ana', 'vacation'), [])
  const ready = await access.put(documentId, { searchable: true })
  assert.deepEqual(await found('user:ana', 'vacation', { atLeast: ready }), ['vacation'])
  const withdrawn = await access.put(documentId, { searchable: false })
  assert.deepEqual(await found('user:ana', 'vacation', { atLeast: withdrawn }), [])
})

test('facts of a newer version hide the old text until the new one is there', async (t) => {
  const { put, access, found } = await startRetrieval(t)
  const { documentId } = await put('old vacation')
  await access.put(documentId, { contentVersion: newId('ver') })
  assert.deepEqual(await found('user:ana', 'vacation'), [])
  await put('new vacation', { documentId })
  assert.deepEqual(await found('user:ana', 'vacation'), ['new vacation'])
})

test('what changes while its document is being indexed ends up in the index', async (t) => {
  const { put, access, found } = await startRetrieval(t, { replicas: 2 })
  const documentId = newId('doc')
  for (let round = 0; round < 12; round++) {
    await put(`vacation ${round}`, { documentId, indexed: false, allow: [round % 2 ? 'user:ana' : 'user:ben'] })
    if (round % 3 === 0) await access.put(documentId, { allow: ['user:chloe'] })
  }
  const { contentVersion } = await put('vacation at last', { documentId })
  const last = await access.put(documentId, { allow: ['user:dora'], contentVersion })
  assert.deepEqual(await found('user:dora', 'vacation', { atLeast: last }), ['vacation at last'])
  assert.deepEqual(await found('user:ana', 'vacation', { atLeast: last }), [])
})

test('replicas share the work: every document is indexed, none is left over', async (t) => {
  const { put, retrieval, callOf, access, found } = await startRetrieval(t, { replicas: 3 })
  access.covering.set('user:admin', ['role:admin'])
  await Promise.all(Array.from({ length: 150 }, (_, i) => put(`vacation number${i}`, { indexed: false })))
  const status = async () => {
    const answer = await retrieval.indexStatus({}, callOf('user:admin'))
    assert.ok(answer.ok)
    return answer.value
  }
  await eventually(async () => assert.equal((await status()).waiting, 0), { timeoutMs: 15_000 })
  const { documents, passages, failed } = await status()
  assert.deepEqual({ documents, passages, failed }, { documents: 150, passages: 150, failed: [] })
  for (const number of [0, 77, 149]) {
    assert.deepEqual(await found('user:ana', `number${number}`), [`vacation number${number}`])
  }
})

test('while the index or access-control is away, pushes are kept, and they are found when it is back', async (t) => {
  const { put, found, access, elasticProxy, retrieval, callOf, content, asSource } = await startRetrieval(t)
  access.covering.set('user:admin', ['role:admin'])
  elasticProxy.cut()
  const one = await put('vacation one', { indexed: false })
  await eventually(async () => {
    const status = await retrieval.indexStatus({}, callOf('user:admin'))
    assert.ok(status.ok && status.value.waiting === 1)
    assert.equal(status.value.failed[0]?.documentId, one.documentId)
    assert.match(status.value.failed[0]?.reason ?? '', /tried again/)
  })
  elasticProxy.restore()
  access.state.down = true
  const two = await put('vacation two', { indexed: false })
  access.state.down = false
  const documents = [one, two].map(({ documentId, contentVersion }) => ({ documentId, contentVersion }))
  assert.deepEqual(await content.awaitIndexed({ documents }, asSource()), ok({ indexed: true }))
  assert.equal((await found('user:ana', 'vacation')).length, 2)
})

test('a list that changed alone can be waited for: then search finds by it without being told a revision', async (t) => {
  const { put, found, access, content, asSource } = await startRetrieval(t)
  const { documentId, contentVersion } = await put('vacation of all', { allow: ['user:ben'] })
  const shows = async (allow: string[]) => {
    const revision = await access.put(documentId, { allow })
    const documents = [{ documentId, contentVersion }]
    assert.deepEqual(await content.awaitIndexed({ documents, revision }, asSource()), ok({ indexed: true }))
  }
  for (let times = 0; times < 3; times++) {
    await shows(['user:ana'])
    assert.deepEqual(await found('user:ana', 'vacation'), ['vacation of all'])
    await shows([])
    await shows(['user:ben'])
    assert.deepEqual(await found('user:ben', 'vacation'), ['vacation of all'])
  }
})

test('a text that the embedding model refuses fails its document with the reason, and no other', async (t) => {
  const { put, content, asSource, models, retrieval, callOf, access, found } = await startRetrieval(t, {
    embeddingModel: 'test/letters',
  })
  access.covering.set('user:admin', ['role:admin'])
  models.refuses = 'forbidden'
  const [bad, good] = await Promise.all([
    put('a forbidden vacation', { indexed: false }),
    put('a good vacation', { indexed: false }),
  ])
  const awaited = (version: typeof bad) =>
    content.awaitIndexed(
      { documents: [{ documentId: version.documentId, contentVersion: version.contentVersion }] },
      asSource(),
    )
  assert.deepEqual(await awaited(good), ok({ indexed: true }))
  assert.deepEqual(await awaited(bad), ok({ indexed: false }))
  const status = await retrieval.indexStatus({}, callOf('user:admin'))
  assert.ok(status.ok)
  assert.equal(status.value.failed.length, 1)
  assert.equal(status.value.failed[0]?.documentId, bad.documentId)
  assert.match(status.value.failed[0]?.reason ?? '', /request-refused/)
  models.refuses = ''
  const { passages: _, title: __, ...again } = bad
  assert.ok((await content.putDocument(again, asSource())).ok)
  assert.deepEqual(await awaited(bad), ok({ indexed: true }))
  assert.equal((await found('user:ana', 'vacation')).length, 2)
})

test('only admins see the state of the index, and a data source its own', async (t) => {
  const { put, retrieval, content, callOf, asSource, dataSourceId, access } = await startRetrieval(t)
  await put('vacation')
  const code = async (answer: Promise<{ ok: boolean; fault?: { code: string } }>) => {
    const { ok, fault } = await answer
    return ok ? 'ok' : fault?.code
  }
  access.covering.set('user:admin', ['role:admin'])
  assert.equal(await code(retrieval.indexStatus({}, callOf('user:admin'))), 'ok')
  assert.equal(await code(retrieval.indexStatus({ dataSourceId }, callOf('user:ana'))), 'access.forbidden')
  assert.equal(await code(content.indexStatus({ dataSourceId }, asSource())), 'ok')
  assert.equal(await code(content.indexStatus({}, asSource())), 'access.forbidden')
  assert.equal(await code(content.indexStatus({ dataSourceId: newId('src') }, asSource())), 'access.forbidden')
})
