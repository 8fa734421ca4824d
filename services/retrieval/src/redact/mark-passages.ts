import { setImmediate } from 'node:timers/promises'
import type { Mark } from '@tessera/shared/contracts/retrieval'
import { type Block, oneLine } from '../extract/block.ts'
import { textOf } from './find-quote.ts'
import { type Finder, quoteFinder } from './finder.ts'
import { headingsAbove, sameHeading } from './heading-reach.ts'
import type { Marking } from './marking.ts'
import type { Rules } from './rules.ts'
import type { Span } from './spans.ts'

type Passage = {
  readonly headings: readonly string[]
  readonly text: string
  readonly firstBlock: number
  readonly lastBlock: number
}
export type Markable = {
  readonly title: string
  readonly externalId: string
  readonly url: string | null
  readonly authors: readonly string[]
  readonly blocks: readonly Block[]
  readonly passages: readonly Passage[]
}

/** How long others may be kept waiting. */
const sliceMs = 20

/**
 * What the marks of the source and the rules say of each passage, in their order; null where nothing. Depends on nothing else. A heading's labels reach what
 * it heads, those of title, external id, address and authors all passages. What cannot be placed hides: a mark without any match labels all passages, and a match
 * that was cut apart where passages meet leaves those without a redacted variant.
 */
export async function markPassages(
  document: Markable,
  marks: readonly Mark[],
  rules: Rules,
): Promise<(Marking | null)[]> {
  const quotes = marks.map(({ quote, ...mark }) => (quote === undefined ? undefined : quoteFinder(mark, quote)))
  const finders = [...quotes.filter((finder) => finder !== undefined), ...rules.finders]
  if (finders.length === 0 && marks.length === 0) return document.passages.map(() => null)
  const look = createLook(finders, document.title)
  const title = look.remembered(document.title)
  const place = finders.filter((finder) => isInPlace(finder, document))
  const everywhere = [...title.finders, ...place]
  const texts: Found[] = []
  const pause = createPause()
  for (const { text, headings } of document.passages) {
    texts.push(look.at(text, [document.title, ...headings].join('\n')))
    if (pause.isDue()) await pause.take()
  }
  const reach = reachOfHeadings(document, marks, look)
  const cuts = await findCuts(document, texts, look, pause)

  const matched = new Set<unknown>(
    [title, ...texts, ...reach.found, ...document.passages.flatMap(({ headings }) => headings.map(look.remembered))]
      .flatMap(({ finders }) => finders)
      .concat(place, cuts.found),
  )
  const lost = marks.filter((mark, at) => {
    const byQuote = quotes[at] !== undefined && matched.has(quotes[at])
    const byHeading = mark.heading !== undefined && reach.matched.has(mark)
    // One that says both has to be found for both.
    return !(
      (mark.quote === undefined || byQuote) &&
      (mark.heading === undefined || byHeading) &&
      (byQuote || byHeading)
    )
  })

  return document.passages.map((passage, at): Marking | null => {
    const headings = passage.headings.map(look.remembered)
    const text = texts[at] ?? nothing
    const cut = [...(cuts.byPassage.get(at) ?? [])]
    const by = [...everywhere, ...headings.flatMap(({ finders }) => finders), ...text.finders, ...cut]
    const above = blocksOf(passage).flatMap((block) => reach.byBlock[block] ?? [])
    const source = labels([...by.filter(isSource), ...above.filter(isSource), ...lost])
    const detector = labels([...by, ...above].filter((one) => !isSource(one)))
    if (source.length + detector.length === 0) return null
    return {
      title: title.spans,
      headings: headings.map(({ spans }) => spans),
      text: text.spans,
      place: labels(place),
      source,
      detector,
      cut: cut.length > 0,
    }
  })
}

/** A mark, or what it finds. */
const isSource = (one: Finder | Mark) => !('layer' in one) || one.layer === 'source'
const labels = (some: readonly { label: string }[]) => [...new Set(some.map(({ label }) => label))].toSorted()

/** Below the full view none of these is shown, so it only matters whether there is something to be masked in them. */
const isInPlace = (finder: Finder, { externalId, url, authors }: Markable) =>
  [externalId, ...(url === null ? [] : [url]), ...authors].some((shown) => finder.isInPath(shown))

function* range(from: number, to: number) {
  for (let at = from; at <= to; at++) yield at
}
const blocksOf = ({ firstBlock, lastBlock }: Passage) => [...range(firstBlock, lastBlock)]

type Found = { spans: readonly Span[]; finders: readonly Finder[] }
const nothing: Found = { spans: [], finders: [] }

/** Headings stand above many passages: what was found in them is kept. */
function createLook(finders: readonly Finder[], title: string) {
  const known = new Map<string, Found>()
  const at = (raw: string, above: string): Found => {
    const text = textOf(raw)
    const found = finders.map((finder) => ({
      finder,
      stretches: [...finder.find(text, above)].filter((stretch) => stretch !== undefined),
    }))
    return {
      spans: found.flatMap(({ finder: { label, kind }, stretches }) =>
        stretches.map(([start, end]) => ({ start, end, label, kind })),
      ),
      finders: found.filter(({ stretches }) => stretches.length > 0).map(({ finder }) => finder),
    }
  }
  const remembered = (text: string) => {
    const found = known.get(text) ?? at(text, text === title ? '' : title)
    known.set(text, found)
    return found
  }
  return { at, remembered, finders }
}
type Look = ReturnType<typeof createLook>

