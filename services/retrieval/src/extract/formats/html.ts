import type { Element, ElementContent, RootContent } from 'hast'
import { fromHtml } from 'hast-util-from-html'
import { lines } from '../../passages/place.ts'
import { Refused } from '../refused.ts'
import { type Block, linkText, oneLine, tableText, tidyLines } from '../block.ts'

const dropped = new Set(
  'script style nav template noscript iframe object embed svg math canvas audio video button input select textarea dialog'.split(
    ' ',
  ),
)
const containers = new Set(
  'html body main article section div header footer aside figure figcaption details summary form fieldset address center dl dt dd hgroup tbody thead tfoot tr td th'.split(
    ' ',
  ),
)

/** The readable text of an HTML page or fragment, in blocks. Scripts, styles, navigation and what the page itself hides are left out. */
export function blocksOfHtml(html: string): { title: string | undefined; blocks: Block[] } {
  const root = parseHtml(html)
  refuseDepth(root.children)
  const blocks: Block[] = []
  const page: Page = { title: undefined, blocks }
  collect(readablePart(root.children), page)
  return { title: page.title, blocks: blocks.filter((block) => block.text !== '') }
}

function parseHtml(html: string) {
  try {
    return fromHtml(html)
  } catch (error) {
    if (error instanceof RangeError) throw tooDeep()
    throw error
  }
}

/** Markup that is nested deeper than any page would take the stack or the time of everybody else. */
const maxDepth = 300
const tooDeep = () => new Refused('too-deep', 'The markup is nested too deeply.')

function refuseDepth(nodes: readonly Node[]): void {
  let level: readonly Node[] = nodes
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > maxDepth) throw tooDeep()
    level = level.flatMap((node) => (node.type === 'element' ? node.children : []))
  }
}

/** What a page has beside its text. */
const rolesBeside = new Set(['navigation', 'banner', 'contentinfo', 'search', 'complementary'])
const minMainCharacters = 100

/** The title, and the main part where a page says which one it is: the rest of it stands on every page of its site. */
function readablePart(nodes: readonly Node[]): readonly Node[] {
  const mains = findAll(nodes, ({ tagName, properties }) => tagName === 'main' || properties.role === 'main')
  const isLong = mains.reduce((sum, main) => sum + rawText(main.children).trim().length, 0) >= minMainCharacters
  return isLong ? [...findAll(nodes, ({ tagName }) => tagName === 'head'), ...mains] : nodes
}

/** The outermost elements of a kind. */
const findAll = (nodes: readonly Node[], isOne: (element: Element) => boolean): Element[] =>
  nodes.flatMap((node) =>
    node.type !== 'element' || isHidden(node) ? [] : isOne(node) ? [node] : findAll(node.children, isOne),
  )

type Page = { title: string | undefined; readonly blocks: Block[] }
type Node = RootContent | ElementContent

/** Inline content between two blocks is a paragraph of its own. */
function collect(nodes: readonly Node[], page: Page): void {
  let loose: Node[] = []
  const flush = () => {
    page.blocks.push({ kind: 'paragraph', text: textOf(loose), ...linesOf(loose) })
    loose = []
  }
  for (const node of nodes) {
    if (node.type !== 'element' || !isBlock(node)) {
      loose.push(node)
      continue
    }
    flush()
    if (!isHidden(node) && !isBeside(node)) readBlock(node, page)
  }
  flush()
}

/** Where some nodes stand in the source. */
function linesOf(nodes: readonly Node[]) {
  const first = nodes.find(({ position }) => position)?.position?.start.line
  const last = nodes.findLast(({ position }) => position)?.position?.end.line
  return first === undefined || last === undefined ? {} : { place: lines(first, last) }
}

const blockNames = new Set('head p ul ol menu pre blockquote table hr h1 h2 h3 h4 h5 h6'.split(' '))
const knownBlocks = new WeakMap<Element, boolean>()

/** Also an inline element that holds blocks (`<a><div>…`, `<span><p>…`): it is read through. */
function isBlock(element: Element): boolean {
  const known = knownBlocks.get(element)
  if (known !== undefined) return known
  const { tagName, children } = element
  const block =
    containers.has(tagName) ||
    blockNames.has(tagName) ||
    children.some((child) => child.type === 'element' && isBlock(child))
  knownBlocks.set(element, block)
  return block
}

