import assert from 'node:assert/strict'
import { test } from 'node:test'
import { retrievalContract } from '@tessera/shared/contracts/retrieval'
import { ok } from '@tessera/shared/fault/result'
import { newId } from '@tessera/shared/ids/ids'
import { startRetrieval } from '../../test/start-retrieval.ts'

const long = (word: string) => Array.from({ length: 200 }, (_, i) => `${word}${i % 7}`).join(' ')
const page = [
  '# Page',
  ...['One', 'Two', 'Three', 'Four', 'Five', 'Six'].map((name) => `## ${name}\n\n${long(name)}`),
].join('\n\n')

test('the same version again changes nothing, and a version made under older facts comes too late', async (t) => {
  const { put, content, asSource, db, retrieval, callOf } = await startRetrieval(t)
  const first = await put(page, { indexed: false })
  const { passages: _, title: __, attachments: ___, ...document } = first
  const again = await content.putDocument(document, asSource())
  assert.deepEqual(again, ok({ passages: 6, title: 'Page', attachments: [] }))
  const second = await put('# Newer', { documentId: first.documentId })
  assert.deepEqual(await content.putDocument(document, asSource()), ok({ passages: 6, title: 'Page', attachments: [] }))
  const stored = await db.selectFrom('documents').select(['title', 'content_version']).execute()
  assert.deepEqual(stored, [{ title: 'Newer', content_version: second.contentVersion }])
  const read = await retrieval.getDocument({ documentId: first.documentId }, callOf('user:ana'))
  assert.deepEqual(read.ok && read.value.passages.map(({ text }) => text), ['Newer'])
})

test('passages that did not change keep their ids, and the others are gone from search', async (t) => {
  const { put, retrieval, callOf, found } = await startRetrieval(t)
  const { documentId } = await put(page)
  const idsOf = async () => {
    const read = await retrieval.getDocument({ documentId }, callOf('user:ana'))
    assert.ok(read.ok && read.value.indexed)
    return new Map(read.value.passages.map(({ headings, passageId }) => [headings.join(), passageId]))
  }
  const before = await idsOf()
  await put(page.replace(long('Three'), 'Something else entirely.'), { documentId })
  const after = await idsOf()
  assert.equal(after.get('One'), before.get('One'))
  assert.equal(after.get('Six'), before.get('Six'))
  assert.notEqual(after.get('Three'), before.get('Three'))
  assert.equal((await found('user:ana', 'Three1')).length, 0)
  assert.equal((await found('user:ana', 'Six1')).length, 1)
})

test('a passage comes with its neighbours, and what may not be read is not found as what does not exist', async (t) => {
  const { put, retrieval, callOf, access } = await startRetrieval(t)
  const { documentId } = await put(page)
  const read = await retrieval.getDocument({ documentId }, callOf('user:ana'))
  assert.ok(read.ok)
  const [, , third] = read.value.passages
  assert.ok(third)
  const { passageId } = third
  const open = await retrieval.getPassage({ passageId }, callOf('user:ana'))
  assert.ok(open.ok)
  assert.deepEqual(open.value.passage, third)
  assert.deepEqual(open.value.before, read.value.passages.slice(0, 2))
  assert.deepEqual(open.value.after, read.value.passages.slice(3, 5))
  assert.deepEqual(
    [access.checks.at(-1)?.operation, access.checks.at(-1)?.decisionId],
    ['citation', open.value.decisionId],
  )
  const refusals = [
    await retrieval.getPassage({ passageId }, callOf('user:ben')),
    await retrieval.getPassage({ passageId: newId('psg') }, callOf('user:ana')),
    await retrieval.getPassage({ passageId: newId('psg') }, callOf('user:ben')),
  ]
  for (const refusal of refusals) assert.deepEqual(refusal, refusals[0])
  assert.equal(refusals[0]?.ok ? '' : refusals[0]?.fault.code, 'retrieval.not-found')
  const documents = [
    await retrieval.getDocument({ documentId }, callOf('user:ben')),
    await retrieval.getDocument({ documentId: newId('doc') }, callOf('user:ana')),
  ]
  assert.deepEqual(documents[0], documents[1])
  assert.equal(access.checks.length, 2 + refusals.length + documents.length, 'each of them was decided and logged')
})

test('a removed document is gone at once, its rows follow, and late content does not bring it back', async (t) => {
  const { put, content, asSource, retrieval, callOf, found, db } = await startRetrieval(t)
  const { passages: _, title: __, attachments: ___, ...document } = await put('vacation')
  const { documentId } = document
  assert.deepEqual(
    await content.removeDocuments({ documentIds: [documentId] }, asSource(newId('src'))),
    ok({ removed: 0 }),
  )
  assert.equal((await found('user:ana', 'vacation')).length, 1)
  const unknown = newId('doc')
  assert.deepEqual(
    await content.removeDocuments({ documentIds: [documentId, unknown] }, asSource()),
    ok({ removed: 1 }),
  )
  assert.deepEqual(await found('user:ana', 'vacation'), [])
  const gone = await retrieval.getDocument({ documentId }, callOf('user:ana'))
  assert.equal(gone.ok ? '' : gone.fault.code, 'retrieval.not-found')
  assert.deepEqual(await content.removeDocuments({ documentIds: [documentId] }, asSource()), ok({ removed: 0 }))
  for (const late of [documentId, unknown]) {
    assert.ok((await content.putDocument({ ...document, documentId: late, accessRevision: 99 }, asSource())).ok)
  }
  assert.deepEqual(await db.selectFrom('passages').selectAll().execute(), [])
  assert.deepEqual(await db.selectFrom('document_blocks').selectAll().execute(), [])
})

