import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { type Block, estimateTokens } from './block.ts'
import { normalise } from './normalise.ts'
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

test('a document without text is one passage: its title', () => {
  assert.deepEqual(splitPassages('Only a title', []), [
    { headings: [], text: 'Only a title', firstBlock: 0, lastBlock: 0 },
  ])
  assert.equal(splitPassages('T', [heading(1, 'A'), heading(2, 'B')]).length, 1)
})

test('ids and hashes are keyed, stable where text stays, and tell repeated passages apart', () => {
  const keys = createKeys('k'.repeat(32))
  const same = { headings: ['H'], text: 'same', firstBlock: 0, lastBlock: 0 }
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
    const page = normalise({
      mediaType: 'text/markdown',
      externalId,
      text: readFileSync(join(pages, externalId), 'utf8'),
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
