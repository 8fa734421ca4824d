import { type Block, oneLine, tableText } from '../../block.ts'
import { type BlockPlace, columnName } from '../../../passages/place.ts'

export type Cell = { readonly row: number; readonly column: number; readonly text: string; readonly isNumber: boolean }

type Row = readonly Cell[]

/** Cells in order of rows → a table for each stretch of rows without an empty one between. A stretch of one cell is a line of text. */
export function blocksOfCells(sheet: string, cells: readonly Cell[]): Block[] {
  const rows = [...Map.groupBy(cells, ({ row }) => row).values()]
  const blocks: Block[] = []
  let head: Row | undefined
  for (const stretch of stretchesOf(rows)) {
    const [first, ...rest] = stretch
    if (!first) continue
    if (rest.length > 0 && isHead(first, rest)) head = first
    else if (!coversSame(head, stretch)) head = undefined
    if (stretch.length === 1 && first.length === 1)
      blocks.push({ kind: 'paragraph', text: oneLine(first[0]?.text ?? ''), place: placeOf(sheet, stretch) })
    else blocks.push(tableOf(sheet, head, head === first ? rest : stretch))
  }
  return blocks
}

function stretchesOf(rows: readonly Row[]): Row[][] {
  const stretches: Row[][] = []
  let last = Number.NEGATIVE_INFINITY
  for (const row of rows) {
    const at = row[0]?.row ?? 0
    if (at > last + 1) stretches.push([])
    stretches.at(-1)?.push(row)
    last = at
  }
  return stretches.flatMap((stretch, at) => {
    if (isLoneHead(stretches[at - 1], stretch)) return []
    const next = stretches[at + 1]
    return [next && isLoneHead(stretch, next) ? [...stretch, ...next] : stretch]
  })
}

/** A row of names with an empty row below it. */
const isLoneHead = (above: readonly Row[] | undefined, below: readonly Row[]) =>
  above?.length === 1 && (above[0]?.length ?? 0) > 1 && isHead(above[0] ?? [], below) && coversSame(above[0], below)

/** Names of columns are words; a column of nothing but words has none. */
const isHead = (row: Row, rest: readonly Row[]) =>
  row.every(({ isNumber }) => !isNumber) &&
  (row.length > 1 || rest.some((below) => below.some(({ isNumber }) => isNumber)))

/** A table that goes on below an empty row still has its head. */
const coversSame = (head: Row | undefined, stretch: readonly Row[]) =>
  head !== undefined && stretch.every((row) => row.every(({ column }) => head.some((cell) => cell.column === column)))

const columnsOf = (rows: readonly Row[]): [number, number] => {
  let [first, last] = [Number.POSITIVE_INFINITY, 0]
  for (const row of rows) {
    for (const { column } of row) {
      first = Math.min(first, column)
      last = Math.max(last, column)
    }
  }
  return [first, last]
}

function placeOf(sheet: string, rows: readonly Row[]): BlockPlace {
  const [firstColumn, lastColumn] = columnsOf(rows)
  return { kind: 'cells', sheet, rows: rows.map((row) => row[0]?.row ?? 0), firstColumn, lastColumn }
}

/** Columns that nobody uses are left out: some sheets reach to column XFD. */
function tableOf(sheet: string, head: Row | undefined, body: readonly Row[]): Block {
  const used = [...new Set([...(head ?? []), ...body.flat()].map(({ column }) => column))].toSorted((a, b) => a - b)
  const line = (row: Row) => {
    const byColumn = new Map(row.map(({ column, text }) => [column, text]))
    return used.map((column) => oneLine(byColumn.get(column) ?? '').replaceAll('|', '/'))
  }
  // Without names of their own, columns have those that spreadsheets give them.
  const names = head ? line(head) : used.map(columnName)
  return { kind: 'table', text: tableText([names, ...body.map(line)]), place: placeOf(sheet, body) }
}
