import { bodySize, headingScale, type Line } from './pdf-lines.ts'

/** Lines at the edge of a page that are looked at, from above and from below. */
const edgeLines = 2
const minPages = 3
/** A page of fewer lines is all edge. */
const minLines = 6
const minShare = 0.4

/** Without the heads and feet that pages repeat, numbers apart: what they say once is kept, a number alone is not. */
export function withoutRunningLines(pages: readonly (readonly Line[])[]): Line[][] {
  if (pages.length < minPages) return pages.map((lines) => [...lines])
  const counts = new Map<string, number>()
  // What is set larger than the text is a heading, if only of one page.
  const largest = bodySize(pages.flat()) * headingScale - 0.01
  const edges = pages.map((lines) => {
    if (lines.length < minLines) return new Set<Line>()
    const byHeight = lines.toSorted((a, b) => a.y - b.y)
    return new Set(
      [...byHeight.slice(0, edgeLines), ...byHeight.slice(-edgeLines)].filter(({ size }) => size <= largest),
    )
  })
  for (const edge of edges) {
    for (const key of new Set([...edge].map(keyOf))) counts.set(key, (counts.get(key) ?? 0) + 1)
  }
  const repeated = (line: Line) => (counts.get(keyOf(line)) ?? 0) >= Math.max(minPages, pages.length * minShare)
  const told = new Set<string>()
  return pages.map((lines, at) =>
    lines.filter((line) => {
      if (!edges[at]?.has(line) || !repeated(line)) return true
      const key = keyOf(line)
      const isFirst = !told.has(key) && /\p{L}/u.test(key)
      told.add(key)
      return isFirst
    }),
  )
}

const keyOf = ({ text }: Line) =>
  text
    .toLowerCase()
    .replace(/\d+/g, '#')
    .replace(/\b[ivxl]+\b$/, '#')
