import type { BlockPlace } from '../passages/place.ts'

/** The parts that a document is normalised to, whatever it was written in. Their place in the list is their position, counted from 0. */
export type Block = (
  | { readonly kind: 'heading'; readonly level: number; readonly text: string }
  | { readonly kind: 'paragraph' | 'list' | 'code' | 'table' | 'quote'; readonly text: string }
) & {
  /** Where in the file it stands. */
  readonly place?: BlockPlace
}

/** Roughly how many tokens a model counts for a text: a quarter of its characters. */
export const estimateTokens = (text: string) => Math.ceil(text.length / 4)

/** Runs of white space become one space. */
export const oneLine = (text: string) => text.replace(/\s+/g, ' ').trim()

/** Blank lines pile up where markup was dropped; one is enough. Line by line, because a pattern for trailing blanks is quadratic. */
export const tidyLines = (text: string) => (text.includes('\n') ? tidyEach(text) : text.trimEnd())

const tidyEach = (text: string) =>
  text
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n')
    .replace(/\n{3,}/g, '\n\n')
    .replace(/^\n+|\n+$/g, '')

/**
 * A link as it stands in a passage. Addresses of the web are kept, because an answer may show a link only if it stands in a passage
 * (ARCHITECTURE.md section 8); relative ones lead nowhere outside their source.
 */
export function linkText(text: string, href: string): string {
  if (!/^https?:\/\//i.test(href)) return text
  return text === '' || text === href ? href : `[${text}](${href})`
}

export function tableText(rows: readonly (readonly string[])[]): string {
  const [head, ...body] = rows.filter((row) => row.some((cell) => cell !== ''))
  if (!head) return ''
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`
  return [line(head), line(head.map(() => '---')), ...body.map(line)].join('\n')
}
