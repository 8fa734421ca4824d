import assert from 'node:assert/strict'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import type { MediaType } from '@tessera/shared/contracts/media-types'
import { zipSync } from 'fflate'
import { docxOf, paragraph, xlsxOf, zipOf } from '../../../test/zip-of.ts'
import { forkIsolated } from './isolated-process.ts'
import { createProcessPool } from './process-pool.ts'
import { createReader, type ReaderOptions } from './reader.ts'

const docx = 'application/vnd.openxmlformats-officedocument.wordprocessingml.document'
const xlsx = 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet'
const files = join(import.meta.dirname, '../../../test/__fixtures__')
const longMs = 60_000

function start(t: TestContext, options: ReaderOptions = {}) {
  const reader = createReader({ timeoutMs: 30_000, ...options })
  t.after(() => reader.close())
  const read = (mediaType: MediaType, content: string | Uint8Array, withinMs = longMs) =>
    reader.read({ mediaType, content, externalId: 'a' }, Date.now() + withinMs)
  const outcome = async (...input: Parameters<typeof read>) => {
    const result = await read(...input)
    return result.ok ? 'read' : result.fault.code.replace('retrieval.', '')
  }
  return { reader, read, outcome }
}

test('large documents are read beside everything else, and a hostile one fails alone', async (t) => {
  const { read, outcome } = start(t, { memoryMb: 256 })
  const unclosed = Array.from({ length: 250 }, (_, i) => `<b a${i}>`).join('')
  const [large, hostile, after] = await Promise.all([
    read('text/markdown', 'A sentence of words.\n\n'.repeat(20_000)),
    outcome('text/html', unclosed + '<p>x'.repeat(200_000)),
    read('text/html', '<p>One</p>'.repeat(1000)),
  ])
  assert.ok(large.ok && large.value.blocks.length === 20_000)
  assert.equal(hostile, 'too-much-memory')
  assert.ok(after.ok && after.value.blocks.length === 1000)
})

test('a document that takes too long is given up on, and the next one is read', async (t) => {
  const { outcome } = start(t, { timeoutMs: 1 })
  assert.equal(await outcome('text/html', '<p>x'.repeat(100_000)), 'too-slow')
  assert.equal(await outcome('text/html', '<p>One</p>'), 'read')
})

test('who would have to wait longer than they can is told that it is busy, and what had begun is read', async (t) => {
  const { outcome } = start(t, { processes: 1 })
  const text = '<p>x y z</p>'.repeat(60_000)
  const [first, second] = await Promise.all([outcome('text/html', text), outcome('text/html', text, 30_050)])
  assert.deepEqual([first, second], ['read', 'busy'])
})

test('a parser that ends its process costs that one file', async (t) => {
  const pool = createProcessPool({ processes: 1 }, new URL('../../../test/isolated/dies.ts', import.meta.url))
  t.after(() => pool.close())
  const source = { mediaType: 'application/pdf' as const, content: new Uint8Array(), externalId: 'a' }
  for (let turn = 0; turn < 2; turn++) {
    const read = await pool.read(async () => source, { target: 300, max: 500 }, Date.now() + longMs)
    assert.ok(read !== 'busy' && !read.ok && read.fault.code === 'retrieval.parser-failed')
  }
})

test('bombs, entities, passwords and broken files are refused, each with its reason, by one process that lives on', async (t) => {
  const { outcome } = start(t, { processes: 1 })
  const zeros = zipOf({ 'word/document.xml': new Uint8Array(30 * 1024 * 1024) })
  const entities = `<!DOCTYPE w [<!ENTITY a "aaaaaaaaaa">${Array.from({ length: 9 }, (_, i) => `<!ENTITY a${i} "${`&a${i || ''};`.repeat(10)}">`).join('')}]>`
  const cases: [string, MediaType, Uint8Array, string][] = [
    ['zip bomb', docx, withSize(zeros, 300 * 1024 * 1024), 'expands-too-far'],
    ['zip bomb whose header lies', docx, withSize(zeros, 1024), 'damaged'],
    ['a hundred thousand parts', xlsx, manyParts(20_000), 'expands-too-far'],
    ['entities of entities', docx, docxOf('', { 'word/document.xml': `${entities}<w>&a8;</w>` }), 'expands-too-far'],
    ['deep XML', xlsx, xlsxOf('<a>'.repeat(200_000)), 'too-deep'],
    ['deep XML, mammoth', docx, docxOf('<w:sdt><w:sdtContent>'.repeat(5000)), 'too-deep'],
    ['deep JSON', 'application/json', Buffer.from('['.repeat(100_000) + ']'.repeat(100_000)), 'too-deep'],
    ['deep MIME', 'message/rfc822', deepMime(200), 'too-deep'],
    ['no XML', docx, docxOf('<w:p><w:r>'), 'damaged'],
    ['no zip', xlsx, Buffer.from('PK no zip at all'), 'damaged'],
    ['no PDF', 'application/pdf', Buffer.from('%PDF-1.7 and nothing else'), 'damaged'],
    ['PDF whose pages are a circle', 'application/pdf', circularPdf(), 'damaged'],
    ['PDF of a password', 'application/pdf', encryptedPdf(), 'encrypted'],
    ['Word with a password', docx, readFileSync(join(files, 'testWORD_protected_passtika.docx')), 'encrypted'],
    [
      'OpenDocument with a password',
      'application/vnd.oasis.opendocument.text',
      readFileSync(join(files, 'testODTEncrypted.odt')),
      'encrypted',
    ],
    ['cut off', docx, readFileSync(join(files, 'testWORD_truncated.docx')), 'damaged'],
    ['no Outlook', 'application/vnd.ms-outlook', Buffer.from('From: a'), 'damaged'],
    ['no RTF', 'application/rtf', Buffer.from('plain'), 'damaged'],
    ['no text', docx, docxOf(''), 'no-text'],
    ['a picture', 'text/plain', new Uint8Array([0x89, 0x50, 0x4e, 0x47, 0, 0, 0, 13]), 'unreadable-content'],
    ['and one that is whole', docx, docxOf(paragraph('Here I am.')), 'read'],
  ]
  const outcomes: string[] = []
  for (const [name, mediaType, content, expected] of cases) {
    const got = await outcome(mediaType, content)
    if (got !== expected) outcomes.push(`${name}: ${got}, not ${expected}`)
  }
  assert.deepEqual(outcomes, [])
})

