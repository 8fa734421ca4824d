import assert from 'node:assert/strict'
import { test } from 'node:test'
import { mask } from '@tessera/detect/mask'
import { kinds } from '@tessera/detect/finding'
import { DetectorKind, type RedactionRule } from '@tessera/shared/contracts/access-control/labels'
import type { Mark } from '@tessera/shared/contracts/retrieval'
import fc from 'fast-check'
import { oneLine } from '../extract/block.ts'
import { extractPlain } from '../extract/extract.ts'
import { createKeys } from '../passages/passage-ids.ts'
import { splitPassages } from '../passages/split-passages.ts'
import { hashOfDigest } from './digest-variant.ts'
import { givenAway } from './given-away.ts'
import { type Marking, markedLabels } from './marking.ts'
import { markPassages } from './mark-passages.ts'
import { redactedVariant } from './redacted-variant.ts'
import { BadRule, compileRules, type Rules } from './rules.ts'

const keys = createKeys('k'.repeat(32))
const none = compileRules([], 0)
const rulesOf = (...rules: Pick<RedactionRule, 'pattern' | 'detector' | 'label' | 'kind'>[]) =>
  compileRules(
    rules.map((rule) => ({ ...rule, id: 'rul_1', title: rule.label })),
    1,
  )

type Options = {
  marks?: Mark[]
  rules?: Rules
  title?: string
  externalId?: string
  url?: string
  authors?: string[]
}

/** A markdown text as it is stored, with what marks and rules say of its passages. */
async function marked(
  text: string,
  { marks = [], rules = none, title, externalId = 'page.md', url, authors = [] }: Options = {},
) {
  const read = extractPlain({ mediaType: 'text/markdown', content: text, title, externalId })
  assert.ok(read.ok)
  const { title: shown, blocks } = read.value
  const passages = keys.keyPassages('doc_1', splitPassages(shown, blocks))
  const document = { title: shown, externalId, url: url ?? null, authors, blocks, passages }
  const markings = await markPassages(document, marks, rules)
  return passages.map((passage, at) => ({ ...passage, title: shown, marking: markings[at] ?? null }))
}

type Marked = Awaited<ReturnType<typeof marked>>[number]
const labelsOf = ({ marking }: Marked) => [...(marking?.source ?? []), ...(marking?.detector ?? [])]
const variantOf = (passage: Marked, { labels = labelsOf(passage), hidesTitle = false, ruleVersion = 1 } = {}) =>
  redactedVariant(passage, passage.marking, { labels, hidesTitle }, { ruleVersion, keys })

const salary = (quote: string): Mark => ({ label: 'pay', kind: 'salary', quote })
const long = (word: string) => Array.from({ length: 200 }, (_, i) => `${word}${i % 7}`).join(' ')

test('every occurrence of a quote is masked, whatever white space it is written with, and its passages alone carry the label', async () => {
  const text = `# Team\n\n## One\n\n~~~\nJane earns 4711 EUR, as\nJane earns\n4711 EUR said.\n~~~\n\n${long('a')}\n\n## Two\n\n${long('b')}`
  const [first, second] = await marked(text, { marks: [salary('Jane  earns 4711')] })
  assert.ok(first && second)
  assert.deepEqual(labelsOf(first), ['pay'])
  assert.match(variantOf(first)?.text ?? '', /^\[salary\] EUR, as\n\[salary\] EUR said\./)
  assert.equal(second.marking, null)
  assert.equal(variantOf(second), undefined)
})

test('the label itself is shown where no kind is given', async () => {
  const [passage] = await marked('It costs 12 pounds.', { marks: [{ label: 'price', quote: '12 pounds' }] })
  assert.ok(passage)
  assert.equal(variantOf(passage)?.text, 'It costs [price].')
})

