import { drawingTexts } from '../../archive/drawing-text.ts'
import { openArchive } from '../../archive/open-archive.ts'
import { elements, findAll, findElement, type XmlNode, xmlTree } from '../../archive/read-xml.ts'
import { relationsOf } from '../../archive/relations.ts'
import { type Block, oneLine, tableText } from '../../block.ts'
import { onSlide } from '../../../passages/place.ts'
import { Refused } from '../../refused.ts'

const isRead = (name: string) =>
  /^(ppt\/(presentation|slides\/[^/]+|notesSlides\/[^/]+|charts\/chart[^/]*|diagrams\/data[^/]*|comments\/[^/]+)\.xml|.*\.rels|\[Content_Types\]\.xml)$/i.test(
    name,
  )

/** Slides in the order in which they are shown: title, texts, tables, diagrams, charts, and what the speaker noted. */
export function blocksOfPptx(bytes: Uint8Array): Block[] {
  const parts = openArchive(bytes, isRead)
  const root = relationsOf(parts, '').find(({ type }) => type === 'officeDocument')?.target ?? 'ppt/presentation.xml'
  const presentation = parts.get(root)
  if (!presentation) throw new Refused('damaged', 'It has no presentation.')
  const relations = relationsOf(parts, root)
  const shown = elements(findElement(xmlTree(presentation), 'sldIdLst'), 'sldId')
  const told = new Set<string>()
  return shown.flatMap(({ attributes }, at) => {
    const path = relations.find(({ id }) => id === attributes['r:id'])?.target ?? ''
    return slideBlocks(parts, path, at + 1, told).map((block) => ({ ...block, place: onSlide(at + 1) }))
  })
}

/** `told` are the texts that slides repeat (footers, dates), which are told once. */
function slideBlocks(parts: ReadonlyMap<string, Uint8Array>, path: string, number: number, told: Set<string>): Block[] {
  const slide = parts.get(path)
  if (!slide) return []
  const shapes = shapesOf(findElement(xmlTree(slide), 'spTree'))
  const title = shapes.find(({ placeholder }) => placeholder === 'title' || placeholder === 'ctrTitle')
  const beside = relationsOf(parts, path)
  const of = (type: string) => beside.flatMap((one) => (one.type === type ? (parts.get(one.target) ?? []) : []))
  const isNew = ({ text }: Block) => !told.has(text) && told.add(text) !== undefined
  const texts = [...of('diagramData'), ...of('chart'), ...of('comments')].flatMap((part) => textsBeside(part))
  const notes = of('notesSlide').flatMap((part) =>
    shapesOf(findElement(xmlTree(part), 'spTree')).flatMap(({ placeholder, blocks }) =>
      placeholder === 'body' ? blocks : [],
    ),
  )
  const blocks: Block[] = [
    ...shapes
      .filter((shape) => shape !== title)
      .flatMap(({ placeholder = '', blocks }) => (repeated.has(placeholder) ? blocks.filter(isNew) : blocks)),
    ...texts.map((text): Block => ({ kind: 'paragraph', text })),
    ...(notes.length > 0 ? [{ kind: 'heading' as const, level: 3, text: 'Notes' }, ...notes] : []),
  ]
  const name = oneLine(title?.blocks.map(({ text }) => text).join(' ') ?? '')
  if (blocks.length === 0 && name === '') return []
  return [{ kind: 'heading', level: 2, text: name === '' ? `Slide ${number}` : name }, ...blocks]
}

type Shape = { readonly placeholder: string | undefined; readonly blocks: Block[] }

const repeated = new Set(['dt', 'ftr', 'hdr'])
const saysNothing = new Set(['sldNum', 'sldImg'])

function shapesOf(tree: XmlNode | undefined): Shape[] {
  return elements(tree).flatMap((node): Shape[] => {
    switch (node.name) {
      case 'grpSp':
        return shapesOf(node)
      case 'AlternateContent':
        return shapesOf(elements(node, 'Choice')[0])
      case 'sp': {
        const placeholder = findElement(elements(node, 'nvSpPr')[0], 'ph')?.attributes['type']
        const isBody = findElement(elements(node, 'nvSpPr')[0], 'ph') !== undefined && placeholder === undefined
        if (placeholder !== undefined && saysNothing.has(placeholder)) return []
        return [{ placeholder: isBody ? 'body' : placeholder, blocks: textBlocks(elements(node, 'txBody')[0]) }]
      }
      case 'graphicFrame': {
        const rows = findAll(node, 'tbl').flatMap((table) =>
          elements(table, 'tr').map((row) => elements(row, 'tc').map(cellText)),
        )
        return rows.length === 0 ? [] : [{ placeholder: undefined, blocks: [{ kind: 'table', text: tableText(rows) }] }]
      }
      default:
        return []
    }
  })
}

const cellText = (cell: XmlNode) =>
  oneLine(
    textBlocks(elements(cell, 'txBody')[0])
      .map(({ text }) => text)
      .join(' '),
  ).replaceAll('|', '/')

/** Paragraphs of one text frame; several of them are points of a list. */
function textBlocks(body: XmlNode | undefined): Block[] {
  const paragraphs = elements(body, 'p').map((paragraph) => ({
    level: Number(elements(paragraph, 'pPr')[0]?.attributes['lvl'] ?? 0),
    text: oneLine(paragraphText(paragraph)),
  }))
  const written = paragraphs.filter(({ text }) => text !== '')
  const [first] = written
  if (!first) return []
  if (written.length === 1) return [{ kind: 'paragraph', text: first.text }]
  return [
    { kind: 'list', text: written.map(({ level, text }) => `${'  '.repeat(Math.min(level, 8))}- ${text}`).join('\n') },
  ]
}

const paragraphText = (paragraph: XmlNode): string =>
  elements(paragraph)
    .map((run) => {
      if (run.name === 'br') return ' '
      if (run.name !== 'r' && run.name !== 'fld') return ''
      return elements(run, 't')
        .flatMap(({ children }) => children.filter((child) => typeof child === 'string'))
        .join('')
    })
    .join('')

/** Comments have their text in `text`, diagrams and charts in DrawingML. */
function textsBeside(part: Uint8Array): string[] {
  const drawn = drawingTexts(part)
  if (drawn.length > 0) return drawn
  return findAll(xmlTree(part), 'text').map(({ children }) =>
    oneLine(children.filter((child) => typeof child === 'string').join('')),
  )
}