test('a parser has no network, no files to write, no environment and no other process', async (t) => {
  const { server, port, requests } = await listening(t)
  const child = forkIsolated(new URL('../../../test/isolated/tries-network.ts', import.meta.url), 256)
  t.after(() => child.kill())
  child.send(port)
  const [outcomes] = (await once(child, 'message')) as [Record<string, string>]
  assert.deepEqual(
    Object.entries(outcomes).filter(([, outcome]) => outcome === 'reached'),
    [],
  )
  assert.equal(outcomes['environment'], '{}')
  assert.equal(outcomes['fetch'], 'There is no network here.')
  assert.deepEqual([requests.length, await connections(server)], [0, 0])
})

test('what a document names elsewhere is never fetched: entities, pictures, styles, links between files', async (t) => {
  const { port, requests } = await listening(t)
  const url = `http://127.0.0.1:${port}`
  const { read } = start(t)
  const external = `<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId9" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/image" TargetMode="External" Target="${url}/picture"/></Relationships>`
  const picture = `<w:p><w:r><w:drawing><a:blip r:link="rId9" r:embed="rId9"/></w:drawing></w:r></w:p>`
  const html = `<link rel="stylesheet" href="${url}/style"><img src="${url}/img"><iframe src="${url}/frame"></iframe><p>Text</p>${'<p>more</p>'.repeat(600)}`
  const outcomes = []
  for (const [mediaType, content] of [
    [docx, docxOf(picture + paragraph('Text'), { 'word/_rels/document.xml.rels': external })],
    [docx, docxOf('', { 'word/document.xml': `<!DOCTYPE w SYSTEM "${url}/dtd"><w/>` })],
    [docx, docxOf('', { 'word/document.xml': `<!DOCTYPE w [<!ENTITY x SYSTEM "${url}/entity">]><w>&x;</w>` })],
    [
      xlsx,
      xlsxOf('<row r="1"><c r="A1" t="inlineStr"><is><t>Text</t></is></c></row>', {
        'xl/worksheets/_rels/sheet1.xml.rels': external,
      }),
    ],
    ['text/html', Buffer.from(html)],
    ['message/rfc822', Buffer.from(`Subject: a\r\nContent-Type: text/html\r\n\r\n${html}`)],
    ['application/rtf', Buffer.from(`{\\rtf1 {\\field{\\*\\fldinst INCLUDEPICTURE "${url}/rtf"}}Text}`)],
  ] as const) {
    const result = await read(mediaType, content)
    outcomes.push(result.ok ? result.value.blocks.some(({ text }) => text.includes('Text')) : result.fault.code)
  }
  assert.deepEqual(outcomes, [true, 'retrieval.expands-too-far', 'retrieval.expands-too-far', true, true, true, true])
  assert.deepEqual(requests, [])
})

async function listening(t: TestContext) {
  const requests: string[] = []
  const server = createServer((request, response) => {
    requests.push(request.url ?? '')
    response.end('<!ENTITY x "fetched">')
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => server.close())
  return { server, port: (server.address() as AddressInfo).port, requests }
}

const connections = (server: ReturnType<typeof createServer>) =>
  new Promise<number>((resolve) => server.getConnections((_error, count) => resolve(count)))

/** The same archive, whose directory says that its first part unfolds to this. */
function withSize(archive: Uint8Array, sizeBytes: number): Uint8Array {
  const bytes = Buffer.from(archive)
  bytes.writeUInt32LE(sizeBytes, bytes.indexOf(Buffer.from('PK\u0001\u0002', 'latin1')) + 24)
  return bytes
}

const manyParts = (count: number) =>
  zipSync(
    Object.fromEntries(Array.from({ length: count }, (_, i) => [`xl/worksheets/sheet${i}.xml`, new Uint8Array()])),
    { level: 0 },
  )

function deepMime(depth: number): Uint8Array {
  const open = Array.from(
    { length: depth },
    (_, i) => `Content-Type: multipart/mixed; boundary="b${i}"\r\n\r\n--b${i}\r\n`,
  ).join('')
  return Buffer.from(`Subject: a\r\n${open}Content-Type: text/plain\r\n\r\nText`)
}

const pdfOf = (objects: readonly string[], trailer: string) =>
  Buffer.from(
    `%PDF-1.7\n${objects.map((object, at) => `${at + 1} 0 obj\n${object}\nendobj\n`).join('')}trailer\n${trailer}\n%%EOF`,
  )

const circularPdf = () =>
  pdfOf(['<</Type/Catalog/Pages 2 0 R>>', '<</Type/Pages/Count 1/Kids[2 0 R]>>'], '<</Root 1 0 R/Size 3>>')

const encryptedPdf = () =>
  pdfOf(
    ['<</Type/Catalog/Pages 2 0 R>>', '<</Type/Pages/Count 0/Kids[]>>'],
    `<</Root 1 0 R/Size 3/ID[<00><00>]/Encrypt<</Filter/Standard/V 2/R 3/Length 128/P -44/O<${'41'.repeat(32)}>/U<${'42'.repeat(32)}>>>>>`,
  )