test('spans that overlap become one that names all kinds, in one order whatever order they are marked in', async () => {
  const marks: Mark[] = [
    { label: 'pay', kind: 'salary', quote: 'Doe earns 4711' },
    { label: 'people', kind: 'name', quote: 'Jane Doe' },
    { label: 'people', kind: 'name', quote: 'Doe' },
  ]
  const texts = await Promise.all(
    [marks, marks.toReversed()].map(async (some) => {
      const [passage] = await marked('So Jane Doe earns 4711 EUR. Doe!', { marks: some })
      assert.ok(passage)
      return [variantOf(passage)?.text, markedLabels(passage.marking as Marking)]
    }),
  )
  assert.deepEqual(texts[0], ['So [name, salary] EUR. [name]!', ['pay', 'people']])
  assert.deepEqual(texts[1], texts[0])
})

test('overlapping occurrences of one quote leave nothing of it behind', () => {
  assert.equal(
    mask('xaaay', [
      { start: 1, end: 3, kind: 'k' },
      { start: 2, end: 4, kind: 'k' },
    ]),
    'x[k]y',
  )
})

test('a quote in title, external id or address labels all passages, and the masked title is shown', async () => {
  const sections = `## One\n\n${long('a')}\n\n## Two\n\n${long('b')}`
  const inTitle = await marked(`# Pay of Jane Doe\n\n${sections}`, { marks: [salary('Jane Doe')] })
  assert.equal(inTitle.length, 2)
  for (const passage of inTitle) {
    assert.deepEqual(labelsOf(passage), ['pay'])
    assert.equal(variantOf(passage)?.title, 'Pay of [salary]')
  }
  for (const place of [
    { externalId: 'hr/pay-of-jane_doe.md' },
    { externalId: 'hr/Jane%20Doe' },
    { url: 'https://x.example/jane-doe' },
  ]) {
    const passages = await marked(`# Team\n\n${sections}`, { marks: [salary('Jane Doe')], ...place })
    for (const passage of passages) {
      assert.deepEqual(labelsOf(passage), ['pay'], JSON.stringify(place))
      assert.equal(variantOf(passage)?.text, passage.text)
    }
  }
})

test('what a heading carries reaches all that it heads, and nothing else', async () => {
  const text = `# Team\n\n## Pay of Jane\n\n${long('a')}\n\n### More\n\n${long('b')}\n\n## Other\n\n${long('c')}`
  for (const mark of [
    { label: 'pay', quote: 'Jane' },
    { label: 'pay', heading: 'Pay of Jane' },
  ]) {
    const passages = await marked(text, { marks: [mark] })
    assert.deepEqual(
      passages.map((passage) => labelsOf(passage)),
      [['pay'], ['pay'], []],
    )
    const masked = 'quote' in mark ? [['Pay of [pay]'], ['Pay of [pay]', 'More']] : [undefined, undefined]
    assert.deepEqual(
      passages.slice(0, 2).map((passage) => variantOf(passage)?.headings),
      masked,
    )
  }
})

test('a heading that only repeats the title, or stands inside a passage, heads as well', async () => {
  const passages = await marked(`# Pay\n\n## One\n\n${long('a')}\n\n# Other\n\n## Two\n\n${long('b')}`, {
    marks: [{ label: 'pay', heading: 'Pay' }],
    title: 'Pay',
  })
  assert.deepEqual(
    passages.map((passage) => labelsOf(passage)),
    [['pay'], ['pay']],
  )
  const inside = await marked('# Team\n\nShort.\n\n## Pay\n\n12 pounds.', { marks: [{ label: 'pay', heading: 'Pay' }] })
  assert.deepEqual(
    inside.map((passage) => labelsOf(passage)),
    [['pay']],
  )
})

test('a mark that matches nothing puts its label on every passage and leaves no redacted variant of its own', async () => {
  const text = `# Team\n\n## One\n\n${long('a')}\n\n## Two\n\n${long('b')} secret`
  for (const lost of [
    { quote: 'not there' },
    { heading: 'On' },
    { heading: 'Nowhere' },
    {},
    { quote: ' ' },
    { quote: 'secret', heading: 'Nowhere' },
  ]) {
    const passages = await marked(text, { marks: [{ label: 'pay', ...lost }] })
    for (const passage of passages) assert.deepEqual(labelsOf(passage), ['pay'], JSON.stringify(lost))
    assert.equal(variantOf(passages[0] as Marked), undefined)
  }
})

