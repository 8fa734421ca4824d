import { type Block, tidyLines } from './block.ts'

/** Plain text: what stands between blank lines is a paragraph. */
export function blocksOfPlainText(text: string): Block[] {
  return text
    .split(/\n[ \t]*\n/)
    .map(tidyLines)
    .filter((paragraph) => paragraph.trim() !== '')
    .map((paragraph) => ({ kind: 'paragraph', text: paragraph }))
}
