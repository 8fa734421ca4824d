import papaparse from 'papaparse'
import { type Block, oneLine, tableText } from '../block.ts'
import { columnName } from '../../passages/place.ts'

/** A table with its head. The separator is found out: half of Europe writes semicolons. Rows are counted as a spreadsheet counts them. */
export function blocksOfCsv(text: string, delimiter = ''): Block[] {
  const { data } = papaparse.parse<string[]>(text, { delimiter: delimiter === '' ? delimiterOf(text) : delimiter })
  const rows = data.map((cells, at) => ({
    row: at + 1,
    cells: cells.map((cell) => oneLine(cell).replaceAll('|', '/')),
  }))
  const [head, ...body] = rows.filter(({ cells }) => cells.some((cell) => cell !== ''))
  if (!head) return []
  const width = Math.max(head.cells.length, ...body.slice(0, 1000).map(({ cells }) => cells.length))
  const names = Array.from({ length: width }, (_, at) => head.cells[at] ?? columnName(at + 1))
  const place = {
    kind: 'cells' as const,
    rows: body.map(({ row }) => row),
    firstColumn: 1,
    lastColumn: width,
  }
  if (body.length === 0)
    return [{ kind: 'paragraph', text: head.cells.join(' | '), place: { ...place, rows: [head.row] } }]
  return [{ kind: 'table', text: tableText([names, ...body.map(({ cells }) => cells)]), place }]
}

const guessedFrom = 64 * 1024

/** By the first rows; empty ones have no separator to tell. */
const delimiterOf = (text: string) =>
  papaparse.parse(text.slice(0, guessedFrom), { preview: 20, skipEmptyLines: 'greedy' }).meta.delimiter