test('a match that is cut apart where passages meet is not left half masked', async () => {
  const sentences = Array.from({ length: 60 }, (_, i) => `Sentence number ${i} goes on for a while here.`)
  const text = sentences.join(' ')
  const quote = 'while here. Sentence number 30'
  const whole = await marked(text)
  const cut = whole.findIndex(
    ({ text }) => text.startsWith('Sentence number') && !text.startsWith('Sentence number 0 '),
  )
  const first = /^Sentence number (\d+)/.exec(whole[cut]?.text ?? '')?.[1]
  assert.ok(first !== undefined, 'the text is split')
  for (const seen of [`while here. Sentence number ${first}`, quote]) {
    const passages = await marked(text, { marks: [salary(seen)] })
    const held = passages.filter((passage) => oneLine(passage.text).includes(seen))
    const labelled = passages.filter((passage) => labelsOf(passage).includes('pay'))
    if (held.length > 0) assert.deepEqual(labelled, held)
    else {
      // Nobody can tell which passages of the block hold the pieces, so all of them hide.
      assert.deepEqual(labelled, passages)
      for (const passage of labelled) assert.equal(variantOf(passage), undefined)
    }
  }
})

test('a rule marks title, headings and text, in any case, line by line; a rule that cannot be read is an error', async () => {
  const rules = rulesOf(
    { pattern: '\\b\\d{3}-\\d{2}\\b', label: 'ids', kind: 'id' },
    { pattern: '^salary: .*$', label: 'pay', kind: 'salary' },
  )
  const [passage] = await marked('# File 123-45\n\n```\nOne\nSALARY: 12 and more\nrest 999-99\n```', { rules })
  assert.ok(passage)
  assert.deepEqual([passage.marking?.source, passage.marking?.detector], [[], ['ids', 'pay']])
  assert.equal(variantOf(passage)?.title, 'File [id]')
  assert.equal(variantOf(passage)?.text, 'One\n[salary]\nrest [id]')
  assert.throws(() => rulesOf({ pattern: '(?=a)', label: 'x', kind: 'x' }), BadRule)
})

test('the contract offers every detector that there is', () => {
  assert.deepEqual(new Set(DetectorKind.anyOf.map((one) => one.const)), new Set(kinds))
  const rule = { label: 'x', kind: 'x' }
  for (const broken of [
    rule,
    { ...rule, pattern: 'a', detector: 'email' as const },
    { ...rule, detector: 'other' as never },
  ]) {
    assert.throws(() => rulesOf(broken), BadRule)
  }
})

test('a detector marks title, headings, text, link texts, file name and address, and what stands under a heading by its words', async () => {
  const rules = rulesOf(
    { detector: 'email', label: 'personal', kind: 'email' },
    { detector: 'iban', label: 'bank', kind: 'iban' },
    { detector: 'salary', label: 'pay', kind: 'salary' },
  )
  const text =
    '# Ana <ana@example.com>\n\n## Salaries\n\nEngineer in Basel, as of the board of last May, all parts of the contract included: 85,000 EUR.\n\n## Rent\n\nThe office is 85,000 EUR. Pay DE89 3704 0044 0532 0130 00, or ask [ben@example.com](https://x.example/ben).'
  const passages = await marked(text, { rules })
  const shown = passages.map((passage) => {
    const variant = variantOf(passage)
    return [passage.marking?.detector, variant?.title, variant?.text]
  })
  assert.deepEqual(shown, [
    [
      ['bank', 'pay', 'personal'],
      'Ana [email]',
      '## Salaries\n\nEngineer in Basel, as of the board of last May, all parts of the contract included: [salary].\n\n## Rent\n\nThe office is 85,000 EUR. Pay [iban], or ask [[email]](https://x.example/ben).',
    ],
  ])
  for (const place of [
    { externalId: 'mail/ana@example.com.eml' },
    { authors: ['Ben', 'Ana <ana@example.com>'] },
    { url: 'https://x.example/?to=ana%40example.com' },
  ]) {
    const [passage] = await marked('# Post\n\nNothing.', { rules, ...place })
    assert.deepEqual(passage?.marking, {
      title: [],
      headings: [],
      text: [],
      place: ['personal'],
      source: [],
      detector: ['personal'],
      cut: false,
    })
  }
})

