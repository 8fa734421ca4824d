import assert from 'node:assert/strict'
import { test } from 'node:test'
import { newId } from '@tessera/shared/ids/ids'
import { eventually } from '@tessera/testkit/eventually'
import type { TestScope } from '@tessera/testkit/test-scope'
import { codeOf, startConnectors, values } from '../../test/start-connectors.ts'

const page = (text: string, title?: string) => ({
  mediaType: 'text/markdown' as const,
  text,
  ...(title === undefined ? {} : { title }),
})
const forAna = { allow: ['user:usr_ana'] }

async function pushing(t: TestScope) {
  const connectors = await startConnectors(t)
  const { db, kill } = await connectors.replica()
  const dataSourceId = await connectors.aPushSource()
  const put = (externalId: string, text: string, access: { allow: string[]; deny?: string[] } = forAna) =>
    connectors.client.putDocument({ dataSourceId, externalId, content: page(text), access }, connectors.admin())
  t.after(() => assert.deepEqual(connectors.received.violations, []))
  return { ...connectors, db, kill, dataSourceId, put }
}

test('a push writes access facts before content, under one version, and answers with the revision of the facts', async (t) => {
  const { received, put, known, factsAt } = await pushing(t)
  const { documentId, revision, indexed } = values(await put('a/b.md', '# Text'))
  assert.deepEqual(received.changes.slice(-2), [`facts ${documentId}`, `content ${documentId}`])
  assert.equal(known().get('a/b.md')?.contentVersion, factsAt('a/b.md')?.contentVersion)
  assert.deepEqual(factsAt('a/b.md')?.allow, ['user:usr_ana'])
  assert.equal(factsAt('a/b.md')?.state, 'ready')
  assert.equal(revision, received.revision)
  assert.equal(indexed, false)
})

test('a push that waits is answered when the document is indexed', async (t) => {
  const { client, admin, dataSourceId, received } = await pushing(t)
  const content = page('text', 'A title')
  const input = { dataSourceId, externalId: 'a', content, access: forAna, waitIndexed: true }
  assert.equal(values(await client.putDocument(input, admin())).indexed, true)
  const { revision } = values(await client.putDocument({ ...input, access: { allow: ['public'] } }, admin()))
  assert.equal(received.awaited, revision, 'its list alone is waited for, too')
})

test('the same push again changes nothing; other rights send facts alone; another text gets a new version', async (t) => {
  const { received, put, known } = await pushing(t)
  const first = values(await put('a', 'text'))
  const { contentVersion } = known().get('a') ?? {}
  const messages = received.messages.length
  assert.deepEqual(values(await put('a', 'text')), first)
  assert.equal(received.messages.length, messages)

  const other = values(await put('a', 'text', { allow: ['public'], deny: ['user:usr_ana'] }))
  assert.equal(other.documentId, first.documentId)
  assert.ok(other.revision > first.revision)
  assert.deepEqual(received.messages.slice(messages), [`facts ${first.documentId}`])
  assert.equal(known().get('a')?.contentVersion, contentVersion)

  values(await put('a', 'another text'))
  assert.notEqual(known().get('a')?.contentVersion, contentVersion)
  assert.equal(known().get('a')?.documentId, first.documentId)
})

test('a deleted document ends in both places; the same external id makes another document', async (t) => {
  const { client, admin, dataSourceId, received, put, known } = await pushing(t)
  const { documentId } = values(await put('a', 'text'))
  const { revision } = values(await client.deleteDocument({ dataSourceId, externalId: 'a' }, admin()))
  assert.equal(revision, received.revision)
  assert.ok(received.removed.has(documentId))
  assert.equal(known().has('a'), false)
  const again = await client.deleteDocument({ dataSourceId, externalId: 'a' }, admin())
  assert.equal(codeOf(again), 'connectors.not-found')
  assert.notEqual(values(await put('a', 'text')).documentId, documentId)
})

