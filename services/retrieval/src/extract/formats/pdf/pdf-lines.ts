/** What pdf.js tells of a run of text; `transform` is the text matrix (ISO 32000-1, 9.4.4) in units of the page. */
export type Run = {
  readonly str: string
  readonly transform: readonly number[]
  readonly width: number
  readonly dir?: string
}

/** A line as it is seen. `x` and `y` are along and across its own direction, `y` growing downwards, so that turned text reads like any other. */
export type Line = {
  text: string
  readonly page: number
  readonly size: number
  readonly angle: number
  readonly x: number
  readonly y: number
  end: number
}

/** In parts of the font's size: runs closer than this belong to one word, and lines closer than this are one line. */
const [wordGap, sameLine, columnGap] = [0.2, 0.5, 4]

export const cellMark = ' | '

/** Joins the runs of a page to lines, in the order in which the page draws them: programs write in the order in which one reads, columns included. */
export function linesOf(runs: readonly Run[], page: number): Line[] {
  const lines: Line[] = []
  for (const run of runs) {
    const { text, size, angle, x, y, end } = placed(run, page)
    const last = lines.at(-1)
    if (text.trim() === '') {
      if (last && text !== '') last.text += ' '
    } else if (last && goesOn(last, { size, angle, x, y }, run.dir === 'rtl')) {
      last.text += between(x - last.end, size, last.text) + text
      last.end = end
    } else lines.push({ text, page, size, angle, x, y, end })
  }
  return lines
    .map((line) => ({ ...line, text: line.text.replace(/\s+/g, ' ').trim() }))
    .filter(({ text }) => text !== '')
}

function placed({ str, transform, width }: Run, page: number): Line {
  const [a = 1, b = 0, c = 0, d = 1, e = 0, f = 0] = transform
  const angle = Math.atan2(b, a)
  const [cos, sin] = [Math.cos(angle), Math.sin(angle)]
  const x = e * cos + f * sin
  return { text: str, page, size: Math.hypot(c, d), angle, x, y: e * sin - f * cos, end: x + width }
}

/** What is far to the right on the same line is another cell of a table. */
function between(gap: number, size: number, text: string): string {
  if (gap > columnGap * size) return cellMark
  return gap > wordGap * size && !/\s$/.test(text) ? ' ' : ''
}

function goesOn(
  line: Line,
  { size, angle, x, y }: Pick<Line, 'size' | 'angle' | 'x' | 'y'>,
  toTheLeft: boolean,
): boolean {
  if (Math.abs(angle - line.angle) > 0.02) return false
  if (Math.abs(y - line.y) > sameLine * Math.max(size, line.size)) return false
  return toTheLeft || x >= line.end - size
}

/** The size that most letters have. */
export function bodySize(lines: readonly Line[]): number {
  const letters = new Map<number, number>()
  for (const { size, text } of lines) letters.set(rounded(size), (letters.get(rounded(size)) ?? 0) + text.length)
  return [...letters].toSorted((a, b) => b[1] - a[1])[0]?.[0] ?? 0
}

export const rounded = (size: number) => Math.round(size * 2) / 2

/** How much larger than those of the text the letters of a heading are. */
export const headingScale = 1.15