test('rules take linear time, whatever the pattern', async () => {
  const rules = rulesOf({ pattern: '(a+)+$', label: 'x', kind: 'x' })
  const started = performance.now()
  await marked(`${'a'.repeat(50_000)}b`, { rules })
  assert.ok(performance.now() - started < 20_000)
})

test('a hidden title is shown nowhere below full', async () => {
  const [passage] = await marked('The Merger is near. The Merger of 4711.', {
    title: 'The Merger',
    marks: [salary('4711')],
  })
  assert.ok(passage)
  const variant = variantOf(passage, { hidesTitle: true })
  assert.equal(variant?.title, '[title]')
  assert.equal(variant?.text, '[title] is near. [title] of [salary].')
})

test('a variant is bound to text, spans, rule version and label set, and to nothing else', async () => {
  const hashOf = async (text: string, options: Parameters<typeof variantOf>[1] = {}, quote = '4711') => {
    const [passage] = await marked(text, { marks: [salary(quote)] })
    return variantOf(passage as Marked, options)?.hash
  }
  const same = await hashOf('Jane earns 4711 EUR')
  assert.equal(await hashOf('Jane earns 4711 EUR', { labels: ['pay', 'pay'] }), same)
  const others = [
    await hashOf('Jane earned 4711 EUR'),
    await hashOf('Jane earns 4711 EUR', {}, '4711 EUR'),
    await hashOf('Jane earns 4711 EUR', { labels: ['pay', 'board'] }),
    await hashOf('Jane earns 4711 EUR', { ruleVersion: 2 }),
    await hashOf('Jane earns 4711 EUR', { hidesTitle: true }),
  ]
  assert.equal(new Set([same, ...others]).size, others.length + 1)
})

test('a digest that gives away what is masked is told by kind, and is bound to the spans that it was drafted from', async () => {
  const [passage] = await marked('Jane Doe earns 4711 EUR', {
    marks: [salary('4711'), { label: 'people', kind: 'name', quote: 'Jane Doe' }],
  })
  assert.ok(passage)
  const gives = (text: string) => givenAway(passage, { marking: passage.marking, hidesTitle: false, rules: none }, text)
  assert.deepEqual(gives('jane  DOE gets something'), ['name'])
  assert.deepEqual(gives('It is 4711.'), ['salary'])
  assert.deepEqual(gives('Somebody is paid.'), [])
  const [other] = await marked('Jane Doe earns 4711 EUR', { marks: [salary('4711')] })
  assert.ok(other)
  const text = 'Somebody is paid.'
  assert.notEqual(hashOfDigest(passage, passage.marking, text, keys), hashOfDigest(other, other.marking, text, keys))
})

