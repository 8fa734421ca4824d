import { type Block, oneLine } from '../extract/block.ts'
import { canonicalText } from '../extract/unreadable.ts'

export const sameHeading = (a: string, b: string) => oneLine(canonicalText(a)) === oneLine(canonicalText(b))

/**
 * By block: the places (in the list of blocks) of the headings that it stands under, itself included. A passage shows only some of them, but what a heading
 * carries reaches all that it heads.
 */
export function headingsAbove(blocks: readonly Block[]): number[][] {
  const path: { at: number; level: number }[] = []
  return blocks.map((block, at) => {
    if (block.kind === 'heading') {
      while ((path.at(-1)?.level ?? 0) >= block.level) path.pop()
      path.push({ at, level: block.level })
    }
    return path.map((heading) => heading.at)
  })
}
