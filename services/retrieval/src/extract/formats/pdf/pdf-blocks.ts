import type { Block } from '../../block.ts'
import { onPage } from '../../../passages/place.ts'
import { bodySize, cellMark, headingScale, type Line, rounded } from './pdf-lines.ts'

/** How long a heading may be, and how many levels of them are told apart. */
const [maxHeadingCharacters, maxHeadingLines, maxLevels] = [200, 3, 4]
const bullet = /^(?:[•◦▪●○■□‣∙·–*-]|\(?\d{1,2}[.)])\s/

/** Points of a list and rows of a table keep their lines. */
const standsAlone = ({ text }: Line) => bullet.test(text) || text.includes(cellMark)

type Paragraph = { readonly lines: Line[] }

/** Lines in reading order → paragraphs, lists, and headings, which are told by the size of their letters. */
export function blocksOfLines(lines: readonly Line[]): Block[] {
  const paragraphs = paragraphsOf(lines)
  const body = bodySize(lines)
  const sizes = [...new Set(paragraphs.filter((one) => isHeading(one, body)).map(sizeOf))].toSorted((a, b) => b - a)
  return paragraphs.map((paragraph): Block => {
    const text = joined(paragraph.lines)
    const place = onPage(paragraph.lines[0]?.page ?? 1)
    if (isHeading(paragraph, body)) {
      const level = Math.min(maxLevels, sizes.indexOf(sizeOf(paragraph)) + 1)
      return { kind: 'heading', level, text: text.replaceAll('\n', ' '), place }
    }
    return { kind: paragraph.lines.some(standsAlone) ? 'list' : 'paragraph', text, place }
  })
}

const sizeOf = ({ lines }: Paragraph) => rounded(lines[0]?.size ?? 0)

const isHeading = ({ lines }: Paragraph, body: number) =>
  rounded(lines[0]?.size ?? 0) >= body * headingScale &&
  lines.length <= maxHeadingLines &&
  lines.reduce((sum, { text }) => sum + text.length, 0) <= maxHeadingCharacters &&
  lines.some(({ text }) => /\p{L}/u.test(text))

function paragraphsOf(lines: readonly Line[]): Paragraph[] {
  const leading = usualLeading(lines)
  const paragraphs: Paragraph[] = []
  for (const line of lines) {
    const paragraph = paragraphs.at(-1)
    const last = paragraph?.lines.at(-1)
    const left = Math.min(...(paragraph?.lines ?? []).map(({ x }) => x))
    if (paragraph && last && isNext(last, line, leading) && !isIndented(last, line, left)) paragraph.lines.push(line)
    else paragraphs.push({ lines: [line] })
  }
  return paragraphs
}

/** From one line to the next, in parts of the font's size: the middle of what there is. */
function usualLeading(lines: readonly Line[]): number {
  const steps = lines.flatMap((line, at) => {
    const before = lines[at - 1]
    const step = before && before.page === line.page ? (line.y - before.y) / line.size : 0
    return step > 0.5 && step < 3 ? [step] : []
  })
  return steps.toSorted((a, b) => a - b)[Math.floor(steps.length / 2)] ?? 1.2
}

/** Where paragraphs have no space between them, their first lines begin further in. */
const isIndented = (last: Line, line: Line, left: number) =>
  last.page === line.page &&
  line.x - left > line.size * 0.8 &&
  line.x - left < line.size * 5 &&
  /[.!?:]["”’)]?$/.test(last.text) &&
  !bullet.test(line.text)

function isNext(last: Line, line: Line, leading: number): boolean {
  if (rounded(last.size) !== rounded(line.size) && Math.abs(last.size - line.size) > last.size * 0.08) return false
  // A page ends a paragraph, so that a passage can tell its page.
  if (last.page !== line.page) return false
  const step = (line.y - last.y) / line.size
  if (step > 0) return step < leading * 1.35 && Math.abs(line.angle - last.angle) < 0.02
  // The next column: a sentence that is not over goes on there.
  return /[\p{Ll},;–-]$/u.test(last.text) && /^[\p{Ll}(]/u.test(line.text)
}

/** Words that were divided at the end of a line are whole again; points of a list begin lines. */
function joined(lines: readonly Line[]): string {
  let text = ''
  let alone = false
  for (const line of lines) {
    const { text: next } = line
    if (text === '') text = next
    else if (standsAlone(line) || alone) text += `\n${next}`
    else if (/\p{Ll}-$/u.test(text) && /^\p{Ll}/u.test(next)) text = text.slice(0, -1) + next
    else text += ` ${next}`
    alone = next.includes(cellMark)
  }
  return text
}
