import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ok } from '@tessera/shared/fault/result'
import { newId } from '@tessera/shared/ids/ids'
import { eventually } from '@tessera/testkit/eventually'
import { startRetrieval } from './start-retrieval.ts'

const allow = ['user:ana', 'user:hr']
const pay = { label: 'pay', kind: 'salary', quote: '4711 EUR' }

/** `user:hr` is cleared for `pay`; for everybody else it is redacted. */
async function start(...[t, options]: Parameters<typeof startRetrieval>) {
  const started = await startRetrieval(t, options)
  started.access.clearances.set('user:hr', ['pay'])
  await started.access.define('pay')
  const { retrieval, callOf } = started
  const open = async (subject: string, documentId: string) => {
    const read = await retrieval.getDocument({ documentId }, callOf(subject))
    return read.ok ? read.value : undefined
  }
  const texts = async (subject: string, documentId: string) =>
    (await open(subject, documentId))?.passages.map(({ view, text }) => `${view}: ${text}`) ?? 'not found'
  return { ...started, open, texts }
}

test('who gets a passage redacted finds nothing by what is masked, neither by words nor by vector, and who is cleared does', async (t) => {
  const { put, found, retrieval, callOf } = await start(t, { embeddingModel: 'test/letters' })
  await put('The zebra budget of Jane is 4711 EUR.', { allow, marks: [{ ...pay, quote: 'zebra budget' }] })
  const redacted = ['The [salary] of Jane is 4711 EUR.']
  assert.deepEqual(await found('user:ana', 'Jane'), redacted)
  assert.deepEqual(await found('user:hr', 'zebra'), ['The zebra budget of Jane is 4711 EUR.'])
  const answer = await retrieval.search({ query: 'zebra' }, callOf('user:ana'))
  assert.ok(answer.ok)
  for (const { text, view, entitledView } of answer.value.passages) {
    assert.deepEqual([view, entitledView, text], ['redacted', 'redacted', redacted[0]])
  }
  const words = await start(t)
  await words.put('The zebra budget of Jane is 4711 EUR.', { allow, marks: [{ ...pay, quote: 'zebra budget' }] })
  assert.deepEqual(await words.found('user:ana', 'zebra'), [])
  assert.equal((await words.found('user:hr', 'zebra')).length, 1)
})

test('below full there is no address, no external id and no masked word in title or headings, and the passage says what it carries', async (t) => {
  const { put, retrieval, callOf, open } = await start(t)
  const { documentId } = await put(`# Pay of Doe\n\n## Doe in March\n\nDoe earns 4711 EUR.`, {
    allow,
    url: 'https://x.example/pay-of-doe',
    externalId: 'hr/doe.md',
    marks: [pay, { label: 'pay', kind: 'name', quote: 'Doe' }],
  })
  const answer = await retrieval.search({ query: 'earns' }, callOf('user:ana'))
  assert.ok(answer.ok)
  const [passage] = answer.value.passages
  assert.ok(passage)
  assert.doesNotMatch(JSON.stringify(answer.value), /doe|4711/i)
  assert.deepEqual(
    [passage.title, passage.headings, passage.text, passage.labels, passage.url, passage.externalId],
    ['Pay of [name]', ['[name] in March'], '[name] earns [salary].', ['pay'], undefined, undefined],
  )
  // A masked text is shorter or longer than what it hides: characters and lines would tell.
  assert.deepEqual(passage.position, { firstBlock: 2, lastBlock: 2 })
  const cited = await retrieval.getPassage({ passageId: passage.passageId }, callOf('user:ana'))
  assert.deepEqual(cited.ok && cited.value.passage, passage)
  const document = await open('user:ana', documentId)
  assert.doesNotMatch(JSON.stringify(document), /doe|4711/i)
  const full = await open('user:hr', documentId)
  assert.deepEqual(
    [full?.title, full?.url, full?.passages[0]?.externalId],
    ['Pay of Doe', 'https://x.example/pay-of-doe', 'hr/doe.md'],
  )
  assert.equal(full?.passages[0]?.hash === passage.hash, false)
})

