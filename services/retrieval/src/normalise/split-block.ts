import type { Block } from './block.ts'

type Body = Exclude<Block, { kind: 'heading' }>

/**
 * A text that is longer than `maxCharacters`, in pieces of at most that: lists, code and tables between lines (a table's head is
 * repeated), running text between sentences, and whatever has no such place between characters.
 */
export function splitBlock(block: Body, targetCharacters: number, maxCharacters: number): string[] {
  if (block.text.length <= maxCharacters) return [block.text]
  switch (block.kind) {
    case 'table':
      return splitTable(block.text, targetCharacters, maxCharacters)
    case 'list':
    case 'code':
      return pack(lines(block.text), targetCharacters, maxCharacters)
    case 'paragraph':
    case 'quote':
      return pack(lines(block.text).flatMap(sentences), targetCharacters, maxCharacters)
  }
}

function splitTable(text: string, target: number, max: number): string[] {
  const [head = '', rule = '', ...rows] = lines(text)
  const top = head + rule
  if (top.length > max / 2) return pack(lines(text), target, max)
  return pack(rows, target - top.length, max - top.length).map((piece) => top + piece)
}

/** Joins neighbours until the target is reached. What is longer than `max` by itself is cut first. */
function pack(parts: readonly string[], target: number, max: number): string[] {
  const pieces: string[] = []
  let piece = ''
  for (const part of parts.flatMap((part) => cut(part, max))) {
    if (piece !== '' && piece.length + part.length > target) {
      pieces.push(piece)
      piece = ''
    }
    piece += part
  }
  pieces.push(piece)
  return pieces.map((text) => text.replace(/^\n+/, '').trimEnd()).filter((text) => text.trim() !== '')
}

const lines = (text: string) => text.split(/(?<=\n)/)

const segmenter = new Intl.Segmenter('en', { granularity: 'sentence' })
const sentences = (text: string) => Array.from(segmenter.segment(text), ({ segment }) => segment)

/** Between words if it has any, never inside a character. */
function cut(text: string, max: number): string[] {
  const pieces: string[] = []
  let rest = text
  while (rest.length > max) {
    const space = rest.lastIndexOf(' ', max - 1)
    let end = space > max / 2 ? space + 1 : max
    if (/[\ud800-\udbff]/.test(rest.charAt(end - 1))) end--
    pieces.push(rest.slice(0, end))
    rest = rest.slice(end)
  }
  pieces.push(rest)
  return pieces
}
