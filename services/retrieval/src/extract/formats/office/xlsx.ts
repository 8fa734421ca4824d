import { drawingTexts } from '../../archive/drawing-text.ts'
import { openArchive } from '../../archive/open-archive.ts'
import { elements, findElement, readXml, xmlTree } from '../../archive/read-xml.ts'
import { relationsOf } from '../../archive/relations.ts'
import type { Block } from '../../block.ts'
import { Refused } from '../../refused.ts'
import { shownNumber } from './number-formats.ts'
import { type Cell, blocksOfCells } from './sheet-blocks.ts'

const isRead = (name: string) =>
  /^(xl\/(workbook|sharedStrings|styles|comments\d*|worksheets\/[^/]+|drawings\/[^/]+|charts\/chart[^/]*)\.xml|.*\.rels|\[Content_Types\]\.xml)$/i.test(
    name,
  )

/** A workbook: a section for each sheet, a table for each stretch of its rows, with its head. Numbers and dates read as their cells show them. */
export function blocksOfXlsx(bytes: Uint8Array): Block[] {
  const parts = openArchive(bytes, isRead)
  const root = relationsOf(parts, '').find(({ type }) => type === 'officeDocument')?.target ?? 'xl/workbook.xml'
  const workbook = parts.get(root)
  if (!workbook) throw new Refused('damaged', 'It has no workbook.')
  const tree = xmlTree(workbook)
  const relations = relationsOf(parts, root)
  const strings = stringsOf(parts.get(relations.find(({ type }) => type === 'sharedStrings')?.target ?? ''))
  const styles = stylesOf(parts.get(relations.find(({ type }) => type === 'styles')?.target ?? ''))
  const from1904 = ['1', 'true'].includes(findElement(tree, 'workbookPr')?.attributes['date1904'] ?? '')
  return elements(findElement(tree, 'sheets'), 'sheet').flatMap(({ attributes }) => {
    const path = relations.find(({ id }) => id === attributes['r:id'])?.target ?? ''
    const sheet = parts.get(path)
    if (!sheet) return []
    const name = attributes['name'] ?? ''
    const cells = cellsOf(sheet, { strings, styles, from1904 })
    const beside = relationsOf(parts, path).flatMap(({ type, target }) => textsBeside(parts, type, target))
    const blocks = [...blocksOfCells(name, cells), ...beside.map((text): Block => ({ kind: 'paragraph', text }))]
    return blocks.length === 0 ? [] : [{ kind: 'heading' as const, level: 1, text: name }, ...blocks]
  })
}

/** Comments, text boxes and charts lie over a sheet, in parts of their own. */
function textsBeside(parts: ReadonlyMap<string, Uint8Array>, type: string, target: string): string[] {
  const part = parts.get(target)
  if (!part) return []
  if (type === 'comments') return elements(findElement(xmlTree(part), 'commentList')).map((comment) => runsOf(comment))
  if (type === 'chart') return drawingTexts(part)
  if (type !== 'drawing') return []
  return [
    ...drawingTexts(part),
    ...relationsOf(parts, target).flatMap((next) => textsBeside(parts, next.type, next.target)),
  ]
}

const runsOf = (node: ReturnType<typeof elements>[number]): string =>
  node.children
    .map((child) =>
      typeof child === 'string' ? (node.name === 't' ? child : '') : child.name === 'rPh' ? '' : runsOf(child),
    )
    .join('')

const stringsOf = (part: Uint8Array | undefined): string[] => {
  const strings: string[] = []
  if (!part) return strings
  let text = ''
  let taken = false
  let phonetic = 0
  readXml(part, {
    open(name) {
      if (name === 'si') text = ''
      if (name === 'rPh') phonetic++
      taken = name === 't' && phonetic === 0
    },
    text(more) {
      if (taken) text += more
    },
    close(name) {
      taken = false
      if (name === 'rPh') phonetic--
      if (name === 'si') strings.push(text)
    },
  })
  return strings
}

type Styles = { readonly formatIds: readonly number[]; readonly custom: ReadonlyMap<number, string> }

function stylesOf(part: Uint8Array | undefined): Styles {
  if (!part) return { formatIds: [], custom: new Map() }
  const tree = xmlTree(part)
  const custom = elements(findElement(tree, 'numFmts'), 'numFmt').map(
    ({ attributes }) => [Number(attributes['numFmtId']), attributes['formatCode'] ?? ''] as const,
  )
  const formatIds = elements(findElement(tree, 'cellXfs'), 'xf').map(({ attributes }) =>
    Number(attributes['numFmtId'] ?? 0),
  )
  return { formatIds, custom: new Map(custom) }
}

/** Days between the two epochs of spreadsheets (ECMA-376 part 1, 18.17.4.1). */
const days1904 = 1462

type Book = { strings: readonly string[]; styles: Styles; from1904: boolean }

function cellsOf(sheet: Uint8Array, { strings, styles, from1904 }: Book): Cell[] {
  const cells: Cell[] = []
  let [row, column, value, kind, style] = [0, 0, '', '', 0]
  let taken = false
  const shown = (): Pick<Cell, 'text' | 'isNumber'> => {
    switch (kind) {
      case 's':
        return { text: strings[Number(value)] ?? '', isNumber: false }
      case 'b':
        return { text: value === '1' ? 'TRUE' : 'FALSE', isNumber: false }
      case '':
      case 'n': {
        const number = Number(value)
        if (!Number.isFinite(number)) return { text: value, isNumber: false }
        const formatId = styles.formatIds[style] ?? 0
        return {
          text: shownNumber(number + (from1904 && isDate(formatId, styles) ? days1904 : 0), formatId, styles.custom),
          isNumber: true,
        }
      }
      default:
        return { text: value, isNumber: false }
    }
  }
  readXml(sheet, {
    open(name, attributes) {
      if (name === 'row') {
        row = Number(attributes['r'] ?? row + 1)
        column = 0
      }
      if (name === 'c') {
        column = columnOf(attributes['r']) ?? column + 1
        kind = attributes['t'] ?? ''
        style = Number(attributes['s'] ?? 0)
        value = ''
      }
      taken = name === 'v' || name === 't'
    },
    text(text) {
      if (taken) value += text
    },
    close(name) {
      taken = false
      if (name !== 'c' || value.trim() === '') return
      const { text, isNumber } = shown()
      if (text.trim() !== '') cells.push({ row, column, text, isNumber })
    },
  })
  return cells
}

const isDate = (formatId: number, { custom }: Styles) =>
  (formatId >= 14 && formatId <= 22) ||
  (formatId >= 45 && formatId <= 47) ||
  /[ymdh]/i.test((custom.get(formatId) ?? '').replace(/\[[^\]]*\]|"[^"]*"/g, ''))

/** `AB12` → 28. */
function columnOf(reference: string | undefined): number | undefined {
  const letters = /^[A-Z]+/.exec(reference ?? '')?.[0]
  if (letters === undefined) return undefined
  return letters.split('').reduce((sum, letter) => sum * 26 + letter.charCodeAt(0) - 64, 0)
}
