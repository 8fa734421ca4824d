import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import type { MediaType } from '@tessera/shared/contracts/media-types'
import { newId } from '@tessera/shared/ids/ids'
import { startRetrieval } from '../../test/start-retrieval.ts'

const fixture = (name: string) => readFileSync(join(import.meta.dirname, '../../test/__fixtures__', name))

async function withFiles(...[t]: Parameters<typeof startRetrieval>) {
  const started = await startRetrieval(t)
  const { access, files, content, asSource, dataSourceId } = started
  const describe = async (
    mediaType: MediaType,
    bytes: Buffer,
    { documentId = newId('doc'), allow = ['user:ana'] } = {},
  ) => {
    const contentVersion = newId('ver')
    files.byVersion.set(contentVersion, bytes)
    const accessRevision = await access.put(documentId, { dataSourceId, contentVersion, allow, labels: [] })
    const sha256 = createHash('sha256').update(bytes).digest('hex')
    return {
      documentId,
      dataSourceId,
      contentVersion,
      accessRevision,
      mediaType,
      externalId: 'a/file',
      file: { sizeBytes: bytes.length, sha256 },
    }
  }
  const store = (document: Awaited<ReturnType<typeof describe>>) =>
    content.putDocument(document, asSource(dataSourceId, 60_000))
  const indexed = async (...documents: { documentId: string; contentVersion: string }[]) =>
    assert.ok((await content.awaitIndexed({ documents }, asSource())).ok)
  return { ...started, describe, store, indexed }
}

test('a file is read in parts, found by its words, and cited by its page; stored once, it is not read again', async (t) => {
  const { describe, store, indexed, retrieval, callOf, files } = await withFiles(t)
  const document = await describe('application/pdf', fixture('testPDF.pdf'))
  const stored = await store(document)
  assert.ok(stored.ok)
  assert.equal(stored.value.title, 'Tika - Content Analysis Toolkit')
  await indexed(document)
  const answer = await retrieval.search({ query: 'toolkit for detecting and extracting metadata' }, callOf('user:ana'))
  assert.ok(answer.ok)
  assert.deepEqual(answer.value.passages[0]?.position.place, { kind: 'pages', first: 1, last: 1 })
  assert.ok((answer.value.passages[0]?.position.characters?.end ?? 0) > 100)
  const { reads } = files
  assert.deepEqual(await store(document), stored)
  assert.equal(files.reads, reads)
})

test('a file that is another one than was meant, is gone, or can not be read, leaves nothing, and says why', async (t) => {
  const { describe, store, files, db } = await withFiles(t)
  const document = await describe('application/pdf', fixture('testPDF.pdf'))
  const codes = []
  for (const bytes of [Buffer.from('other'), Buffer.alloc(document.file.sizeBytes), undefined]) {
    if (bytes) files.byVersion.set(document.contentVersion, bytes)
    else files.byVersion.delete(document.contentVersion)
    const stored = await store(document)
    codes.push(stored.ok ? 'stored' : stored.fault.code)
  }
  for (const [mediaType, bytes] of [
    [
      'application/vnd.openxmlformats-officedocument.wordprocessingml.document',
      fixture('testWORD_protected_passtika.docx'),
    ],
    ['application/pdf', Buffer.from('%PDF-1.7')],
    ['text/plain', Buffer.from('\n \n')],
  ] as const) {
    const stored = await store(await describe(mediaType, bytes))
    codes.push(stored.ok ? 'stored' : stored.fault.code)
  }
  const changed = 'retrieval.changed'
  assert.deepEqual(codes, [changed, changed, changed, 'retrieval.encrypted', 'retrieval.damaged', 'retrieval.no-text'])
  assert.deepEqual(await db.selectFrom('documents').selectAll().execute(), [])
})

