import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { type Block, estimateTokens } from '../extract/block.ts'
import { extractPlain } from '../extract/extract.ts'
import { createKeys } from './passage-ids.ts'
import { splitPassages } from './split-passages.ts'

const words = (count: number, word = 'word') => Array.from({ length: count }, (_, i) => `${word}${i % 97}.`).join(' ')
const heading = (level: number, text: string): Block => ({ kind: 'heading', level, text })
const paragraph = (text: string): Block => ({ kind: 'paragraph', text })

test('a passage does not cross a heading of its own level, and keeps the headings above it', () => {
  const passages = splitPassages('Title', [
    heading(1, 'Title'),
    heading(2, 'One'),
    paragraph(words(60, 'first')),
    heading(2, 'Two'),
    paragraph(words(60, 'second')),
  ])
  assert.deepEqual(
    passages.map(({ headings, firstBlock, lastBlock }) => ({ headings, firstBlock, lastBlock })),
    [
      { headings: ['One'], firstBlock: 2, lastBlock: 2 },
      { headings: ['Two'], firstBlock: 4, lastBlock: 4 },
    ],
  )
})

test('a short section takes in its subsections, with their headings in the text', () => {
  const passages = splitPassages('T', [
    heading(2, 'Policy'),
    paragraph(words(30)),
    heading(3, 'Exceptions'),
    paragraph('None at all.'),
  ])
  assert.equal(passages.length, 1)
  assert.deepEqual(passages[0]?.headings, ['Policy'])
  assert.match(passages[0]?.text ?? '', /### Exceptions\n\nNone at all\.$/)
})

test('tiny and empty sections join what follows without losing their heading', () => {
  const passages = splitPassages('T', [
    heading(2, 'Parent'),
    heading(3, 'A'),
    paragraph('Short.'),
    heading(3, 'B'),
    heading(3, 'C'),
    paragraph('Also short.'),
  ])
  assert.deepEqual(passages, [
    {
      headings: ['Parent'],
      text: '### A\n\nShort.\n\n### B\n\n### C\n\nAlso short.',
      firstBlock: 2,
      lastBlock: 5,
      characters: { start: 11, end: 36 },
    },
  ])
})

test('long blocks are cut between sentences, rows and items, and no passage is over the limit', () => {
  const table = [
    '| name | value |',
    '| --- | --- |',
    ...Array.from({ length: 400 }, (_, i) => `| row ${i} | ${i} |`),
  ].join('\n')
  const list = Array.from({ length: 300 }, (_, i) => `- item ${i} with some words`).join('\n')
  const passages = splitPassages('T', [
    paragraph(words(2000)),
    { kind: 'table', text: table },
    { kind: 'list', text: list },
    { kind: 'code', text: 'x'.repeat(9000) },
    paragraph('😀'.repeat(5000)),
  ])
  for (const passage of passages) {
    assert.ok(estimateTokens(passage.text) <= 560, `${estimateTokens(passage.text)}`)
    assert.ok(passage.text.isWellFormed())
  }
  const tables = passages.filter((passage) => passage.text.includes('| row'))
  assert.ok(tables.length > 3)
  assert.ok(tables.every((passage) => passage.text.includes('| name | value |')))
  const rows = passages.flatMap((passage) => passage.text.match(/\| row \d+ /g) ?? [])
  assert.equal(new Set(rows).size, 400)
})

test('each passage tells which characters of the document it covers, also where a block is cut', () => {
  const blocks = [
    heading(1, 'Long'),
    paragraph(words(900)),
    heading(1, 'Table'),
    {
      kind: 'table' as const,
      text: `| n |\n| --- |\n${Array.from({ length: 400 }, (_, i) => `| row ${i} |`).join('\n')}`,
    },
  ]
  const document = blocks.map(({ text }) => text).join('\n\n')
  const passages = splitPassages('T', blocks)
  for (const { text, characters } of passages) {
    const covered = document.slice(characters.start, characters.end)
    assert.ok(text.endsWith(covered), covered)
    assert.ok(covered === text || text.startsWith('| n |\n| --- |\n'))
  }
  assert.equal(passages.reduce((sum, { characters }) => sum + characters.end - characters.start, 0) > 7000, true)
})

test('each passage tells where in the file it stands: cells by the rows that it holds, code by its lines, others by their blocks', () => {
  const rows = Array.from({ length: 300 }, (_, i) => i * 2 + 3)
  const table: Block = {
    kind: 'table',
    text: ['| a | b |', '| --- | --- |', ...rows.map((row) => `| row ${row} | 1 |`)].join('\n'),
    place: { kind: 'cells', sheet: 'Costs', rows, firstColumn: 2, lastColumn: 28 },
  }
  for (const { text, place } of splitPassages('T', [table])) {
    const held = Array.from(text.matchAll(/row (\d+)/g), (match) => match[1])
    assert.deepEqual(place, { kind: 'cells', sheet: 'Costs', range: `B${held[0]}:AB${held.at(-1)}` })
  }
  const code: Block = {
    kind: 'code',
    text: Array.from({ length: 500 }, (_, i) => `line ${i + 11}`).join('\n'),
    place: { kind: 'lines', first: 11, last: 510 },
  }
  for (const { text, place } of splitPassages('T', [code])) {
    const held = Array.from(text.matchAll(/\d+/g), Number)
    assert.deepEqual(place, { kind: 'lines', first: held[0], last: held.at(-1) })
  }
  const [pages] = splitPassages('T', [
    { ...paragraph('One.'), place: { kind: 'pages', first: 1, last: 1 } },
    { ...paragraph('Two.'), place: { kind: 'pages', first: 2, last: 2 } },
  ])
  assert.deepEqual(pages?.place, { kind: 'pages', first: 1, last: 2 })
})

test('a document without text is one passage: its title', () => {
  assert.deepEqual(splitPassages('Only a title', []), [
    { headings: [], text: 'Only a title', firstBlock: 0, lastBlock: 0, characters: { start: 0, end: 0 } },
  ])
  assert.equal(splitPassages('T', [heading(1, 'A'), heading(2, 'B')]).length, 1)
})

test('ids and hashes are keyed, stable where text stays, and tell repeated passages apart', () => {
  const keys = createKeys('k'.repeat(32))
  const same = { headings: ['H'], text: 'same', firstBlock: 0, lastBlock: 0, characters: { start: 0, end: 4 } }
  const other = { ...same, text: 'other', firstBlock: 9 }
  const [a, b, c] = keys.keyPassages('doc_1', [same, same, other])
  assert.match(a?.passageId ?? '', /^psg_[0-9a-hjkmnp-tv-z]{32}$/)
  assert.notEqual(a?.passageId, b?.passageId)
  assert.equal(keys.keyPassages('doc_1', [other])[0]?.passageId, c?.passageId)
  assert.notEqual(keys.keyPassages('doc_2', [same])[0]?.passageId, a?.passageId)
  assert.notEqual(keys.keyPassages('doc_2', [same])[0]?.hash, a?.hash)
  assert.notEqual(createKeys('l'.repeat(32)).keyPassages('doc_1', [same])[0]?.passageId, a?.passageId)
  assert.notEqual(createKeys('l'.repeat(32)).keyPassages('doc_1', [same])[0]?.hash, a?.hash)
})

const pages = join(import.meta.dirname, '../../../../samples/handbook/pages')
test('the sample handbook splits into passages of sensible size that lose no word', () => {
  const sizes: number[] = []
  for (const externalId of readdirSync(pages, { recursive: true, encoding: 'utf8' })) {
    if (!externalId.endsWith('.md')) continue
    const page = extractPlain({
      mediaType: 'text/markdown',
      externalId,
      content: readFileSync(join(pages, externalId), 'utf8'),
    })
    assert.ok(page.ok)
    const passages = splitPassages(page.value.title, page.value.blocks)
    const kept = new Set(passages.flatMap(({ headings, text }) => wordsOf([...headings, text].join('\n'))))
    const lost = page.value.blocks.flatMap(({ text }) => wordsOf(text)).filter((word) => !kept.has(word))
    assert.deepEqual(
      lost.filter((word) => !wordsOf(page.value.title).includes(word)),
      [],
      externalId,
    )
    for (const { text } of passages) sizes.push(estimateTokens(text))
  }
  sizes.sort((a, b) => a - b)
  assert.ok((sizes.at(-1) ?? 0) <= 560, `largest ${sizes.at(-1)}`)
  const median = sizes[Math.floor(sizes.length / 2)] ?? 0
  assert.ok(median > 120 && median < 320, `median ${median} of ${sizes.length}`)
})

const wordsOf = (text: string): string[] => text.match(/[\p{L}\p{N}]+/gu) ?? []