function readBlock(element: Element, page: Page): void {
  const { tagName, children } = element
  const take = (block: Block) => void page.blocks.push({ ...block, ...linesOf([element]) })
  if (/^h[1-6]$/.test(tagName)) {
    return take({ kind: 'heading', level: Number(tagName.slice(1)), text: oneLine(textOf(children)) })
  }
  switch (tagName) {
    case 'head': {
      const title = children.find((child) => child.type === 'element' && child.tagName === 'title')
      if (title) page.title ??= textOf([title])
      return
    }
    case 'p':
      return take({ kind: 'paragraph', text: textOf(children) })
    case 'ul':
    case 'ol':
    case 'menu':
      return take({ kind: 'list', text: listText(element) })
    case 'pre':
      return take({ kind: 'code', text: tidyLines(rawText(children)) })
    case 'blockquote':
      return take({ kind: 'quote', text: textOf(children) })
    case 'table':
      if (isLayout(element)) return collect(children, page)
      return take({ kind: 'table', text: tableText(rowsOf(element)) })
    case 'hr':
      return
    default:
      collect(children, page)
  }
}

const isBeside = ({ tagName, properties }: Element) =>
  tagName === 'footer' || rolesBeside.has(String(properties.role ?? ''))

const isHidden = ({ tagName, properties }: Element) =>
  dropped.has(tagName) ||
  (properties.hidden !== undefined && properties.hidden !== false) ||
  properties.ariaHidden === 'true' ||
  (typeof properties.style === 'string' && /display\s*:\s*none|visibility\s*:\s*hidden/i.test(properties.style))

function listText(list: Element): string {
  let number = Number(list.properties.start ?? 1)
  const items: string[] = []
  for (const item of list.children) {
    if (item.type !== 'element' || isHidden(item)) continue
    const marker = list.tagName === 'ol' ? `${number++}. ` : '- '
    const text = (item.tagName === 'li' ? textOf(item.children) : textOf([item])).replaceAll('\n\n', '\n')
    // An item of nothing but a list is only a step further in.
    if (text !== '' && isListOnly(item))
      items.push(' '.repeat(marker.length) + text.replaceAll('\n', `\n${' '.repeat(marker.length)}`))
    else if (text !== '') items.push(marker + text.replaceAll('\n', `\n${' '.repeat(marker.length)}`))
  }
  return items.join('\n')
}

/** A table around tables, or of one column, puts things in their places on the screen and says nothing by itself. */
const isLayout = (table: Element) =>
  table.properties.role === 'presentation' ||
  findAll(table.children, ({ tagName }) => tagName === 'table').length > 0 ||
  findAll(table.children, ({ tagName }) => tagName === 'tr').every(
    ({ children }) => children.filter((cell) => cell.type === 'element').length < 2,
  )

const isList = (node: Node) => node.type === 'element' && /^(ul|ol|menu)$/.test(node.tagName)
const isListOnly = ({ children }: Element) =>
  children.some(isList) &&
  children.every((child) => isList(child) || (child.type === 'text' && child.value.trim() === ''))

function rowsOf(element: Element): string[][] {
  const rows: string[][] = []
  for (const child of element.children) {
    if (child.type !== 'element' || isHidden(child)) continue
    if (child.tagName === 'tr') rows.push(cellsOf(child))
    else rows.push(...rowsOf(child))
  }
  return rows
}

const cellsOf = (row: Element) =>
  row.children
    .filter((cell) => cell.type === 'element')
    .map((cell) => oneLine(textOf(cell.children)).replaceAll('|', '/'))

/** Text as a reader sees it: runs of white space are one space, `<br>` and blocks end lines, links keep the addresses of the web. */
function textOf(nodes: readonly Node[]): string {
  return tidyLines(
    inline(nodes)
      .replace(/[^\S\n\u2028]+/g, ' ')
      .replace(/ ?\n ?/g, ' ')
      .replace(/ ?\u2028 ?/g, '\n'),
  ).trim()
}

// Line ends of the source are white space in HTML; those that count are carried as line separators until `textOf` is done.
const lineEnd = '\u2028'

function inline(nodes: readonly Node[]): string {
  return nodes.map(inlineNode).join('')
}

function inlineNode(node: Node): string {
  if (node.type === 'text') return node.value.replaceAll(lineEnd, ' ')
  if (node.type !== 'element' || isHidden(node)) return ''
  switch (node.tagName) {
    case 'br':
      return lineEnd
    case 'img':
      return String(node.properties.alt ?? '')
    case 'a':
      return linkText(oneLine(inline(node.children)), String(node.properties.href ?? ''))
    case 'ul':
    case 'ol':
    case 'menu':
      return between(listText(node))
    case 'table':
      return between(tableText(rowsOf(node)))
    case 'pre':
      return between(rawText(node.children))
    default:
      return isBlock(node) ? `${lineEnd}${inline(node.children)}${lineEnd}` : inline(node.children)
  }
}

const between = (text: string) => `${lineEnd}${text.replaceAll('\n', lineEnd)}${lineEnd}`

function rawText(nodes: readonly Node[]): string {
  return nodes
    .map((node) => {
      if (node.type === 'text') return node.value
      return node.type === 'element' && !isHidden(node) ? rawText(node.children) : ''
    })
    .join('')
}