test('what lies in a mail waits until it comes as a document of its own, and is then found by its own rights', async (t) => {
  const { describe, store, indexed, content, asSource, access, found, db, dataSourceId } = await withFiles(t)
  const mail = await describe('message/rfc822', fixture('testRFC822_multipart_attachments.eml'))
  const stored = await store(mail)
  assert.ok(stored.ok)
  assert.deepEqual(stored.value.attachments, [
    { part: '1/Test TxtA.txt', mediaType: 'text/plain' },
    { part: '2/Test TxtB.txt', mediaType: 'text/plain' },
  ])
  assert.deepEqual(await store(mail), stored, 'a redo hears of them again')
  const kept = async () =>
    (await db.selectFrom('attachments').select('part').orderBy('part').execute()).map(({ part }) => part)
  assert.deepEqual(await kept(), ['1/Test TxtA.txt', '2/Test TxtB.txt'])
  const { contentVersion } = mail
  const attached = async (documentId: string, part: string) => {
    const accessRevision = await access.put(documentId, {
      dataSourceId,
      contentVersion,
      allow: ['user:ben'],
      labels: [],
    })
    const attachmentOf = { documentId: mail.documentId, part }
    const document = {
      documentId,
      dataSourceId,
      contentVersion,
      accessRevision,
      mediaType: 'text/plain' as const,
      externalId: `a/file//${part}`,
      attachmentOf,
    }
    return content.putDocument(document, asSource())
  }
  const documentId = newId('doc')
  const first = await attached(documentId, '1/Test TxtA.txt')
  assert.ok(first.ok)
  assert.equal(first.value.title, 'Test TxtA')
  assert.deepEqual(await attached(documentId, '1/Test TxtA.txt'), first, 'safe to repeat')
  assert.deepEqual(await kept(), ['2/Test TxtB.txt'])
  await indexed(mail, { documentId, contentVersion })
  assert.equal((await found('user:ben', 'parser')).length, 1)
  assert.deepEqual((await found('user:ana', 'body')).length, 1)
  const unknown = await attached(newId('doc'), '9/nothing.txt')
  assert.equal(unknown.ok ? '' : unknown.fault.code, 'retrieval.changed')
  await content.removeDocuments({ documentIds: [mail.documentId] }, asSource())
  assert.deepEqual(await kept(), [])
})

test('a mail in a mail brings what lies in that when its turn comes; what can not be read costs itself alone', async (t) => {
  const { describe, store, access, content, asSource, dataSourceId } = await withFiles(t)
  const inner =
    'Subject: Inner\r\nContent-Type: multipart/mixed; boundary=i\r\n\r\n--i\r\n\r\nInner text\r\n--i\r\nContent-Type: text/csv\r\nContent-Disposition: attachment; filename="costs.csv"\r\n\r\na,b\r\n1,2\r\n--i--\r\n'
  const locked = fixture('testWORD_protected_passtika.docx').toString('base64')
  const outer = `Subject: Outer\r\nContent-Type: multipart/mixed; boundary=o\r\n\r\n--o\r\n\r\nOuter text\r\n--o\r\nContent-Type: message/rfc822\r\n\r\n${inner}\r\n--o\r\nContent-Type: application/octet-stream\r\nContent-Disposition: attachment; filename="../../locked.docx"\r\nContent-Transfer-Encoding: base64\r\n\r\n${locked}\r\n--o\r\nContent-Type: image/png\r\nContent-Disposition: attachment; filename="a.png"\r\n\r\nx\r\n--o--\r\n`
  const mail = await describe('message/rfc822', Buffer.from(outer))
  const stored = await store(mail)
  assert.ok(stored.ok, JSON.stringify(stored))
  assert.deepEqual(stored.value.attachments, [
    { part: '1/message.eml', mediaType: 'message/rfc822' },
    {
      part: '2/.. .. locked.docx',
      mediaType: 'application/vnd.openxmlformats-officedocument.wordprocessingml.document',
    },
    { part: '3/a.png', refused: 'unsupported-type' },
  ])
  const { contentVersion } = mail
  const attached = async (holder: string, part: string, mediaType: MediaType) => {
    const documentId = newId('doc')
    const accessRevision = await access.put(documentId, {
      dataSourceId,
      contentVersion,
      allow: ['user:ana'],
      labels: [],
    })
    const attachmentOf = { documentId: holder, part }
    const document = {
      documentId,
      dataSourceId,
      contentVersion,
      accessRevision,
      mediaType,
      externalId: part,
      attachmentOf,
    }
    const answer = await content.putDocument(document, asSource(dataSourceId, 60_000))
    return { documentId, answer: answer.ok ? answer.value : answer.fault.code }
  }
  const inside = await attached(mail.documentId, '1/message.eml', 'message/rfc822')
  assert.deepEqual(inside.answer, {
    passages: 1,
    title: 'Inner',
    attachments: [{ part: '1/costs.csv', mediaType: 'text/csv' }],
  })
  const deepest = await attached(inside.documentId, '1/costs.csv', 'text/csv')
  assert.deepEqual(deepest.answer, { passages: 1, title: 'Costs', attachments: [] })
  const word = 'application/vnd.openxmlformats-officedocument.wordprocessingml.document'
  assert.equal((await attached(mail.documentId, '2/.. .. locked.docx', word)).answer, 'retrieval.encrypted')
})
