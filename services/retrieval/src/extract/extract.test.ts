import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import type { Block } from './block.ts'
import type { PlainMediaType } from './extract-text.ts'
import { extractPlain } from './extract.ts'

type Options = { mediaType?: PlainMediaType; externalId?: string; title?: string }
const read = (content: string, rest: Options = {}) => {
  const result = extractPlain({ mediaType: 'text/markdown', externalId: 'a/file-name.md', ...rest, content })
  assert.ok(result.ok, JSON.stringify(result))
  return result.value
}
const unplaced = (blocks: readonly Block[]) => blocks.map(({ place: _place, ...block }) => block)
const linesOf = (text: string, mediaType: PlainMediaType) =>
  read(text, { mediaType }).blocks.map(({ place }) => place?.kind === 'lines' && `${place.first}-${place.last}`)
const kinds = (blocks: readonly Block[]) => blocks.map((block) => block.kind)

test('Markdown becomes headings, paragraphs, lists, code, tables and quotes', () => {
  const { title, blocks } = read(
    [
      '---',
      'title: "Front: matter"',
      '---',
      '# First',
      'A *paragraph* with a [link](https://example.com/a), a [relative one](../b.md), `code`',
      'and ![a picture](p.png).',
      '',
      '- one',
      '- two',
      '  1. nested',
      '',
      '```js',
      'const a = 1',
      '',
      'done()',
      '```',
      '',
      '| a | b |',
      '|---|---|',
      '| 1 | x\\|y |',
      '',
      '> quoted',
      '> twice',
      '',
      '<div><p>From <b>HTML</b></p></div>',
    ].join('\n'),
  )
  assert.equal(title, 'Front: matter')
  assert.deepEqual(unplaced(blocks), [
    { kind: 'heading', level: 1, text: 'First' },
    {
      kind: 'paragraph',
      text: 'A paragraph with a [link](https://example.com/a), a relative one, code and a picture.',
    },
    { kind: 'list', text: '- one\n- two\n  1. nested' },
    { kind: 'code', text: 'const a = 1\n\ndone()' },
    { kind: 'table', text: '| a | b |\n| --- | --- |\n| 1 | x/y |' },
    { kind: 'quote', text: 'quoted twice' },
    { kind: 'paragraph', text: 'From HTML' },
  ])
})

test('HTML keeps what is read and drops scripts, styles, navigation and hidden parts', () => {
  const { title, blocks } = read(
    `<!doctype html><html><head><title>The  page</title><style>p{}</style></head><body>
     <nav><a href="/">Home</a></nav><script>alert(1)</script>
     <main>loose text <b>bold</b><h2>Head &amp; shoulders</h2>
     <p>One<br>two <a href="https://example.com">there</a> <a href="/x">here</a></p>
     <p hidden>instructions to a model</p><p style="display: none">more</p><div aria-hidden="true">x</div>
     <ol start="3"><li>three<ul><li>nested</li></ul></li><li>four</li></ol>
     <pre>a
  b</pre><blockquote><p>q1</p><p>q2</p></blockquote>
     <table><thead><tr><th>h1</th><th>h2</th></tr></thead><tbody><tr><td>1</td><td>2<br>3</td></tr></tbody></table>
     <a href="#"><div>a block in a link</div></a></main></body></html>`,
    { mediaType: 'text/html' },
  )
  assert.equal(title, 'The page')
  assert.deepEqual(unplaced(blocks), [
    { kind: 'paragraph', text: 'loose text bold' },
    { kind: 'heading', level: 2, text: 'Head & shoulders' },
    { kind: 'paragraph', text: 'One\ntwo [there](https://example.com) here' },
    { kind: 'list', text: '3. three\n   - nested\n4. four' },
    { kind: 'code', text: 'a\n  b' },
    { kind: 'quote', text: 'q1\n\nq2' },
    { kind: 'table', text: '| h1 | h2 |\n| --- | --- |\n| 1 | 2 3 |' },
    { kind: 'paragraph', text: 'a block in a link' },
  ])
})

test('plain text is paragraphs, and line ends, byte order mark and composition do not matter', () => {
  const { blocks, title } = read('\ufeffone\r\ntwo\r\n\r\n \r\nCafe\u0301\rbar', { mediaType: 'text/plain' })
  assert.deepEqual(unplaced(blocks), [
    { kind: 'paragraph', text: 'one\ntwo' },
    { kind: 'paragraph', text: 'Café\nbar' },
  ])
  assert.equal(title, 'File name')
})

test('blocks know the lines of the source that they stand on, front matter counted', () => {
  assert.deepEqual(
    linesOf('---\ntitle: a\n---\n# One\n\ntwo\nlines\n\n- a\n- b\n\n```\ncode\n```\n', 'text/markdown'),
    ['4-4', '6-7', '9-10', '13-13'],
  )
  assert.deepEqual(linesOf('one\ntwo\n\n \n\nthree\n\nfour', 'text/plain'), ['1-2', '6-6', '8-8'])
  assert.deepEqual(linesOf('<h1>\nOne</h1>\n<p>two\n</p>\nthree <b>x</b>', 'text/html'), ['1-2', '3-4', '4-5'])
})

