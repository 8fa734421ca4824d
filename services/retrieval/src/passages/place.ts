import type { Place } from '@tessera/shared/contracts/retrieval/passages'

/** What is counted, from 1. */
type Counted = Exclude<Place['kind'], 'cells'>

/** Where a block stands in its file. Each line of a table of cells keeps the row that it came from, so that a part of it can say where it stands. */
export type BlockPlace =
  | { readonly kind: Counted; readonly first: number; readonly last: number }
  | {
      readonly kind: 'cells'
      readonly sheet?: string
      /** Of each row below the head, in their order. */
      readonly rows: readonly number[]
      readonly firstColumn: number
      readonly lastColumn: number
    }

export const lines = (first: number, last: number): BlockPlace => ({ kind: 'lines', first, last })

export const onPage = (page: number): BlockPlace => ({ kind: 'pages', first: page, last: page })
export const onSlide = (slide: number): BlockPlace => ({ kind: 'slides', first: slide, last: slide })
export const inMessage = (message: number): BlockPlace => ({ kind: 'messages', first: message, last: message })

/** The place of a part of a block: `from` and `to` are the lines of the block's text that it holds, counted from 0. */
export function partOf(place: BlockPlace, kind: string, from: number, to: number): BlockPlace {
  // Of code, each line of the text is one of the source.
  if (place.kind === 'lines' && kind === 'code') return lines(place.first + from, place.first + to)
  if (place.kind !== 'cells') return place
  // A table's text begins with its head and the rule below it.
  return { ...place, rows: place.rows.slice(Math.max(0, from - 2), Math.max(1, to - 1)) }
}

/** From the first place to the last. What can't be joined (two sheets) is told by the first. */
export function joinPlaces(a: BlockPlace | undefined, b: BlockPlace | undefined): BlockPlace | undefined {
  if (!a || !b) return a ?? b
  if (a.kind === 'cells' && b.kind === 'cells' && a.sheet === b.sheet) {
    const firstColumn = Math.min(a.firstColumn, b.firstColumn)
    return { ...a, rows: [...a.rows, ...b.rows], firstColumn, lastColumn: Math.max(a.lastColumn, b.lastColumn) }
  }
  if (a.kind === 'cells' || b.kind === 'cells' || a.kind !== b.kind) return a
  return { kind: a.kind, first: Math.min(a.first, b.first), last: Math.max(a.last, b.last) }
}

/** As it is told: cells as spreadsheets name them. */
export function toldPlace(place: BlockPlace): Place {
  if (place.kind !== 'cells') return place
  const { sheet, rows, firstColumn, lastColumn } = place
  const [first = 1, last = first] = [rows[0], rows.at(-1)]
  return {
    kind: 'cells',
    ...(sheet !== undefined && { sheet }),
    range: `${columnName(firstColumn)}${first}:${columnName(lastColumn)}${last}`,
  }
}

/** 1 → A, 26 → Z, 27 → AA (ECMA-376 part 1, 18.3.1.4). */
export function columnName(column: number): string {
  const before = Math.floor((column - 1) / 26)
  return (before > 0 ? columnName(before) : '') + String.fromCharCode(65 + ((column - 1) % 26))
}
