import type { ReadSource } from '@tessera/retrieval/extract/reader/read-source'

/** What an independent reader (pypdf, python-docx, python-pptx, openpyxl, Python's email and mailbox) got from a file. */
export type Reference = {
  text_chars?: number
  nonempty_cells?: number
  messages?: number
  attachments?: string[]
}

/** How much was read and how much the reference got, in the unit that it counts; nothing where it was not tried or found nothing to count. */
export type Comparison = { unit: 'characters' | 'cells' | 'messages' | 'attachments'; ours: number; reference: number }

type Document = Pick<ReadSource, 'blocks' | 'found'>

export function compare(file: string, { blocks, found }: Document, reference: Reference): Comparison | undefined {
  if (reference.text_chars !== undefined) {
    return { unit: 'characters', ours: writtenIn(file, blocks).length, reference: reference.text_chars }
  }
  if (reference.nonempty_cells !== undefined)
    return { unit: 'cells', ours: cellsIn(blocks), reference: reference.nonempty_cells }
  if (reference.messages !== undefined) {
    const numbers = blocks.flatMap(({ place }) => (place?.kind === 'messages' ? [place.first] : []))
    return { unit: 'messages', ours: new Set(numbers).size, reference: reference.messages }
  }
  if (reference.attachments !== undefined)
    return { unit: 'attachments', ours: found.length, reference: reference.attachments.length }
  return undefined
}

/** Without marks of lists and links, which are of our own making. Python's readers of Word and PowerPoint count nothing in tables, and no ends of paragraphs. */
function writtenIn(file: string, blocks: Document['blocks']): string {
  const written = (text: string) => text.replace(/\[([^\]]*)\]\([^)]*\)/g, '$1').replace(/^(?:\s*(?:-|\d+\.) )+/gm, '')
  if (!/\.(docx|pptx)$/.test(file)) return blocks.map(({ text }) => written(text)).join('\n')
  const counted = blocks.filter(({ kind, text }) => kind !== 'table' && !/^(Slide \d+|Notes)$/.test(text))
  return counted.map(({ text }) => written(text).replaceAll('\n', '')).join('')
}

/** Column letters are ours, where a table has no names of its own. */
function cellsIn(blocks: Document['blocks']): number {
  let cells = 0
  for (const { kind, text, place } of blocks) {
    if (place?.kind !== 'cells') continue
    const rows = text.split('\n').map((line) => line.replace(/^\| | \|$/g, '').split(' | '))
    if (kind === 'table') rows.splice(1, 1)
    const named = rows[0]?.every((name) => /^[A-Z]{1,3}$/.test(name)) === true
    cells += rows
      .slice(kind === 'table' && named ? 1 : 0)
      .flat()
      .filter((cell) => cell.trim() !== '').length
  }
  return cells
}

export const isNear = ({ ours, reference }: Comparison) => Math.abs(ours - reference) <= reference * 0.1