function createPause() {
  let startedAtMs = performance.now()
  return {
    isDue: () => performance.now() - startedAtMs >= sliceMs,
    async take() {
      await setImmediate()
      startedAtMs = performance.now()
    },
  }
}
type Pause = ReturnType<typeof createPause>

/** What headings carry, by block: labels that marks give to a heading, and those of spans in it. */
function reachOfHeadings({ title, blocks, passages }: Markable, marks: readonly Mark[], look: Look) {
  const headingMarks = marks.filter(({ heading }) => heading !== undefined)
  const matched = new Set<Mark>()
  const carried = blocks.map((block) => {
    if (block.kind !== 'heading') return { by: [], found: nothing }
    const found = look.remembered(block.text)
    const named = headingMarks.filter(({ heading = '' }) => sameHeading(heading, block.text))
    for (const mark of named) matched.add(mark)
    return { by: [...found.finders, ...named], found }
  })
  // The title is what a document stands under as a whole.
  const byTitle = headingMarks.filter(({ heading = '' }) => sameHeading(heading, title))
  for (const mark of byTitle) matched.add(mark)
  const ofBlock = headingsAbove(blocks).map((path) => [...byTitle, ...path.flatMap((at) => carried[at]?.by ?? [])])
  const last = Math.max(0, ...passages.map(({ lastBlock }) => lastBlock))
  const byBlock = Array.from({ length: Math.max(ofBlock.length, last + 1) }, (_, at) => ofBlock[at] ?? byTitle)
  return { byBlock, matched, found: carried.map(({ found }) => found) }
}

/**
 * Matches in the document as a whole that no passage holds whole, by the passages that may hold a part of them. A long block is split into several passages, and a quote
 * may reach from one block into the next.
 */
async function findCuts({ blocks, passages }: Markable, texts: readonly Found[], look: Look, pause: Pause) {
  const byPassage = new Map<number, Set<Finder>>()
  const found: Finder[] = []
  const starts: number[] = []
  let whole = ''
  for (const { text } of blocks) {
    starts.push(whole.length)
    whole += `${text}\n\n`
  }
  const holding = blocks.map((): number[] => [])
  for (const [at, passage] of passages.entries()) for (const block of blocksOf(passage)) holding[block]?.push(at)
  const holders = (from: number, to: number) => [
    ...new Set([...range(from, to)].flatMap((block) => holding[block] ?? [])),
  ]

  const placeOf = remember((from: number, to: number) => {
    const near = holders(from, to)
    const first = Math.min(from, ...near.map((at) => passages[at]?.firstBlock ?? from))
    const last = Math.max(to, ...near.map((at) => passages[at]?.lastBlock ?? to))
    return { near, first, last, around: holders(first, last) }
  })
  const text = textOf(whole)
  for (const finder of look.finders) {
    const matches: { value: string; from: number; to: number }[] = []
    for (const stretch of finder.find(text, '')) {
      if (pause.isDue()) await pause.take()
      if (!stretch) continue
      const [start, end] = stretch
      matches.push({
        value: oneLine(whole.slice(start, end)),
        from: blockAt(starts, start),
        to: blockAt(starts, end - 1),
      })
    }
    if (matches.length > 0) found.push(finder)
    const byValue = Map.groupBy(matches, ({ value }) => value)
    const isWhole = remember((value: string, from: number, to: number) => {
      const { near, first, last, around } = placeOf(from, to)
      // A heading by itself stands above passages, and a block of one passage is in it whole.
      if (from === to && near.length < 2) return true
      const wanted = (byValue.get(value) ?? []).filter((other) => other.to >= first && other.from <= last).length
      const held = around.reduce(
        (sum, at) => sum + countIn(passages[at]?.text ?? '', texts[at] ?? nothing, finder, value),
        0,
      )
      return held >= wanted
    })
    for (const { value, from, to } of matches) {
      if (isWhole(value, from, to)) continue
      for (const at of placeOf(from, to).near) byPassage.set(at, (byPassage.get(at) ?? new Set()).add(finder))
    }
  }
  return { byPassage, found }
}

/** A document may have a hundred thousand matches in one block. */
function remember<A extends readonly (string | number)[], R>(work: (...input: A) => R): (...input: A) => R {
  const known = new Map<string, R>()
  return (...input) => {
    const key = JSON.stringify(input)
    const result = known.has(key) ? (known.get(key) as R) : work(...input)
    known.set(key, result)
    return result
  }
}

const countIn = (text: string, { spans }: Found, { label, kind }: Finder, value: string) =>
  spans.filter(
    (span) => span.label === label && span.kind === kind && oneLine(text.slice(span.start, span.end)) === value,
  ).length

/** The last block that starts at or before this place. */
function blockAt(starts: readonly number[], place: number): number {
  let [low, high] = [0, starts.length - 1]
  while (low < high) {
    const middle = Math.ceil((low + high) / 2)
    if ((starts[middle] ?? 0) <= place) low = middle
    else high = middle - 1
  }
  return low
}