test('a text gives away a number or a name that stands in nothing but what is masked, however it is written, and no more', async () => {
  const [passage] = await marked(
    '# Pay\n\nDoe, of Basel, earns 85,000.00 EUR, told jane.roe@example.com and 田中さん; Basel has 12 such posts.',
    {
      marks: [
        { label: 'pay', kind: 'salary', quote: '85,000.00 EUR' },
        { label: 'people', kind: 'name', quote: 'Doe, of Basel' },
        { label: 'people', kind: 'email', quote: 'jane.roe@example.com' },
        { label: 'people', kind: 'person', quote: '田中さん' },
      ],
    },
  )
  assert.ok(passage)
  const gives = (text: string, rules = none, hidesTitle = false) =>
    givenAway(passage, { marking: passage.marking, hidesTitle, rules }, text)
  for (const text of ['It is 85000.', 'It is 85.000 a year.', 'It is 85k.', 'It is 85 thousand.', "It is 85'000!"]) {
    assert.deepEqual(gives(text), ['salary'], text)
  }
  assert.deepEqual(gives('Doe is paid.'), ['name'])
  assert.deepEqual(gives('It went to doe.'), ['name'])
  assert.deepEqual(gives('Roe was told.'), ['email'])
  assert.deepEqual(gives('田中 was told.'), ['person'])
  // Basel and 12 stand elsewhere as well, and a word that every sentence may have names nothing.
  assert.deepEqual(gives('Somebody of Basel, one of 12, is paid. Of that, the board knows.'), [])
  assert.deepEqual(gives('It is 850 and 8500.'), [])
  assert.deepEqual(gives('About pay.', none, true), ['title'])
  // What a rule masks in any document does not come by way of a digest.
  assert.deepEqual(gives('Ask ben@example.org.', rulesOf({ detector: 'email', label: 'x', kind: 'email' })), ['email'])
})

const word = fc.constantFrom('alpha', 'beta', 'gamma', 'delta', 'alphabet', 'x', 'xx', '4711', '471', 'Ünïcode', '日本')
const sentence = fc.array(word, { minLength: 1, maxLength: 30 }).map((words) => words.join(' '))
const block = fc.oneof(
  sentence,
  sentence.map((text) => `## ${text}`),
  fc.array(sentence, { minLength: 1, maxLength: 4 }).map((lines) => lines.join('\n')),
  fc.array(sentence, { minLength: 60, maxLength: 70 }).map((lines) => lines.join('. ')),
)

test('whatever is marked, no masked text survives in any redacted variant, and all that is outside the spans does', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(block, { minLength: 1, maxLength: 6 }),
      fc.array(fc.array(word, { minLength: 1, maxLength: 3 }), { minLength: 1, maxLength: 4 }),
      async (blocks, quotes) => {
        const marks = quotes.map((words, at): Mark => ({
          label: `l${at}`,
          kind: `k-${'abcd'[at]}`,
          quote: words.join(' '),
        }))
        const passages = await marked(`# A title\n\n${blocks.join('\n\n')}`, { marks })
        for (const passage of passages) {
          const variant = variantOf(passage)
          const texts = [passage.title, ...passage.headings, passage.text]
          const holds = marks.filter(({ quote = '' }) => texts.some((text) => oneLine(text).includes(quote)))
          for (const { label } of holds) assert.ok(labelsOf(passage).includes(label), `carries ${label}`)
          if (!variant) continue
          const shown = [variant.title, ...variant.headings, variant.text]
          for (const { quote = '' } of marks) {
            for (const text of shown) {
              // What stands between the masks is what stood between the spans.
              for (const part of text.split(/\[[^\]]*\]/))
                assert.ok(!oneLine(part).includes(quote), `${quote} in ${part}`)
            }
          }
          for (const [at, text] of shown.entries()) assertOutsideSurvives(texts[at] ?? '', text)
        }
      },
    ),
    { numRuns: 150 },
  )
})

/** The parts between the masks stand in the original, in their order, with nothing left out at its ends. */
function assertOutsideSurvives(original: string, masked: string) {
  const parts = masked.split(/\[[^\]]*\]/)
  let at = 0
  for (const [index, part] of parts.entries()) {
    const found = index === 0 ? (original.startsWith(part) ? 0 : -1) : original.indexOf(part, at)
    assert.ok(found >= at || (index === 0 && found === 0), `${JSON.stringify(part)} in ${JSON.stringify(original)}`)
    at = found + part.length
  }
  assert.ok(original.endsWith(parts.at(-1) ?? ''))
}
