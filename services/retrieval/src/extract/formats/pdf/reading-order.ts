import type { Line } from './pdf-lines.ts'

/** How wide the space between columns is at least and how far apart lines are that do not belong together, in parts of the letters' size; how many lines make a column. */
const [gutterSize, farBelow, minColumnLines] = [1.5, 8, 2]

/**
 * The lines of a page as one reads them. Most programs draw them so, columns and tables included, and then their order is kept. Where it jumps upwards within a column, the page
 * is cut into columns and bands between them instead.
 */
export function inReadingOrder(lines: readonly Line[]): readonly Line[] {
  return lines.some((line, at) => isJump(lines[at - 1], line))
    ? cut(lines.toSorted((a, b) => a.y - b.y || a.x - b.x))
    : lines
}

/** Upwards, to something that stands above what was drawn last. A head or foot that is drawn at the end is a jump as well, and does no harm. */
const isJump = (last: Line | undefined, line: Line) =>
  last !== undefined &&
  sameDirection(last, line) &&
  line.y < last.y - line.size &&
  line.x < last.end &&
  line.end > last.x

const sameDirection = (a: Line, b: Line) => Math.abs(a.angle - b.angle) < 0.02

/** Lines from above to below: what spans the page, then the columns below it, then what follows. */
function cut(lines: readonly Line[]): readonly Line[] {
  for (let from = 0; from + 2 * minColumnLines <= lines.length; from++) {
    let columns = columnsOf(lines.slice(from, from + 2 * minColumnLines))
    if (!columns) continue
    let to = from + 2 * minColumnLines
    for (; to < lines.length && isNear(lines[to - 1], lines[to]); to++) {
      const more = columnsOf(lines.slice(from, to + 1))
      if (!more) break
      columns = more
    }
    return [...lines.slice(0, from), ...cut(columns.left), ...cut(columns.right), ...cut(lines.slice(to))]
  }
  return lines
}

/** What is far below columns belongs to none of them: a foot of the page, mostly. */
const isNear = (above: Line | undefined, line: Line | undefined) =>
  above !== undefined && line !== undefined && line.y - above.y < farBelow * line.size

/** What stands left and right of a gutter that runs through all of these lines. */
function columnsOf(lines: readonly Line[]): { left: Line[]; right: Line[] } | undefined {
  let end = Number.NEGATIVE_INFINITY
  const byLeft = lines.toSorted((a, b) => a.x - b.x)
  for (const [at, line] of byLeft.entries()) {
    if (at >= minColumnLines && byLeft.length - at >= minColumnLines && line.x - end > gutterSize * line.size) {
      const right = new Set(byLeft.slice(at))
      return { left: lines.filter((one) => !right.has(one)), right: lines.filter((one) => right.has(one)) }
    }
    end = Math.max(end, line.end)
  }
  return undefined
}
