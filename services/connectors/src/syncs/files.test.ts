import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { accessFile, tree } from '../../test/handbook.ts'
import { startConnectors, write } from '../../test/start-connectors.ts'

const mail = 'Subject: Plan\n\nSee the attachments.'
const attachments = [
  { part: '1/plan.pdf', mediaType: 'application/pdf' as const },
  { part: '2/notes.txt', mediaType: 'text/plain' as const },
  { part: '3/logo.png', refused: 'unsupported-type' },
]

/** A tree with a mail in a folder of the security group. */
async function withMail(t: Parameters<typeof startConnectors>[0]) {
  const connectors = await startConnectors(t, { maxFileBytes: 10 * 1024 * 1024 })
  const replica = await connectors.replica()
  const { root, received, known, factsAt } = connectors
  received.finds = ({ externalId }) => (externalId.endsWith('.eml') ? attachments : [])
  await write(root, { ...tree, 'secret/plan.eml': mail })
  const dataSourceId = await connectors.aFolderSource()
  const first = await connectors.sync(dataSourceId)
  t.after(() => assert.deepEqual(received.violations, []))
  return { ...connectors, ...replica, dataSourceId, first, sync: () => connectors.sync(dataSourceId), known, factsAt }
}

const pdf = 'secret/plan.eml//1/plan.pdf'
const notes = 'secret/plan.eml//2/notes.txt'

test('a file is read in parts, exactly as it stands; one over the limit is skipped', async (t) => {
  const { root, received, sync, known } = await withMail(t)
  const bytes = randomBytes(9 * 1024 * 1024 + 17)
  await write(root, { 'report.pdf': bytes, 'film.pdf': new Uint8Array(10 * 1024 * 1024 + 1), 'empty.docx': '' })
  const { written, skippedReasons } = await sync()
  assert.equal(written, 2)
  assert.deepEqual(received.files.get('report.pdf'), bytes)
  assert.deepEqual(received.files.get('empty.docx'), Buffer.alloc(0))
  assert.equal(known().get('report.pdf')?.mediaType, 'application/pdf')
  assert.deepEqual(skippedReasons.find(({ externalId }) => externalId === 'film.pdf')?.reason, 'too-large')
  const messages = received.messages.length
  assert.equal((await sync()).written, 0)
  assert.equal(received.messages.length, messages)
})

test('a file that changes while it is read is skipped with the reason, and the next sync takes it', async (t) => {
  const { root, received, sync, known } = await withMail(t)
  await write(root, { 'report.pdf': 'first' })
  received.changesOnce = async () => writeFile(join(root, 'report.pdf'), 'second')
  const { skippedReasons } = await sync()
  assert.deepEqual(skippedReasons.find(({ externalId }) => externalId === 'report.pdf')?.reason, 'changed')
  assert.equal((await sync()).written, 1)
  assert.equal(received.files.get('report.pdf')?.toString(), 'second')
  assert.ok(known().has('report.pdf'))
})

test('what lies in a mail is a document of its own, under the rights of the mail, and what is none is told', async (t) => {
  const { first, received, known, factsAt, dataSourceId } = await withMail(t)
  assert.deepEqual(first.attachments, { written: 2, skipped: 1 })
  assert.deepEqual(first.skippedReasons, [{ externalId: 'secret/plan.eml//3/logo.png', reason: 'unsupported-type' }])
  const parent = known().get('secret/plan.eml')
  for (const place of [pdf, notes]) {
    assert.deepEqual(factsAt(place)?.allow, [`group:${dataSourceId}:security`])
    assert.deepEqual(factsAt(place)?.allow, factsAt('secret/plan.eml')?.allow)
    assert.equal(known().get(place)?.contentVersion, parent?.contentVersion)
    assert.notEqual(known().get(place)?.documentId, parent?.documentId)
    assert.equal(known().get(place)?.attachmentOf?.documentId, parent?.documentId)
  }
  const order = received.changes.filter((change) => change.includes(known().get(pdf)?.documentId ?? '-'))
  assert.deepEqual(
    order.map((change) => change.split(' ')[0]),
    ['facts', 'content'],
  )
})

