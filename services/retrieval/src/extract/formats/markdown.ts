import MarkdownIt, { type Token } from 'markdown-it'
import { type Block, linkText, oneLine, tableText, tidyLines } from '../block.ts'
import { lines } from '../../passages/place.ts'
import { blocksOfHtml } from './html.ts'

// CommonMark with the tables and strikethrough of GitHub. markdown-it instead of mdast, because its time is linear in what it is given
// (4 KB of `- - - …` take micromark two seconds) and a twentieth in the ordinary case.
const parser = new MarkdownIt('commonmark').enable(['table', 'strikethrough'])

/**
 * The blocks of a Markdown text without its front matter, which took the first `linesBefore` lines. Lists, tables and quotes are one block each, with what is
 * nested in them.
 */
export function blocksOfMarkdown(text: string, linesBefore = 0): Block[] {
  const cursor = { tokens: parser.parse(text, {}), at: 0 }
  const source = text.split('\n')
  const blocks: Block[] = []
  while (cursor.at < cursor.tokens.length) {
    const [first, last] = linesOf(cursor.tokens[cursor.at], source)
    const place = lines(linesBefore + first, linesBefore + last)
    for (const block of takeBlocks(cursor)) if (block.text !== '') blocks.push({ ...block, place })
  }
  return blocks
}

/** From 1. The parser counts from 0, names the line after the last, and takes blank lines into a list; the fences of code are none of its lines. */
function linesOf(token: Token | undefined, source: readonly string[]): [number, number] {
  const [from = 0, end = from + 1] = token?.map ?? []
  if (token?.type === 'fence') return [from + 2, from + Math.max(2, token.content.split('\n').length)]
  let last = end
  while (last > from + 1 && source[last - 1]?.trim() === '') last--
  return [from + 1, last]
}

type Cursor = { readonly tokens: readonly Token[]; at: number }

function takeBlocks(cursor: Cursor): Block[] {
  const token = cursor.tokens[cursor.at++]
  switch (token?.type) {
    case 'heading_open':
      return [{ kind: 'heading', level: Number(token.tag.slice(1)), text: oneLine(takeText(cursor, 'heading_close')) }]
    case 'paragraph_open':
      return [{ kind: 'paragraph', text: takeText(cursor, 'paragraph_close') }]
    case 'bullet_list_open':
    case 'ordered_list_open':
      return [{ kind: 'list', text: takeList(cursor, token) }]
    case 'blockquote_open':
      return [{ kind: 'quote', text: takeText(cursor, 'blockquote_close') }]
    case 'table_open':
      return [{ kind: 'table', text: takeTable(cursor) }]
    case 'fence':
    case 'code_block':
      return [{ kind: 'code', text: tidyLines(token.content) }]
    case 'html_block':
      return isOnlyMarkup(token.content) ? [] : blocksOfHtml(token.content).blocks
    case 'inline':
      return [{ kind: 'paragraph', text: inlineText(token) }]
    default:
      return []
  }
}

/** Comments and anchors are most of the HTML in Markdown; to see that they hold no text takes no parser. What is in doubt, the parser decides. */
function isOnlyMarkup(html: string): boolean {
  if (/\balt\b/i.test(html)) return false
  let at = 0
  while (at < html.length) {
    if (html.charAt(at).trim() === '') {
      at++
      continue
    }
    const end = html.startsWith('<!--', at) ? '-->' : '>'
    const endsAt = html.charAt(at) === '<' ? html.indexOf(end, at) : -1
    if (endsAt === -1) return false
    at = endsAt + end.length
  }
  return true
}

/** What lies before the closing token, as text: one paragraph or item after the other. */
function takeText(cursor: Cursor, close: string): string {
  const parts: string[] = []
  while (cursor.at < cursor.tokens.length && cursor.tokens[cursor.at]?.type !== close) {
    for (const block of takeBlocks(cursor)) parts.push(block.text)
  }
  cursor.at++
  return tidyLines(parts.filter((part) => part !== '').join('\n\n'))
}

function takeList(cursor: Cursor, open: Token): string {
  const close = open.type.replace('_open', '_close')
  const items: string[] = []
  while (cursor.at < cursor.tokens.length) {
    const token = cursor.tokens[cursor.at++]
    if (token?.type === close) break
    if (token?.type !== 'list_item_open') continue
    const marker = open.type === 'ordered_list_open' ? `${token.info}${token.markup} ` : '- '
    const text = takeText(cursor, 'list_item_close').replaceAll('\n\n', '\n')
    if (text !== '') items.push(marker + text.replaceAll('\n', `\n${' '.repeat(marker.length)}`))
  }
  return items.join('\n')
}

function takeTable(cursor: Cursor): string {
  const rows: string[][] = []
  while (cursor.at < cursor.tokens.length) {
    const token = cursor.tokens[cursor.at++]
    if (token?.type === 'table_close') break
    if (token?.type === 'tr_open') rows.push([])
    if (token?.type === 'inline') rows.at(-1)?.push(oneLine(inlineText(token)).replaceAll('|', '/'))
  }
  return tableText(rows)
}

function inlineText(token: Token): string {
  const links: { href: string; from: number }[] = []
  let text = ''
  for (const child of token.children ?? []) {
    if (child.type === 'link_open') links.push({ href: String(child.attrGet('href') ?? ''), from: text.length })
    else if (child.type === 'link_close') {
      const link = links.pop()
      if (link) text = text.slice(0, link.from) + linkText(text.slice(link.from), link.href)
    } else text += plainText(child)
  }
  return tidyLines(text)
}

function plainText(token: Token): string {
  switch (token.type) {
    case 'text':
    case 'code_inline':
    case 'image':
    case 'text_special':
      return token.content
    case 'softbreak':
      return ' '
    case 'hardbreak':
      return '\n'
    case 'html_inline':
      return /^<br\b/i.test(token.content) ? '\n' : ''
    default:
      return ''
  }
}
