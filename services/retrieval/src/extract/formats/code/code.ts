import type { Tree, TreeCursor } from '@lezer/common'
import type { TextMediaType } from '@tessera/shared/contracts/media-types'
import { type Block, oneLine } from '../../block.ts'
import { lines } from '../../../passages/place.ts'

type Parser = { parse(text: string): Tree }

const parsers: Partial<Record<TextMediaType, () => Promise<Parser>>> = {
  'text/javascript': async () => (await import('@lezer/javascript')).parser.configure({ dialect: 'jsx' }),
  'text/x-typescript': async () => (await import('@lezer/javascript')).parser.configure({ dialect: 'ts jsx' }),
  'text/x-python': async () => (await import('@lezer/python')).parser,
  'text/x-java': async () => (await import('@lezer/java')).parser,
  'text/x-c++': async () => (await import('@lezer/cpp')).parser,
  'text/x-rust': async () => (await import('@lezer/rust')).parser,
  'text/x-go': async () => (await import('@lezer/go')).parser,
  'text/x-php': async () => (await import('@lezer/php')).parser,
}

/** What begins a unit, and what has units in it, as the grammars name them. */
const units =
  /^(Function|Method|Class|Struct|Enum|Interface|Trait|Impl|Module|Mod|Namespace|Type|Constructor|Record|Export|Decorated|Template)[A-Za-z]*$/
const bodies = /^(ClassBody|InterfaceBody|EnumBody|DeclarationList|FieldDeclarationList|Body|Block|StatementGroup)$/
/** A unit that is longer than this is shown by what is in it. */
const maxUnitCharacters = 1600
const maxHeadingCharacters = 120

/** Source code by functions and classes; what stands between them, and code in a language without a parser here, by its paragraphs. */
export async function blocksOfCode(text: string, mediaType: TextMediaType): Promise<Block[]> {
  const load = parsers[mediaType]
  if (!load) return paragraphs(text, 0, text.length, createLineOf(text))
  const tree = (await load()).parse(text)
  return inside(text, tree.cursor(), 2, createLineOf(text), 0, text.length)
}

type LineOf = (at: number) => number

/** The units among the children of a node, between `from` and `to`, and what lies between them. */
function inside(text: string, node: TreeCursor, level: number, lineOf: LineOf, from: number, to: number): Block[] {
  const blocks: Block[] = []
  let at = from
  if (node.firstChild()) {
    do {
      if (!units.test(node.name) || node.to > to) continue
      const start = withComment(text, at, node.from)
      blocks.push(...paragraphs(text, at, start, lineOf), ...unit(text, node, level, lineOf, start))
      at = node.to
    } while (node.nextSibling())
    node.parent()
  }
  return [...blocks, ...paragraphs(text, at, to, lineOf)]
}

function unit(text: string, node: TreeCursor, level: number, lineOf: LineOf, start: number): Block[] {
  const { from, to } = node
  const heading: Block = {
    kind: 'heading',
    level,
    text: signatureOf(text.slice(from, to)),
    place: lines(lineOf(from), lineOf(from)),
  }
  if (to - start > maxUnitCharacters && level < 6) {
    const body = enterBody(node)
    if (body) {
      const inner = inside(text, node, level + 1, lineOf, node.from, node.to)
      while (node.from !== from || node.to !== to) node.parent()
      if (inner.some(({ kind }) => kind === 'heading'))
        return [heading, ...paragraphs(text, start, body, lineOf), ...inner]
    }
  }
  return [heading, ...code(text, start, to, lineOf)]
}

/** Moves to the body of a unit, through what wraps it; tells where it begins. */
function enterBody(node: TreeCursor): number | undefined {
  if (!node.firstChild()) return undefined
  do {
    if (bodies.test(node.name)) return node.from
    if (units.test(node.name)) {
      const found = enterBody(node)
      if (found !== undefined) return found
    }
  } while (node.nextSibling())
  node.parent()
  return undefined
}

/** A comment that stands right above belongs to what it stands above. */
function withComment(text: string, from: number, start: number): number {
  const gap = text.slice(from, start)
  const comment = /(?:^|\n)((?:[ \t]*(?:\/\/|#|\/\*|\*|"""|@)[^\n]*\n)+[ \t]*)$/.exec(gap)
  return comment ? start - (comment[1]?.length ?? 0) : start
}

const signatureOf = (text: string) => {
  const line = oneLine(text.slice(0, 1000).split(/\{\s*\n|\n\s*\n|:\s*\n|;\s*\n/)[0] ?? '').replace(/\s*\{$/, '')
  return line.length > maxHeadingCharacters
    ? `${line.slice(0, maxHeadingCharacters - 1).replace(/[\ud800-\udbff]$/, '')}…`
    : line
}

/** Between blank lines before what is not indented. */
function paragraphs(text: string, from: number, to: number, lineOf: LineOf): Block[] {
  const blocks: Block[] = []
  let at = from
  for (const match of text.slice(from, to).matchAll(/\n[ \t]*\n(?=\S)/g)) {
    const end = from + match.index + 1
    blocks.push(...code(text, at, end, lineOf))
    at = from + match.index + match[0].length
  }
  return [...blocks, ...code(text, at, to, lineOf)]
}

function code(text: string, from: number, to: number, lineOf: LineOf): Block[] {
  const whole = text.slice(from, to)
  const shown = whole.replace(/^(?:[ \t]*\n)+/, '').trimEnd()
  if (!/[\p{L}\p{N}]/u.test(shown)) return []
  const first = lineOf(to - whole.replace(/^(?:[ \t]*\n)+/, '').length)
  return [{ kind: 'code', text: shown, place: lines(first, first + shown.split('\n').length - 1) }]
}

function createLineOf(text: string): LineOf {
  const starts = [0]
  for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) starts.push(at + 1)
  return (place) => {
    let [low, high] = [0, starts.length - 1]
    while (low < high) {
      const middle = Math.ceil((low + high) / 2)
      if ((starts[middle] ?? 0) <= place) low = middle
      else high = middle - 1
    }
    return low + 1
  }
}