test('attachments follow their mail: its rights, its place, its changes and its end', async (t) => {
  const { root, received, sync, known, factsAt, dataSourceId } = await withMail(t)
  const id = known().get(pdf)?.documentId
  const contents = () => received.messages.filter((message) => message.startsWith('content')).length
  const before = contents()
  await write(root, {
    'access.yaml': accessFile.replace('path: secret/**\n    allow: [security]', 'path: secret/**\n    allow: [all]'),
  })
  await sync()
  assert.deepEqual(factsAt(pdf)?.allow, [`group:${dataSourceId}:all`])
  assert.equal(contents(), before, 'rights alone send no content')

  await rename(join(root, 'secret/plan.eml'), join(root, 'notes/plan.eml'))
  await sync()
  assert.equal(known().get('notes/plan.eml//1/plan.pdf')?.documentId, id, 'it moves with the mail')
  assert.deepEqual(factsAt('notes/plan.eml//1/plan.pdf')?.allow, factsAt('notes/plan.eml')?.allow)

  received.finds = ({ externalId }) => (externalId.endsWith('.eml') ? attachments.slice(0, 1) : [])
  await write(root, { 'notes/plan.eml': `${mail} Of today.` })
  await sync()
  assert.equal(known().get('notes/plan.eml//1/plan.pdf')?.documentId, id, 'what is still in it keeps its id')
  assert.equal(known().has('notes/plan.eml//2/notes.txt'), false)

  await rm(join(root, 'notes/plan.eml'))
  await sync()
  assert.ok(received.removed.has(id ?? ''))
  assert.equal([...received.facts.values()].length, 5)
  assert.deepEqual(
    [...known().keys()].toSorted(),
    Object.keys(tree)
      .filter((path) => path !== 'access.yaml')
      .toSorted(),
  )
})

test('an attachment that is refused costs itself alone; a mail that is refused takes its attachments along', async (t) => {
  const { root, received, sync, known, client, admin, dataSourceId } = await withMail(t)
  received.refuses = ({ externalId, attachmentOf }) =>
    attachmentOf && externalId.endsWith('.pdf') ? 'encrypted' : undefined
  await write(root, { 'secret/plan.eml': `${mail} Again.` })
  const second = await sync()
  assert.deepEqual(second.attachments, { written: 1, skipped: 2 })
  const skipped = await client.listSkipped({ dataSourceId, limit: 1 }, admin())
  assert.ok(skipped.ok && skipped.value.nextCursor === pdf)
  assert.deepEqual(skipped.value.counts, { encrypted: 1, 'unsupported-type': 1 })
  const rest = await client.listSkipped({ dataSourceId, cursor: pdf }, admin())
  assert.deepEqual(rest.ok && rest.value.items.map(({ externalId, reason }) => [externalId, reason]), [
    ['secret/plan.eml//3/logo.png', 'unsupported-type'],
  ])
  assert.ok(second.skippedReasons.some(({ externalId, reason }) => externalId === pdf && reason === 'encrypted'))
  assert.ok(known().has(notes))
  received.refuses = ({ externalId }) => (externalId === 'secret/plan.eml' ? 'encrypted' : undefined)
  await write(root, { 'secret/plan.eml': `${mail} And again.` })
  const third = await sync()
  assert.deepEqual([third.skipped, third.attachments], [1, { written: 0, skipped: 0 }])
  assert.equal(known().has(notes), false)
  const left = await client.listSkipped({ dataSourceId }, admin())
  assert.deepEqual(left.ok && left.value.items.map(({ externalId }) => externalId), ['secret/plan.eml'])
})

test('what lies in an attachment is a document, too, and goes with the mail; a chain without an end is cut', async (t) => {
  const { root, received, sync, known, factsAt } = await withMail(t)
  const within = { part: '1/again.eml', mediaType: 'message/rfc822' as const }
  received.finds = ({ externalId }) => (externalId.includes('.eml') ? [within] : [])
  await write(root, { 'secret/plan.eml': `${mail} And more.` })
  const { attachments: counted, skippedReasons } = await sync()
  assert.deepEqual(counted, { written: 5, skipped: 1 })
  const chain = (length: number) => `secret/plan.eml${'//1/again.eml'.repeat(length)}`
  assert.deepEqual(skippedReasons.at(-1), { externalId: chain(6), reason: 'too-deep' })
  assert.deepEqual(factsAt(chain(5))?.allow, factsAt('secret/plan.eml')?.allow)
  assert.equal(known().get(chain(2))?.attachmentOf?.documentId, known().get(chain(1))?.documentId)
  assert.equal(known().has(pdf), false)
  const ids = [1, 2, 3, 4, 5].map((length) => known().get(chain(length))?.documentId ?? '')
  await rm(join(root, 'secret/plan.eml'))
  await sync()
  assert.deepEqual(
    ids.filter((id) => !received.removed.has(id)),
    [],
  )
})