test('pushes of one document at once leave the facts and the content of one of them', async (t) => {
  const { received, put, known, factsAt } = await pushing(t)
  const texts = ['one', 'two', 'three', 'four', 'five']
  const pushed = await Promise.all(texts.map((text) => put('a', text, { allow: [`user:usr_${text}`] })))
  assert.equal(new Set(pushed.map((result) => values(result).documentId)).size, 1)
  assert.equal(received.content.size, 1)
  assert.deepEqual(factsAt('a')?.allow, [`user:usr_${known().get('a')?.text}`])
  assert.equal(factsAt('a')?.contentVersion, known().get('a')?.contentVersion)
})

test('a reader gets a document by its external id; what they may not read is not found, like what does not exist', async (t) => {
  const { client, callAs, dataSourceId, put, aPushSource } = await pushing(t)
  const { documentId } = values(await put('a', 'text'))
  const read = (externalId: string, subject: string, source = dataSourceId) =>
    client.getDocument({ dataSourceId: source, externalId }, callAs(subject))
  assert.equal(values(await read('a', 'user:usr_ana')).documentId, documentId)
  const hidden = await read('a', 'user:usr_ben')
  const missing = await read('b', 'user:usr_ana')
  const elsewhere = await read('a', 'user:usr_ana', await aPushSource())
  assert.equal(codeOf(hidden), 'connectors.not-found')
  assert.deepEqual(missing, hidden)
  assert.deepEqual(elsewhere, hidden)
})

test('a push key writes its own data source and nothing else, whoever it belongs to', async (t) => {
  const { client, callAs, dataSourceId, aPushSource } = await pushing(t)
  const other = await aPushSource()
  const key = (subject: string) => callAs(subject, ['push', `push:${dataSourceId}`])
  const put = (source: string, subject: string) =>
    client.putDocument({ dataSourceId: source, externalId: 'a', content: page('text'), access: forAna }, key(subject))
  assert.equal(codeOf(await put(dataSourceId, 'service:svc_pusher')), undefined)
  for (const owner of ['service:svc_pusher', 'user:usr_admin']) {
    assert.equal(codeOf(await put(other, owner)), 'access.forbidden')
    assert.equal(codeOf(await client.listDataSources({}, key(owner))), 'access.forbidden')
    const deleted = await client.deleteDocument({ dataSourceId: other, externalId: 'a' }, key(owner))
    assert.equal(codeOf(deleted), 'access.forbidden')
  }
  assert.equal(codeOf(await put(dataSourceId, 'service:svc_gone')), 'access.deactivated')
  const groups = [{ nativeId: 'g', people: ['ana'], groups: [] }]
  assert.equal(codeOf(await client.putDirectory({ dataSourceId, groups }, key('service:svc_pusher'))), undefined)
})

test('a member and another workspace can not push', async (t) => {
  const { client, callAs, dataSourceId } = await pushing(t)
  const input = { dataSourceId, externalId: 'a', content: page('text'), access: forAna }
  assert.equal(codeOf(await client.putDocument(input, callAs('user:usr_member'))), 'access.forbidden')
  const foreign = callAs('user:usr_admin', [], 10_000, newId('wsp'))
  assert.equal(codeOf(await client.putDocument(input, foreign)), 'connectors.not-found')
})

test('groups of a push belong to its data source, under their titles, and none may stand twice', async (t) => {
  const { client, admin, dataSourceId, received } = await pushing(t)
  const groups = [
    { nativeId: 'all', title: 'All', people: ['ana'], groups: ['some'] },
    { nativeId: 'some', people: [], groups: [] },
  ]
  assert.equal(values(await client.putDirectory({ dataSourceId, groups }, admin())).changed, 1)
  assert.deepEqual(
    received.directories.get(dataSourceId)?.map(({ nativeId, title, kind }) => [nativeId, title, kind]),
    [
      ['all', 'All', 'group'],
      ['some', 'some', 'group'],
    ],
  )
  const twice = await client.putDirectory({ dataSourceId, groups: [...groups, ...groups] }, admin())
  assert.equal(codeOf(twice), 'connectors.invalid')
})

