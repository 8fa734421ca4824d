import { type Block, estimateTokens } from '../extract/block.ts'
import { type BlockPlace, joinPlaces, partOf, toldPlace } from './place.ts'
import { splitBlock } from './split-block.ts'
import type { Place } from '@tessera/shared/contracts/retrieval/passages'

/** A stretch of a document before it has an id. `headings` stand above all of it; headings inside it are in `text`, as `## …` lines. */
export type Stretch = {
  readonly headings: readonly string[]
  readonly text: string
  readonly firstBlock: number
  readonly lastBlock: number
  /** What it covers of the document's text, which is that of its blocks with a blank line between each two; `end` not included. */
  readonly characters: { readonly start: number; readonly end: number }
  /** Where it stands in the file, if the format has such places. */
  readonly place?: Place
}

/** In tokens. A stretch ends near `target` and is cut at `max`. */
export type PassageSize = { readonly target: number; readonly max: number }
export const defaultPassageSize: PassageSize = { target: 300, max: 500 }
/** Below it, a stretch joins what follows, even over a heading. */
const tinyTokens = 40
const charactersPerToken = 4
const betweenBlocks = '\n\n'
/** A longer heading is text that was marked up as one; it would be repeated with every stretch below it. */
const maxHeadingCharacters = 300

/**
 * Splits by structure first: a stretch stays within its section and takes in whole subsections while it is short. It crosses a heading
 * of its own level or above only while it is tiny. Then by size. A document without any text is one stretch, its title, so that it can be found.
 */
export function splitPassages(title: string, blocks: readonly Block[], size = defaultPassageSize): Stretch[] {
  const stretches: Stretch[] = []
  const outline = createOutline(title)
  const starts = startsOf(blocks)
  let draft: Draft = emptyDraft([], 0)
  const startAfresh = (next: Draft) => {
    if (draft.parts.length > 0) stretches.push(finish(draft))
    draft = next
  }
  const whole: Whole = (text, at) => {
    const { place, text: own } = blocks[at] ?? { text }
    const start = starts[at] ?? 0
    return { text, at, start, end: start + own.length, place }
  }
  for (const [at, block] of blocks.entries()) {
    if (block.kind === 'heading' && block.text.length <= maxHeadingCharacters) {
      outline.enter(block)
      if (belongsTo(draft, block, sectionTokens(blocks, at), size)) {
        draft = takeHeading(draft, outline.headings(), block, at, whole)
      } else startAfresh(emptyDraft(outline.headings(), block.level))
      continue
    }
    const body = block.kind === 'heading' ? ({ ...block, kind: 'paragraph' } as const) : block
    for (const piece of splitBlock(body, size.target * charactersPerToken, size.max * charactersPerToken)) {
      if (!hasRoomFor(draft, piece.text, size)) startAfresh(emptyDraft(outline.headings(), outline.level()))
      const start = starts[at] ?? 0
      const place =
        block.place && partOf(block.place, block.kind, lineAt(block.text, piece.start), lineAt(block.text, piece.end))
      draft = add(draft, { text: piece.text, at, start: start + piece.start, end: start + piece.end, place })
    }
  }
  const own = draft.headings.at(-1)
  if (draft.parts.length === 0 && own !== undefined) {
    const above = { ...draft, headings: draft.headings.slice(0, -1) }
    draft = add(above, whole(headingLine(draft.level, own), blocks.length - 1))
  }
  startAfresh(emptyDraft([], 0))
  if (stretches.length > 0) return stretches
  return [{ headings: [], text: title, firstBlock: 0, lastBlock: 0, characters: { start: 0, end: 0 } }]
}

function startsOf(blocks: readonly Block[]): number[] {
  let start = 0
  return blocks.map(({ text }) => {
    const here = start
    start += text.length + betweenBlocks.length
    return here
  })
}

/** The line that a character stands on, counted from 0. */
function lineAt(text: string, at: number): number {
  let line = 0
  for (let end = text.indexOf('\n'); end !== -1 && end < at; end = text.indexOf('\n', end + 1)) line++
  return line
}

type Heading = Extract<Block, { kind: 'heading' }>

