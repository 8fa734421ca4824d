import { type Block, estimateTokens } from './block.ts'
import { splitBlock } from './split-block.ts'

/** A stretch of a document before it has an id. `headings` stand above all of it; headings inside it are in `text`, as `## …` lines. */
export type Stretch = {
  readonly headings: readonly string[]
  readonly text: string
  readonly firstBlock: number
  readonly lastBlock: number
}

/** In tokens. A stretch ends near `target` and is cut at `max`; below `tiny` it joins what follows, even over a heading. */
const size = { target: 300, max: 500, tiny: 40 }
const charactersPerToken = 4
/** A longer heading is text that was marked up as one; it would be repeated with every stretch below it. */
const maxHeadingCharacters = 300

/**
 * Splits by structure first: a stretch stays within its section and takes in whole subsections while it is short. It crosses a heading
 * of its own level or above only while it is tiny. Then by size. A document without any text is one stretch, its title, so that it can be found.
 */
export function splitPassages(title: string, blocks: readonly Block[]): Stretch[] {
  const stretches: Stretch[] = []
  const outline = createOutline(title)
  let draft: Draft = emptyDraft([], 0)
  const startAfresh = (next: Draft) => {
    if (draft.parts.length > 0) stretches.push(finish(draft))
    draft = next
  }
  for (const [at, block] of blocks.entries()) {
    if (block.kind === 'heading' && block.text.length <= maxHeadingCharacters) {
      outline.enter(block)
      if (belongsTo(draft, block, sectionTokens(blocks, at))) draft = takeHeading(draft, outline.headings(), block, at)
      else startAfresh(emptyDraft(outline.headings(), block.level))
      continue
    }
    const body = block.kind === 'heading' ? ({ kind: 'paragraph', text: block.text } as const) : block
    for (const piece of splitBlock(body, size.target * charactersPerToken, size.max * charactersPerToken)) {
      if (!hasRoomFor(draft, piece)) startAfresh(emptyDraft(outline.headings(), outline.level()))
      draft = add(draft, piece, at)
    }
  }
  const own = draft.headings.at(-1)
  if (draft.parts.length === 0 && own !== undefined) {
    const above = { ...draft, headings: draft.headings.slice(0, -1) }
    draft = add(above, headingLine(draft.level, own), blocks.length - 1)
  }
  startAfresh(emptyDraft([], 0))
  return stretches.length > 0 ? stretches : [{ headings: [], text: title, firstBlock: 0, lastBlock: 0 }]
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

/** A stretch in the making. `level` is that of the heading it stands under, 0 before any. */
type Draft = {
  readonly headings: readonly string[]
  readonly level: number
  readonly parts: readonly string[]
  readonly tokens: number
  readonly firstBlock: number
  readonly lastBlock: number
}

const emptyDraft = (headings: readonly string[], level: number): Draft => ({
  headings,
  level,
  parts: [],
  tokens: 0,
  firstBlock: 0,
  lastBlock: 0,
})

function add(draft: Draft, text: string, at: number): Draft {
  return {
    ...draft,
    parts: [...draft.parts, text],
    tokens: draft.tokens + estimateTokens(text),
    firstBlock: draft.parts.length === 0 ? at : draft.firstBlock,
    lastBlock: at,
  }
}

const finish = ({ headings, parts, firstBlock, lastBlock }: Draft): Stretch => ({
  headings,
  text: parts.join('\n\n'),
  firstBlock,
  lastBlock,
})

function hasRoomFor(draft: Draft, piece: string): boolean {
  const limit = draft.tokens < size.tiny ? size.max : size.target
  return draft.parts.length === 0 || draft.tokens + estimateTokens(piece) <= limit
}

/** Whether the draft goes on over this heading. A draft that is nothing but its heading goes on only beside it, lest that heading get lost. */
function belongsTo(draft: Draft, heading: Heading, tokensBelow: number): boolean {
  const deeper = heading.level > draft.level
  if (draft.parts.length === 0) return !deeper && draft.headings.length > 0
  if (!deeper) return draft.tokens < size.tiny
  return draft.tokens + estimateTokens(heading.text) + tokensBelow <= size.target
}

/** Goes on over a heading: what no longer stands above all of the draft moves into its text. */
function takeHeading(draft: Draft, headings: readonly string[], heading: Heading, at: number): Draft {
  const deeper = heading.level > draft.level
  const above = deeper ? draft.headings : commonStart(draft.headings, headings.slice(0, -1))
  const lines = draft.headings.slice(above.length).map((text) => headingLine(draft.level, text))
  const widened = lines.reduceRight((rest, line) => prepend(rest, line, at), { ...draft, headings: above })
  const level = Math.min(draft.level, heading.level)
  return add({ ...widened, level }, headingLine(heading.level, heading.text), at)
}

function prepend(draft: Draft, text: string, at: number): Draft {
  return {
    ...draft,
    parts: [text, ...draft.parts],
    tokens: draft.tokens + estimateTokens(text),
    firstBlock: draft.parts.length === 0 ? Math.max(0, at - 1) : draft.firstBlock,
    lastBlock: draft.parts.length === 0 ? at : draft.lastBlock,
  }
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