test('a push that can not be kept or read is refused with the field, and changes nothing', async (t) => {
  const { client, admin, dataSourceId, received, put } = await pushing(t)
  values(await put('a', 'text'))
  const changes = received.changes.length
  assert.equal(codeOf(await put('a', 'zero\0')), 'retrieval.unreadable-content')
  assert.equal(codeOf(await put('a', 'half \ud800')), 'retrieval.unreadable-content')
  assert.equal(codeOf(await put('a', '\u0001'.repeat(1_315_000))), 'retrieval.too-large')
  const agents = { ...forAna, denyAgents: ['*', 'agent:agt_x', 'everybody'] }
  const bad = await client.putDocument({ dataSourceId, externalId: 'a', content: page('b'), access: agents }, admin())
  assert.ok(!bad.ok)
  assert.equal(bad.fault.code, 'connectors.invalid')
  assert.deepEqual(
    bad.fault.errors?.map(({ field }) => field),
    ['/access/denyAgents/2'],
  )
  assert.equal(received.changes.length, changes)
})

test('a push that retrieval refuses is told the reason, which admins find listed until a better one comes', async (t) => {
  const { client, admin, callAs, dataSourceId, received, put } = await pushing(t)
  received.refuses = ({ text }) => (text === 'locked' ? 'encrypted' : undefined)
  assert.equal(codeOf(await put('a', 'locked')), 'retrieval.encrypted')
  const listed = async () => values(await client.listSkipped({ dataSourceId }, admin()))
  assert.deepEqual(
    (await listed()).items.map(({ externalId, reason }) => [externalId, reason]),
    [['a', 'encrypted']],
  )
  assert.equal(codeOf(await client.listSkipped({ dataSourceId }, callAs('user:usr_member'))), 'access.forbidden')
  values(await put('a', 'open'))
  assert.deepEqual(await listed(), { items: [], counts: {} })
})

test('a push whose rights access-control refuses leaves the document as it was, and the next push is whole', async (t) => {
  const { received, put, known, factsAt } = await pushing(t)
  values(await put('a', 'text'))
  const { contentVersion } = known().get('a') ?? {}
  received.refusesFacts = ({ allow }) => allow.includes('user:usr_guests')
  assert.equal(codeOf(await put('a', 'other text', { allow: ['user:usr_guests'] })), 'access.invalid')
  assert.deepEqual([known().get('a')?.contentVersion, factsAt('a')?.contentVersion], [contentVersion, contentVersion])
  values(await put('a', 'text'))
  assert.equal(known().get('a')?.contentVersion, factsAt('a')?.contentVersion)
  assert.deepEqual(factsAt('a')?.allow, ['user:usr_ana'])
})

test('of many pushes at once, those that access-control refuses fail alone', async (t) => {
  const { received, put, known, factsAt } = await pushing(t)
  received.refusesFacts = ({ allow }) => allow.includes('user:usr_guests')
  const codes = await Promise.all(
    Array.from({ length: 20 }, async (_, i) =>
      codeOf(await put(`page ${i}`, 'text', i % 5 === 3 ? { allow: ['user:usr_guests'] } : undefined)),
    ),
  )
  assert.deepEqual(
    codes,
    Array.from({ length: 20 }, (_, i) => (i % 5 === 3 ? 'access.invalid' : undefined)),
  )
  for (let i = 0; i < 20; i++) {
    const kept = i % 5 === 3 ? undefined : 'text'
    assert.equal(known().get(`page ${i}`)?.text, kept)
    assert.equal(factsAt(`page ${i}`)?.contentVersion, known().get(`page ${i}`)?.contentVersion)
  }
})

