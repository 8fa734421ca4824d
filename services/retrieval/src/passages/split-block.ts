import type { Block } from '../extract/block.ts'

type Body = Exclude<Block, { kind: 'heading' }>

/** A part of a block. `text` is what stands from `start` to `end` in the block's text; in a table, with its head above it. */
export type Piece = { readonly text: string; readonly start: number; readonly end: number }

/**
 * A text that is longer than `maxCharacters`, in pieces of at most that: lists, code and tables between lines (a table's head is
 * repeated), running text between sentences, and whatever has no such place between characters.
 */
export function splitBlock(block: Body, targetCharacters: number, maxCharacters: number): Piece[] {
  const { text } = block
  if (text.length <= maxCharacters) return [{ text, start: 0, end: text.length }]
  switch (block.kind) {
    case 'table':
      return splitTable(text, targetCharacters, maxCharacters)
    case 'list':
    case 'code':
      return pack(text, lines(text), targetCharacters, maxCharacters)
    case 'paragraph':
    case 'quote':
      return pack(
        text,
        lines(text).flatMap((line) => sentences(text, line)),
        targetCharacters,
        maxCharacters,
      )
  }
}

/** From `start` to `end` in the text of a block, `end` not included. */
type Stretch = { readonly start: number; readonly end: number }

function splitTable(text: string, target: number, max: number): Piece[] {
  const [head, rule, ...rows] = lines(text)
  const top = text.slice(0, rule?.end ?? head?.end ?? 0)
  if (top.length > max / 2) return pack(text, lines(text), target, max)
  return pack(text, rows, target - top.length, max - top.length).map((piece) => ({ ...piece, text: top + piece.text }))
}

/** Joins neighbours until the target is reached. What is longer than `max` by itself is cut first. */
function pack(text: string, parts: readonly Stretch[], target: number, max: number): Piece[] {
  const packed: Stretch[] = []
  for (const part of parts.flatMap((part) => cut(text, part, max))) {
    const last = packed.at(-1)
    if (last && part.end - last.start <= target) packed[packed.length - 1] = { start: last.start, end: part.end }
    else packed.push(part)
  }
  return packed.flatMap((stretch) => trim(text, stretch))
}

/** Without line ends before it and blanks after it; nothing if that is all there is. */
function trim(text: string, { start, end }: Stretch): Piece[] {
  const whole = text.slice(start, end)
  const kept = whole.replace(/^\n+/, '')
  const from = end - kept.length
  const shown = kept.trimEnd()
  return shown.trim() === '' ? [] : [{ text: shown, start: from, end: from + shown.length }]
}

function lines(text: string): Stretch[] {
  const found: Stretch[] = []
  for (let start = 0; start < text.length;) {
    const at = text.indexOf('\n', start)
    const end = at === -1 ? text.length : at + 1
    found.push({ start, end })
    start = end
  }
  return found
}

const segmenter = new Intl.Segmenter('en', { granularity: 'sentence' })
const sentences = (text: string, { start, end }: Stretch): Stretch[] =>
  Array.from(segmenter.segment(text.slice(start, end)), ({ segment, index }) => ({
    start: start + index,
    end: start + index + segment.length,
  }))

/** Between words if it has any, never inside a character. */
function cut(text: string, { start, end }: Stretch, max: number): Stretch[] {
  const pieces: Stretch[] = []
  let from = start
  while (end - from > max) {
    const space = text.lastIndexOf(' ', from + max - 1)
    let to = space > from + max / 2 ? space + 1 : from + max
    if (/[\ud800-\udbff]/.test(text.charAt(to - 1))) to--
    pieces.push({ start: from, end: to })
    from = to
  }
  pieces.push({ start: from, end })
  return pieces
}
