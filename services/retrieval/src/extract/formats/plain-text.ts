import { type Block, tidyLines } from '../block.ts'
import { lines } from '../../passages/place.ts'

/** Plain text: what stands between blank lines is a paragraph. */
export function blocksOfPlainText(text: string): Block[] {
  const blocks: Block[] = []
  let line = 1
  for (const part of text.split(/(\n(?:[ \t]*\n)+)/)) {
    const last = line + countLineEnds(part)
    const paragraph = tidyLines(part)
    if (paragraph.trim() !== '') blocks.push({ kind: 'paragraph', text: paragraph, place: lines(line, last) })
    line = last
  }
  return blocks
}

const countLineEnds = (text: string) => text.split('\n').length - 1
