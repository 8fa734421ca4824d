import { openArchive } from '../../archive/open-archive.ts'
import { elements, findAll, findElement, type XmlNode, xmlTree } from '../../archive/read-xml.ts'
import { type Block, oneLine, tableText, tidyLines } from '../../block.ts'
import { Refused } from '../../refused.ts'

/** An OpenDocument text: headings with their levels, paragraphs, lists, tables, notes. */
export function blocksOfOdt(bytes: Uint8Array): Block[] {
  const parts = openArchive(bytes, (name) => name === 'content.xml' || name === 'META-INF/manifest.xml')
  const manifest = parts.get('META-INF/manifest.xml')
  if (manifest && findElement(xmlTree(manifest), 'encryption-data'))
    throw new Refused('encrypted', 'It is protected by a password.')
  const content = parts.get('content.xml')
  if (!content) throw new Refused('damaged', 'It has no content.')
  return blocksIn(findElement(findElement(xmlTree(content), 'body'), 'text')).filter(({ text }) => text !== '')
}

function blocksIn(parent: XmlNode | undefined): Block[] {
  return elements(parent).flatMap((node): Block[] => {
    switch (node.name) {
      case 'h':
        return [
          {
            kind: 'heading',
            level: Math.min(6, Number(node.attributes['text:outline-level'] ?? 1)),
            text: oneLine(textOf(node)),
          },
        ]
      case 'p':
        return [{ kind: 'paragraph', text: tidyLines(textOf(node)).trim() }, ...framesIn(node)]
      case 'list':
        return [{ kind: 'list', text: listText(node, 0) }]
      case 'table':
        return [{ kind: 'table', text: tableText(rowsOf(node)) }]
      case 'tracked-changes':
      case 'sequence-decls':
        return []
      default:
        return blocksIn(node)
    }
  })
}

/** Text boxes are anchored in paragraphs. */
const framesIn = (node: XmlNode) => findAll(node, 'text-box').flatMap((box) => blocksIn(box))

const listText = (list: XmlNode, depth: number): string =>
  elements(list)
    .flatMap((item) =>
      elements(item).map((part) =>
        part.name === 'list' ? listText(part, depth + 1) : `${'  '.repeat(depth)}- ${oneLine(textOf(part))}`,
      ),
    )
    .filter((line) => line.trim() !== '-')
    .join('\n')

const rowsOf = (table: XmlNode): string[][] =>
  elements(table).flatMap((node) => {
    if (node.name !== 'table-row') return node.name.startsWith('table-') ? rowsOf(node) : []
    return [
      elements(node, 'table-cell').map((cell) =>
        oneLine(
          blocksIn(cell)
            .map(({ text }) => text)
            .join(' '),
        ).replaceAll('|', '/'),
      ),
    ]
  })

/** White space is spelled out in OpenDocument (part 3, 6.1.3); what lies in a frame is no part of the line. */
function textOf(node: XmlNode): string {
  return node.children
    .map((child) => {
      if (typeof child === 'string') return child.replace(/\s+/g, ' ')
      switch (child.name) {
        case 's':
          return ' '.repeat(Math.min(100, Number(child.attributes['text:c'] ?? 1)))
        case 'tab':
          return ' '
        case 'line-break':
          return '\n'
        case 'frame':
        case 'annotation':
          return ''
        case 'note':
          return ` (${oneLine(textOf(findElement(child, 'note-body') ?? child))})`
        default:
          return textOf(child)
      }
    })
    .join('')
}
