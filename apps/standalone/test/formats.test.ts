import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { cp, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { before, test } from 'node:test'
import { createPerson, createPushSource, createSpace } from '@tessera/testkit/builders'
import { fileScope } from '@tessera/testkit/file-scope'
import type { TestScope } from '@tessera/testkit/test-scope'
import { identityPath, sync } from './handbook.ts'
import { putFile, search } from './scenarios.ts'
import { standaloneWorld, type World } from './world.ts'

/** Files of other programs, whole and broken (README.md there). */
const fixtures = join(import.meta.dirname, '../../../services/retrieval/test/__fixtures__')

let world: World
const scope = fileScope()
before(async () => {
  world = await standaloneWorld(scope)
})

async function aFolder(t: TestScope): Promise<string> {
  const folder = await realpath(await mkdtemp(join(tmpdir(), 'tessera-formats-')))
  t.after(() => rm(folder, { recursive: true, force: true }))
  await cp(fixtures, folder, { recursive: true })
  await writeFile(
    join(folder, 'access.yaml'),
    'version: 1\ngroups: { all: { members: [ana] } }\nrules: [{ path: "**", allow: [all] }]\n',
  )
  return folder
}

test('a folder of files of all kinds is found by what stands in them, at its places; what is broken is skipped with its reason', async (t) => {
  const connection = await world.admin.send<{ id: string }>('POST', '/v1/connections', {
    connector: 'folder',
    title: 'Files',
    settings: { root: await aFolder(t) },
  })
  const { dataSource } = await world.admin.send<{ dataSource: { id: string } }>('POST', '/v1/data-sources', {
    title: 'Files',
    space: await createSpace(world, 'Files'),
    connectionId: connection.id,
  })
  await world.admin.send('PUT', identityPath(await createPerson(world, 'ana'), dataSource.id, 'ana'))
  const { written, skippedReasons, attachments } = await sync(world, dataSource.id)
  assert.equal(written, 18)
  assert.deepEqual(attachments, { written: 4, skipped: 0 })
  const reasons = Object.fromEntries(skippedReasons.map(({ externalId, reason }) => [externalId, reason]))
  const broken = {
    'testWORD_protected_passtika.docx': 'encrypted',
    'testODTEncrypted.odt': 'encrypted',
    'testWORD_truncated.docx': 'damaged',
  }
  assert.deepEqual(reasons, { ...broken, LICENSE: 'unsupported-type', NOTICE: 'unsupported-type' })
  const { items, counts } = await world.admin.get<{ items: { externalId: string; reason: string }[]; counts: object }>(
    `/v1/data-sources/${dataSource.id}/skipped`,
  )
  assert.deepEqual(Object.fromEntries(items.map(({ externalId, reason }) => [externalId, reason])), broken)
  assert.deepEqual(counts, { damaged: 1, encrypted: 2 })

  const ana = await world.as('ana')
  for (const [query, externalId, kind] of [
    ['toolkit for detecting and extracting metadata', 'testPDF.pdf', 'pages'],
    ['Heading Level sample Microsoft Word', 'testWORD.docx', undefined],
    ['Footnote appears here numbered list slide', 'testPPT_various.pptx', 'slides'],
    ['Number Square', 'testEXCEL.xlsx', 'cells'],
    ['MapCompletionEvents reducers', 'complex.mbox', 'messages'],
    ['Alfresco format testing Lydia', 'testMSG_chinese.msg', undefined],
    ['hyperlink citation Kramer caption', 'testRTFVarious.rtf', undefined],
    ['Test TXTA File for parser', 'testRFC822_multipart_attachments.eml//1/Test TxtA.txt', 'lines'],
  ] as const) {
    const found = await search(ana, query)
    const hit = found.find((passage) => passage.externalId === externalId)
    assert.ok(hit, `${query}: ${found.map((passage) => passage.externalId).join(', ')}`)
    assert.equal(hit.position.place?.kind, kind, externalId)
  }
})

test('a file of just under the limit, 50 MB, is taken in', async () => {
  const source = await createPushSource(world, 'Large')
  const ana = await createPerson(world, 'large-ana')
  const path = `/v1/data-sources/${source.id}/documents/large.pdf?wait=indexed`
  const file = new File([aPdf(49 * 1024 * 1024)], 'large.pdf')
  const { indexed } = await putFile(world, path, { access: { allow: [ana] } }, file)
  assert.equal(indexed, true)
  assert.equal((await search(await world.as('large-ana'), 'the needle in it')).length, 1)
})

/** A PDF with one line of text and a picture that nobody shows. */
function aPdf(pictureBytes: number): Uint8Array<ArrayBuffer> {
  const content = 'BT /F1 12 Tf 50 700 Td (Here is the needle in it.) Tj ET'
  const before = `%PDF-1.4
1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj
2 0 obj<</Type/Pages/Count 1/Kids[3 0 R]>>endobj
3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 600 800]/Resources<</Font<</F1 4 0 R>>>>/Contents 5 0 R>>endobj
4 0 obj<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>endobj
5 0 obj<</Length ${content.length}>>stream\n${content}\nendstream endobj
6 0 obj<</Length ${pictureBytes}>>stream\n`
  const after = '\nendstream endobj\ntrailer<</Root 1 0 R/Size 7>>\n%%EOF'
  return new Uint8Array(Buffer.concat([Buffer.from(before), randomBytes(pictureBytes), Buffer.from(after)]))
}