/** The headings above the place that was reached. A first one that only repeats the title is left out. */
function createOutline(title: string) {
  const path: Heading[] = []
  return {
    enter(heading: Heading) {
      while ((path.at(-1)?.level ?? 0) >= heading.level) path.pop()
      path.push(heading)
    },
    headings: () => path.map((heading) => heading.text).filter((text, depth) => depth > 0 || text !== title),
    level: () => path.at(-1)?.level ?? 0,
  }
}

/** A piece of the block at `at`; `start` and `end` are in the document's text. */
type Part = {
  readonly text: string
  readonly at: number
  readonly start: number
  readonly end: number
  readonly place: BlockPlace | undefined
}

/** A stretch in the making. `level` is that of the heading it stands under, 0 before any. */
type Draft = {
  readonly headings: readonly string[]
  readonly level: number
  readonly parts: readonly Part[]
  readonly tokens: number
}

const emptyDraft = (headings: readonly string[], level: number): Draft => ({ headings, level, parts: [], tokens: 0 })

const add = (draft: Draft, part: Part): Draft => ({
  ...draft,
  parts: [...draft.parts, part],
  tokens: draft.tokens + estimateTokens(part.text),
})

function finish({ headings, parts }: Draft): Stretch {
  const placed = parts.map(({ place }) => place).reduce(joinPlaces, undefined)
  return {
    headings,
    text: parts.map(({ text }) => text).join('\n\n'),
    firstBlock: Math.min(...parts.map(({ at }) => at)),
    lastBlock: Math.max(...parts.map(({ at }) => at)),
    characters: { start: Math.min(...parts.map(({ start }) => start)), end: Math.max(...parts.map(({ end }) => end)) },
    ...(placed && { place: toldPlace(placed) }),
  }
}

function hasRoomFor(draft: Draft, piece: string, size: PassageSize): boolean {
  const limit = draft.tokens < tinyTokens ? size.max : size.target
  return draft.parts.length === 0 || draft.tokens + estimateTokens(piece) <= limit
}

/** Whether the draft goes on over this heading. A draft that is nothing but its heading goes on only beside it, lest that heading get lost. */
function belongsTo(draft: Draft, heading: Heading, tokensBelow: number, size: PassageSize): boolean {
  const deeper = heading.level > draft.level
  if (draft.parts.length === 0) return !deeper && draft.headings.length > 0
  if (!deeper) return draft.tokens < tinyTokens
  return draft.tokens + estimateTokens(heading.text) + tokensBelow <= size.target
}

type Whole = (text: string, at: number) => Part

/** Goes on over a heading: what no longer stands above all of the draft moves into its text. */
function takeHeading(draft: Draft, headings: readonly string[], heading: Heading, at: number, whole: Whole): Draft {
  const deeper = heading.level > draft.level
  const above = deeper ? draft.headings : commonStart(draft.headings, headings.slice(0, -1))
  const lines = draft.headings.slice(above.length).map((text) => headingLine(draft.level, text))
  const widened = lines.reduceRight((rest, line) => prepend(rest, line, at, whole), { ...draft, headings: above })
  const level = Math.min(draft.level, heading.level)
  return add({ ...widened, level }, whole(headingLine(heading.level, heading.text), at))
}

/** A heading from above counts as standing where the draft begins, since what lies between is in other stretches. */
function prepend(draft: Draft, text: string, at: number, whole: Whole): Draft {
  const [first] = draft.parts
  const part = first ? { ...first, text, end: first.start } : whole(text, Math.max(0, at - 1))
  return { ...draft, parts: [part, ...draft.parts], tokens: draft.tokens + estimateTokens(text) }
}

const headingLine = (level: number, text: string) => `${'#'.repeat(Math.max(1, level))} ${text}`

function commonStart(a: readonly string[], b: readonly string[]): readonly string[] {
  const end = a.findIndex((text, at) => text !== b[at])
  return end === -1 ? a : a.slice(0, end)
}

/** What stands between this heading and the next. */
function sectionTokens(blocks: readonly Block[], headingAt: number): number {
  let tokens = 0
  for (let at = headingAt + 1; at < blocks.length && blocks[at]?.kind !== 'heading'; at++) {
    tokens += estimateTokens(blocks[at]?.text ?? '')
  }
  return tokens
}
