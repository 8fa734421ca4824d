import assert from 'node:assert/strict'
import { createHash, randomBytes } from 'node:crypto'
import { test } from 'node:test'
import { filePartBytes } from '@tessera/shared/contracts/connectors'
import { newId } from '@tessera/shared/ids/ids'
import { eventually } from '@tessera/testkit/eventually'
import type { TestScope } from '@tessera/testkit/test-scope'
import { codeOf, startConnectors, values } from '../../test/start-connectors.ts'

async function pushing(t: TestScope) {
  const connectors = await startConnectors(t, { maxFileBytes: 10 * 1024 * 1024 })
  const { db } = await connectors.replica()
  const dataSourceId = await connectors.aPushSource()
  const { client, admin } = connectors
  const upload = async (bytes: Buffer, uploadId = newId('upl')) => {
    let fault: string | undefined
    for (let part = 0; part === 0 || part * filePartBytes < bytes.length; part++) {
      const base64 = bytes.subarray(part * filePartBytes, (part + 1) * filePartBytes).toString('base64')
      fault ??= codeOf(await client.putFilePart({ dataSourceId, uploadId, part, bytes: base64 }, admin()))
    }
    const sha256 = createHash('sha256').update(bytes).digest('hex')
    return { fault, file: { uploadId, sizeBytes: bytes.length, sha256 } }
  }
  const put = async (externalId: string, bytes: Buffer, allow = ['user:usr_ana']) => {
    const { file } = await upload(bytes)
    return client.putDocument(
      { dataSourceId, externalId, content: { mediaType: 'application/pdf', file }, access: { allow } },
      admin(),
    )
  }
  const uploads = async () => (await db.selectFrom('uploads').select('id').execute()).length
  t.after(() => assert.deepEqual(connectors.received.violations, []))
  return { ...connectors, db, dataSourceId, upload, put, uploads }
}

test('a file that is pushed in parts arrives as it was, is kept as the original, and takes the place of the one before', async (t) => {
  const { put, received, uploads, known } = await pushing(t)
  const bytes = randomBytes(9 * 1024 * 1024 + 5)
  const { documentId } = values(await put('a', bytes))
  assert.deepEqual(received.files.get('a'), bytes)
  const version = known().get('a')?.contentVersion
  const messages = received.messages.length
  values(await put('a', bytes))
  assert.deepEqual([received.messages.length, await uploads()], [messages, 1], 'the same file again changes nothing')
  const other = randomBytes(100)
  assert.equal(values(await put('a', other)).documentId, documentId)
  assert.deepEqual([received.files.get('a'), await uploads()], [other, 1])
  assert.notEqual(known().get('a')?.contentVersion, version)
})

test('a file over the limit is dropped, one that is not whole makes no document, and somebody else can not use it', async (t) => {
  const { upload, client, admin, callAs, dataSourceId, uploads, db, aPushSource } = await pushing(t)
  assert.equal((await upload(Buffer.alloc(10 * 1024 * 1024 + 1))).fault, 'retrieval.too-large')
  assert.equal(await uploads(), 0)
  const { file } = await upload(Buffer.from('whole'))
  const use = async (source: string, sizeBytes = 5) =>
    codeOf(
      await client.putDocument(
        {
          dataSourceId: source,
          externalId: 'a',
          content: { mediaType: 'application/pdf', file: { ...file, sizeBytes } },
          access: { allow: [] },
        },
        admin(),
      ),
    )
  assert.equal(await use(dataSourceId, 6), 'connectors.not-found')
  assert.equal(await use(await aPushSource()), 'connectors.not-found')
  const part = { dataSourceId, uploadId: newId('upl'), part: 0, bytes: '' }
  assert.equal(codeOf(await client.putFilePart(part, callAs('user:usr_member'))), 'access.forbidden')
  // An hour later nobody has made a document of it.
  await db
    .updateTable('uploads')
    .set({ created_at: new Date(Date.now() - 3_700_000) })
    .execute()
  await upload(Buffer.from('other'))
  assert.equal(await uploads(), 1)
  assert.equal(await use(dataSourceId), 'connectors.not-found')
})

test('what a push carries in it follows its rights and its end, and its place is nobody else\u2019s', async (t) => {
  const { put, received, client, admin, dataSourceId, factsAt, known, uploads } = await pushing(t)
  received.finds = ({ attachmentOf }) =>
    attachmentOf
      ? []
      : [
          { part: '1/a.pdf', mediaType: 'application/pdf' },
          { part: '2/b.zip', refused: 'unsupported-type' },
        ]
  const mail = Buffer.from('mail')
  const { attachments, documentId } = values(await put('mail', mail))
  const id = known().get('mail//1/a.pdf')?.documentId
  assert.deepEqual(attachments, [
    { externalId: 'mail//1/a.pdf', documentId: id },
    { externalId: 'mail//2/b.zip', refused: 'unsupported-type' },
  ])
  assert.notEqual(id, documentId)
  const contents = received.messages.filter((message) => message.startsWith('content')).length
  values(await put('mail', mail, ['user:usr_ben']))
  assert.deepEqual(factsAt('mail//1/a.pdf')?.allow, ['user:usr_ben'])
  assert.equal(received.messages.filter((message) => message.startsWith('content')).length, contents)

  assert.equal(codeOf(await put('mail//1/a.pdf', mail)), 'connectors.conflict')
  assert.equal(
    codeOf(await client.deleteDocument({ dataSourceId, externalId: 'mail//1/a.pdf' }, admin())),
    'connectors.conflict',
  )

  received.finds = () => []
  values(await put('mail', Buffer.from('another mail')))
  await eventually(() => assert.ok(received.removed.has(id ?? '')))
  received.finds = ({ attachmentOf }) => (attachmentOf ? [] : [{ part: '1/c.pdf', mediaType: 'application/pdf' }])
  values(await put('mail', mail))
  const again = known().get('mail//1/c.pdf')?.documentId ?? ''
  values(await client.deleteDocument({ dataSourceId, externalId: 'mail' }, admin()))
  assert.ok(received.removed.has(again) && received.removed.has(documentId))
  assert.equal(known().size, 0)
  assert.equal(await uploads(), 1, 'that of the refused push, for an hour')
})

test('a file that retrieval could not take is finished from its original when retrieval is back', async (t) => {
  const { put, received, stopRetrieval, startRetrieval, db } = await pushing(t)
  await stopRetrieval()
  assert.equal(codeOf(await put('a', Buffer.from('file'))), 'retrieval.unavailable')
  await startRetrieval()
  await db.updateTable('documents').set({ lease_until: null }).execute()
  await eventually(() => received.files.get('a')?.toString() === 'file')
})