test('a label that hides the title leaves none below full, wherever it is told', async (t) => {
  const { put, retrieval, callOf, open, access } = await start(t)
  await access.define('pay', { hidesTitle: true })
  const { documentId } = await put('# The Merger\n\nThe Merger costs 4711 EUR.', { allow, marks: [pay] })
  const document = await open('user:ana', documentId)
  assert.deepEqual(
    [document?.title, document?.passages.map(({ text }) => text)],
    ['[title]', ['[title] costs [salary].']],
  )
  const found = await retrieval.search({ query: 'merger' }, callOf('user:ana'))
  assert.deepEqual(found.ok && found.value.passages, [])
})

test('labels stand with access-control before their passages can be served; when it cannot be told, nothing is stored', async (t) => {
  const { put, access, content, asSource, db, texts, retrieval, callOf } = await start(t)
  access.state.refusesPuts = true
  const [documentId, contentVersion] = [newId('doc'), newId('ver')]
  const { dataSourceId } = await put('something else')
  const accessRevision = await access.put(documentId, { dataSourceId, contentVersion, allow })
  const document = {
    documentId,
    dataSourceId,
    contentVersion,
    accessRevision,
    externalId: 'a',
    mediaType: 'text/plain' as const,
    text: 'Doe earns 4711 EUR',
    marks: [pay],
  }
  const refused = await content.putDocument(document, asSource())
  assert.equal(refused.ok ? '' : refused.fault.code, 'retrieval.unavailable')
  const stored = () => db.selectFrom('documents').select('document_id').where('document_id', '=', documentId).execute()
  assert.deepEqual(await stored(), [])
  access.state.refusesPuts = false
  assert.ok((await content.putDocument(document, asSource())).ok)
  assert.deepEqual(access.puts[0]?.passages[0]?.sourceLabels, ['pay'])
  assert.equal(access.puts[0]?.complete, true)
  const awaited = await content.awaitIndexed({ documents: [{ documentId, contentVersion }] }, asSource())
  assert.deepEqual(awaited, ok({ indexed: true }))
  assert.deepEqual(await texts('user:ana', documentId), ['redacted: Doe earns [salary]'])
  assert.deepEqual(await texts('user:hr', documentId), ['full: Doe earns 4711 EUR'])
  // The same again, as after a crash of the connector, takes nothing away.
  const puts = access.puts.length
  assert.ok((await content.putDocument(document, asSource())).ok)
  assert.equal(access.puts.length, puts)
  assert.deepEqual(await texts('user:ana', documentId), ['redacted: Doe earns [salary]'])
  const found = await retrieval.search({ query: 'earns' }, callOf('user:ana'))
  assert.equal(found.ok && found.value.passages.length, 1)
})

test('content without marks, rules and labels costs access-control nothing more', async (t) => {
  const { put, access, found } = await start(t)
  for (let at = 0; at < 5; at++) await put(`vacation ${at}`)
  assert.equal(access.puts.length, 0)
  assert.equal(access.state.rulesAsked, 1)
  assert.equal((await found('user:ana', 'vacation')).length, 5)
})

test('a label that is added later hides the old redacted variant at once, and one made for both labels follows', async (t) => {
  const { put, found, access, texts } = await start(t)
  const { documentId } = await put('Doe earns 4711 EUR', { allow, marks: [pay] })
  assert.deepEqual(await found('user:ana', 'earns'), ['Doe earns [salary]'])
  await access.define('board', { requires: [] })
  access.state.hints = false
  // Without a hint the index cannot know yet; the check does.
  const revision = await access.put(documentId, { labels: ['board'] })
  assert.equal(await texts('user:ana', documentId), 'not found')
  access.state.hints = true
  // No span of `board` is marked, so that what is redacted does not exist for both of them.
  assert.deepEqual(await found('user:ana', 'earns', { atLeast: revision }), [])
  await access.define('board', { requires: [], below: 'none' })
  await eventually(async () => assert.deepEqual(await found('user:ana', 'earns'), ['Doe earns [salary]']))
  assert.deepEqual(access.puts.at(-1)?.passages[0]?.redacted?.labels, ['board', 'pay'])
  await access.put(documentId, { labels: [] })
  await eventually(async () => assert.deepEqual(await texts('user:ana', documentId), ['redacted: Doe earns [salary]']))
  assert.deepEqual(await texts('user:hr', documentId), ['full: Doe earns 4711 EUR'])
})