test('content is written in the name of its own data source only', async (t) => {
  const { put, content, asSource, db } = await startRetrieval(t)
  const { passages: _, title: __, attachments: ___, ...document } = await put('vacation', { indexed: false })
  const other = newId('src')
  const foreign = [
    await content.putDocument({ ...document, text: 'mine now', contentVersion: newId('ver') }, asSource(other)),
    await content.putDocument(
      { ...document, dataSourceId: other, contentVersion: newId('ver'), accessRevision: 99 },
      asSource(other),
    ),
  ]
  for (const answer of foreign) assert.equal(answer.ok ? '' : answer.fault.code, 'retrieval.not-found')
  assert.deepEqual(
    (await db.selectFrom('passages').select('text').execute()).map(({ text }) => text),
    ['vacation'],
  )
})

test('what is not text is refused with the reason, and nothing of it is kept', async (t) => {
  const { put, content, asSource, db } = await startRetrieval(t)
  const { passages: _, title: __, attachments: ___, ...document } = await put('vacation', { indexed: false })
  const answer = await content.putDocument({ ...document, documentId: newId('doc'), text: 'a\0b' }, asSource())
  assert.equal(answer.ok ? '' : answer.fault.code, 'retrieval.unreadable-content')
  assert.match(answer.ok ? '' : answer.fault.detail, /NUL/)
  assert.equal((await db.selectFrom('documents').selectAll().execute()).length, 1)
})

test('a very long document is served whole, through several checks', async (t) => {
  const { put, retrieval, callOf, access } = await startRetrieval(t)
  const text = Array.from({ length: 1200 }, (_, i) => `## Section ${i}\n\n${'words and words '.repeat(20)}`).join(
    '\n\n',
  )
  const { documentId, passages } = await put(text, { indexed: false })
  assert.ok(passages > 1000)
  const read = await retrieval.getDocument({ documentId }, callOf('user:ana'))
  assert.ok(read.ok)
  assert.equal(read.value.passages.length, passages)
  assert.deepEqual(
    access.checks.map(({ candidates }) => candidates),
    [330, 330, 330, passages - 990],
  )
  assert.equal(read.value.decisionIds?.length, 4)
})

test('a document is read in pages, whose length tells nothing of what is hidden in between', async (t) => {
  const { put, retrieval, callOf, access, network, workspaceId } = await startRetrieval(t)
  await access.define('secret', { below: 'none' })
  const { documentId } = await put(page, {
    marks: [
      { label: 'secret', heading: 'Two' },
      { label: 'secret', heading: 'Six' },
    ],
  })
  const read = async (after?: string) => {
    const input = { documentId, limit: 2, ...(after === undefined ? {} : { after }) }
    const answer = await retrieval.getDocument(input, callOf('user:ana'))
    assert.ok(answer.ok, JSON.stringify(answer))
    return answer.value
  }
  const first = await read()
  assert.deepEqual(
    first.passages.map(({ headings }) => headings.join()),
    ['One', 'Three'],
  )
  const second = await read(first.nextAfter)
  assert.deepEqual(
    second.passages.map(({ headings }) => headings.join()),
    ['Four', 'Five'],
  )
  assert.equal(second.nextAfter, undefined, 'what is hidden behind is no further page')
  const gone = await retrieval.getDocument({ documentId, after: newId('psg') }, callOf('user:ana'))
  assert.equal(gone.ok ? '' : gone.fault.code, 'retrieval.not-found')
  // Who may not read it learns of no passage whether it is still there, and each question is decided and logged.
  const { length } = access.checks
  const refused = await Promise.all(
    [documentId, newId('doc')].flatMap((id) =>
      [first.nextAfter ?? '', newId('psg')].map((after) =>
        retrieval.getDocument({ documentId: id, after }, callOf('user:ben')),
      ),
    ),
  )
  for (const one of refused) assert.deepEqual(one, refused[0])
  assert.equal(access.checks.length, length + refused.length)
  // An agent reads it for a person and everybody else who hears the answer.
  const agents = network.join('agents')
  t.after(() => agents.close())
  const caller = { workspaceId, subject: 'user:ana', actors: [`agent:${newId('agt')}`], scopes: [] }
  const asAgent = (audience: string[]) =>
    agents
      .connectTo(retrievalContract)
      .getDocument({ documentId, audience }, agents.callFor(caller, { timeoutMs: 10_000 }))
  const forAna = await asAgent([])
  assert.equal(forAna.ok ? forAna.value.passages.length : forAna.fault.code, 4)
  const withBen = await asAgent(['user:ben'])
  assert.equal(withBen.ok ? '' : withBen.fault.code, 'retrieval.not-found')
})