test('a synced data source takes no pushes, and a pushed one has no syncs', async (t) => {
  const { client, admin, dataSourceId, aFolderSource } = await pushing(t)
  const synced = await aFolderSource()
  const input = { dataSourceId: synced, externalId: 'a', content: page('text'), access: forAna }
  assert.equal(codeOf(await client.putDocument(input, admin())), 'connectors.invalid')
  assert.equal(
    codeOf(await client.deleteDocument({ dataSourceId: synced, externalId: 'a' }, admin())),
    'connectors.invalid',
  )
  assert.equal(codeOf(await client.putDirectory({ dataSourceId: synced, groups: [] }, admin())), 'connectors.invalid')
  assert.equal(codeOf(await client.startSync({ dataSourceId }, admin())), 'connectors.invalid')
})

test('a push that retrieval could not take is finished from its original when retrieval is back', async (t) => {
  const { put, known, stopRetrieval, startRetrieval, db } = await pushing(t)
  await stopRetrieval()
  assert.equal(codeOf(await put('a', 'text')), 'retrieval.unavailable')
  await startRetrieval()
  // It waits half a minute between tries; the test does not.
  await db.updateTable('documents').set({ lease_until: null }).execute()
  await eventually(() => known().get('a')?.text === 'text')
})

test('a push that was cut off by a kill is finished by another replica', async (t) => {
  const { put, known, kill, stopRetrieval, startRetrieval, replica } = await pushing(t)
  await stopRetrieval()
  await put('a', 'text')
  await kill()
  await startRetrieval()
  const { db } = await replica()
  // As a process leaves it that is killed while it holds the document, once its hold is over.
  await db
    .updateTable('documents')
    .set({ lease_token: 'killed', lease_until: new Date(0) })
    .execute()
  await eventually(() => known().get('a')?.text === 'text')
})

test('a deletion that retrieval could not hear of ends the rights at once and the content later', async (t) => {
  const { client, admin, dataSourceId, received, put, known, stopRetrieval, startRetrieval } = await pushing(t)
  const { documentId } = values(await put('a', 'text'))
  await stopRetrieval()
  values(await client.deleteDocument({ dataSourceId, externalId: 'a' }, admin()))
  assert.ok(received.removed.has(documentId))
  assert.equal(known().has('a'), true)
  await startRetrieval()
  await eventually(() => !known().has('a'))
})

test('labels go with the access facts and marks with the content; other marks make another version, other labels do not', async (t) => {
  const { client, admin, dataSourceId, received, known, factsAt } = await pushing(t)
  const put = (marks: { label: string; quote?: string; heading?: string; kind?: string }[], labels: string[] = []) =>
    client.putDocument(
      { dataSourceId, externalId: 'a', content: { ...page('Doe earns 4711'), marks }, access: { ...forAna, labels } },
      admin(),
    )
  const pay = { label: 'pay', kind: 'salary', quote: '4711' }
  values(await put([pay], ['internal']))
  assert.deepEqual(known().get('a')?.marks, [pay])
  assert.deepEqual(factsAt('a')?.labels, ['internal'])
  const first = known().get('a')?.contentVersion
  const messages = received.messages.length
  values(await put([pay], ['internal']))
  assert.equal(received.messages.length, messages)
  values(await put([pay], []))
  assert.deepEqual([known().get('a')?.contentVersion, factsAt('a')?.labels], [first, undefined])
  values(await put([{ label: 'pay', heading: 'Pay' }]))
  assert.notEqual(known().get('a')?.contentVersion, first)
  for (const bad of [{ label: 'pay' }, { label: 'pay', quote: 'a', heading: 'b' }, { label: 'pay', quote: '  ' }]) {
    const refused = await put([pay, bad])
    assert.equal(codeOf(refused), 'connectors.invalid')
    assert.equal(refused.ok ? '' : refused.fault.errors?.[0]?.field, '/content/marks/1')
  }
})
