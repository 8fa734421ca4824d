import type { Stretch } from './finding.ts'

type Table = { readonly start: number; readonly end: number; readonly headers: readonly string[] }

/** The tables of a text, as lines with bars: what stands in their first line says what the cells below it are. */
export function tablesOf(text: string) {
  const tables: Table[] = []
  for (const { 0: lines, index } of text.matchAll(/^\|.*\|[^\S\n]*(?:\n\|.*\|[^\S\n]*)+$/gm)) {
    const [head = ''] = lines.split('\n', 1)
    tables.push({
      start: index + head.length,
      end: index + lines.length,
      headers: cellsOf(head).map(({ shown }) => shown),
    })
  }
  // Places are asked for in order, mostly: a row is counted through once, however long it is.
  let reached = { at: 0, column: -1 }
  return {
    /** What stands above the cell that this place is in; empty where it is in none. */
    headerAt(place: number): string {
      const table = tables[lastBefore(tables, place)]
      if (!table || place >= table.end) return ''
      let { at, column } = reached.at > place || reached.at < table.start ? { at: table.start, column: -1 } : reached
      for (; at < place; at++) {
        if (text[at] === '\n') column = -1
        else if (text[at] === '|') column++
      }
      reached = { at, column }
      return table.headers[column] ?? ''
    },
    /** The cells below headers that match. */
    *cellsBelow(header: RegExp): Generator<Stretch> {
      for (const { start, end, headers } of tables) {
        const wanted = headers.map((shown) => header.test(shown))
        if (!wanted.includes(true)) continue
        let at = start + 1
        for (const line of text.slice(at, end).split('\n')) {
          for (const [column, cell] of cellsOf(line).entries()) {
            if (wanted[column] && cell.shown !== '') yield [at + cell.start, at + cell.start + cell.shown.length]
          }
          at += line.length + 1
        }
      }
    },
  }
}

function cellsOf(line: string): { shown: string; start: number }[] {
  let at = line.indexOf('|') + 1
  const cells = line.slice(at, line.lastIndexOf('|')).split('|')
  return cells.map((cell) => {
    const start = at + cell.length - cell.trimStart().length
    at += cell.length + 1
    return { shown: cell.trim(), start }
  })
}

/** The place of the last one that starts before `at`; -1 where none does. */
function lastBefore(tables: readonly Table[], at: number): number {
  let [low, high] = [-1, tables.length - 1]
  while (low < high) {
    const middle = Math.ceil((low + high) / 2)
    if ((tables[middle]?.start ?? 0) < at) low = middle
    else high = middle - 1
  }
  return low
}
