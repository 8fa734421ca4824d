import type { Block } from '../../block.ts'
import { blocksOfHtml } from '../html.ts'
import { blocksOfPlainText } from '../plain-text.ts'
import { canonicalText } from '../../unreadable.ts'

/** The text of a mail in blocks, from HTML where there is some: its tables and lists are told apart. */
export function bodyBlocks(html: string | undefined, text: string | undefined): Block[] {
  const fromHtml = html === undefined || html.trim() === '' ? [] : blocksOfHtml(canonicalText(html)).blocks
  const blocks = fromHtml.length > 0 ? fromHtml : blocksOfText(canonicalText(text ?? ''))
  return blocks.map(({ place: _place, ...block }) => block)
}

/** Lines that are quoted are a block of their own, whatever they touch. */
function blocksOfText(text: string): Block[] {
  const runs: { quoted: boolean; lines: string[] }[] = []
  for (const line of text.split('\n')) {
    const quoted = /^\s{0,3}>/.test(line)
    const last = runs.at(-1)
    if (last && last.quoted === quoted) last.lines.push(line)
    else runs.push({ quoted, lines: [line] })
  }
  return runs.flatMap(({ quoted, lines }) => {
    const plain = quoted ? lines.map((line) => line.replace(/^(?:\s{0,3}>)+ ?/, '')) : lines
    const blocks = blocksOfPlainText(plain.join('\n'))
    return quoted ? blocks.map((block): Block => ({ ...block, kind: 'quote' })) : blocks
  })
}