test('the title is the given one, else front matter, else the first heading, else the file name', () => {
  const text = '---\ntitle: Front\n---\n## Heading\ntext'
  assert.equal(read(text, { title: ' Given  one ' }).title, 'Given one')
  assert.equal(read(text, { title: ' ' }).title, 'Front')
  assert.equal(read('## Heading\ntext').title, 'Heading')
  assert.equal(read('text', { externalId: 'team/on_call-rota.md' }).title, 'On call rota')
  assert.equal(read('text', { externalId: 'team-a/index.md' }).title, 'Team a')
  assert.equal(read('text', { externalId: '…' }).title, '…')
})

test('authors are those of the front matter, by name, each once', () => {
  const authors = (yaml: string) => read(`---\n${yaml}\n---\ntext`).authors
  assert.deepEqual(authors('author: Ana  Ruiz'), ['Ana Ruiz'])
  assert.deepEqual(authors('authors: [Ana, { name: Ben }, Ana, 7, [], ""]'), ['Ana', 'Ben', '7'])
  assert.deepEqual(authors(`author: ${'x'.repeat(301)}`), [])
  assert.deepEqual(read('text').authors, [])
})

test('broken front matter does not lose the page, and an alias bomb is not expanded', () => {
  assert.deepEqual(unplaced(read('---\ntitle: [\n---\ntext').blocks), [{ kind: 'paragraph', text: 'text' }])
  assert.deepEqual(unplaced(read('---\n---\ntext').blocks), [{ kind: 'paragraph', text: 'text' }])
  const bomb = `---\na: &a [x,x]\n${Array.from({ length: 30 }, (_, i) => `b${i}: &b${i} [*${i ? `b${i - 1}` : 'a'},*${i ? `b${i - 1}` : 'a'}]`).join('\n')}\ntitle: *b29\n---\ntext`
  assert.deepEqual(kinds(read(bomb).blocks), ['paragraph'])
})

test('what is not text is refused with a reason', () => {
  const refused = (text: string, mediaType: PlainMediaType = 'text/plain') => {
    const result = extractPlain({ mediaType, content: text, externalId: 'x' })
    return result.ok ? 'accepted' : `${result.fault.code} ${result.fault.detail}`
  }
  assert.match(refused('a\0b'), /^retrieval.unreadable-content .*NUL/)
  assert.match(refused('a \ud800 b'), /surrogate/)
  assert.match(refused('\u0001\u0002\u0003PNG\u0004'), /control/)
  assert.match(refused('abc \ufffd\ufffd\ufffd def'), /decoded/)
  assert.match(refused('<div>'.repeat(2000), 'text/html'), /^retrieval.too-deep .*nested/)
  assert.match(refused('<div>'.repeat(200_000), 'text/html'), /nested/)
})

test('hostile markup is read in time that grows with its length', () => {
  const hostile = [
    '- ',
    '> ',
    '*a ',
    '[a](',
    '![[',
    'a_',
    '`a``',
    '<b>',
    '| a ',
    '\n',
    ' ',
    '[a]: b\n',
    '<!--',
    '\t',
    '\u2028',
  ]
  for (const piece of hostile) {
    for (const mediaType of ['text/markdown', 'text/plain'] as const) {
      const result = extractPlain({ mediaType, externalId: 'x', content: piece.repeat(100_000 / piece.length) })
      assert.ok(result.ok || result.fault.code === 'retrieval.no-text')
    }
  }
})

const pages = join(import.meta.dirname, '../../../../samples/handbook/pages')
test('every page of the sample handbook has text, a title and known blocks', () => {
  const files = readdirSync(pages, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.md'))
  assert.ok(files.length > 300)
  for (const externalId of files) {
    const { title, blocks } = read(readFileSync(join(pages, externalId), 'utf8'), { externalId })
    assert.notEqual(title, '', externalId)
    assert.ok(
      blocks.some((block) => block.kind !== 'heading'),
      externalId,
    )
    assert.ok(
      blocks.every((block) => block.text.trim() !== ''),
      externalId,
    )
  }
})

test('comments, anchors and line breaks in Markdown leave no trace, and pictures their description', () => {
  const { blocks } = read(
    '<!-- a\n\nnote -->\n\n<a id="x"></a>\n\n<br/>\n\n<img src="p.png" alt="A chart">\n\ntext<br>more',
  )
  assert.deepEqual(unplaced(blocks), [
    { kind: 'paragraph', text: 'A chart' },
    { kind: 'paragraph', text: 'text\nmore' },
  ])
})
