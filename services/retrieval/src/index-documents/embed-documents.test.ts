import assert from 'node:assert/strict'
import { test } from 'node:test'
import { eventually } from '@tessera/testkit/eventually'
import { startRetrieval } from '../../test/start-retrieval.ts'

test('a text is sent to the embedding model once: not again for access, for labels, for a lost index, or beside a changed one', async (t) => {
  const { put, found, access, models, loseIndex, content, asSource, db } = await startRetrieval(t, {
    embeddingModel: 'test/letters',
  })
  const section = (word: string) => `## ${word}\n\n${`The ${word} is long. `.repeat(60)}`
  const first = await put(`# Zoo\n\n${section('zebra')}\n\n${section('giraffe')}`)
  assert.equal(models.sent.length, 2)
  models.sent.length = 0

  await access.define('open', { requires: [] })
  await access.put(first.documentId, { allow: ['user:ben'] })
  const labelled = await access.put(first.documentId, { allow: ['user:ana'], labels: [] })
  assert.match((await found('user:ana', 'zebra', { atLeast: labelled }))[0] ?? '', /zebra/)
  await loseIndex()
  await eventually(async () => assert.match((await found('user:ana', 'giraffe'))[0] ?? '', /giraffe/), {
    timeoutMs: 15_000,
  })
  assert.deepEqual(
    models.sent.filter((text) => text.startsWith('Zoo')),
    [],
  )

  models.sent.length = 0
  await put(`# Zoo\n\n${section('zebra')}\n\n${section('panda')}`, { documentId: first.documentId })
  assert.deepEqual(
    models.sent.map((text) => text.includes('panda')),
    [true],
  )
  // What it no longer says is forgotten, and all of it when it goes.
  const kept = () => db.selectFrom('vectors').select('hash').execute()
  assert.equal((await kept()).length, 2)
  await content.removeDocuments({ documentIds: [first.documentId] }, asSource())
  assert.deepEqual(await kept(), [])
})

test('a model that fails half way is sent the other half when it is back', async (t) => {
  const { put, found, models, content, asSource } = await startRetrieval(t, { embeddingModel: 'test/letters' })
  models.down = true
  const texts = Array.from({ length: 150 }, (_, at) => `vacation number${at}`)
  const documents = await Promise.all(texts.map((text) => put(text, { indexed: false })))
  models.callsLeft = 1
  models.down = false
  await eventually(() => assert.ok(models.callsLeft < 0), { timeoutMs: 15_000 })
  const before = models.sent.length
  assert.ok(before > 0 && before < texts.length, `${before}`)
  models.callsLeft = Number.POSITIVE_INFINITY
  const awaited = await content.awaitIndexed(
    { documents: documents.map(({ documentId, contentVersion }) => ({ documentId, contentVersion })) },
    asSource(undefined, 60_000),
  )
  assert.ok(awaited.ok && awaited.value.indexed)
  assert.equal(models.sent.length, texts.length, 'each text once')
  assert.ok((await found('user:ana', 'number149')).includes('vacation number149'))
})
