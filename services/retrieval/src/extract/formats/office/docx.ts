import { zipSync } from 'fflate'
import mammoth from 'mammoth'
import { openArchive } from '../../archive/open-archive.ts'
import { readXml } from '../../archive/read-xml.ts'
import { drawingTexts } from '../../archive/drawing-text.ts'
import type { Block } from '../../block.ts'
import { blocksOfHtml } from '../html.ts'
import { Refused } from '../../refused.ts'

const isRead = (name: string) =>
  /\.(xml|rels)$/i.test(name) && !/^(customXml|docProps|word\/theme|word\/fontTable)/i.test(name)

/** Chapters, paragraphs, lists, tables, notes and text boxes of a document, by mammoth, which knows its styles; headers and footers stand on every page and are left out. */
export async function blocksOfDocx(bytes: Uint8Array): Promise<Block[]> {
  const parts = openArchive(bytes, isRead)
  if (![...parts.keys()].some((name) => /^word\/.*\.xml$/i.test(name)))
    throw new Refused('damaged', 'It has no document.')
  // What mammoth unpacks and parses without limits is looked through first, and given to it without its pictures.
  for (const [name, part] of parts) if (/\.xml$/i.test(name)) readXml(part, {})
  const safe = zipSync(Object.fromEntries(parts), { level: 0 })
  const { value } = await mammoth.convertToHtml(
    { buffer: Buffer.from(safe) },
    {
      convertImage: mammoth.images.imgElement(async () => ({ src: '' })),
      includeEmbeddedStyleMap: false,
      externalFileAccess: false,
      styleMap: ['comment-reference => sup'],
    },
  )
  const charts = [...parts].flatMap(([name, part]) =>
    /^word\/charts\/chart[^/]*\.xml$|^word\/diagrams\/data[^/]*\.xml$/i.test(name) ? drawingTexts(part) : [],
  )
  return [...withoutPlaces(blocksOfHtml(value).blocks), ...charts.map((text): Block => ({ kind: 'paragraph', text }))]
}

/** Lines of the HTML in between are no places of the file, and the arrows back from its notes are no text. */
const withoutPlaces = (blocks: readonly Block[]) =>
  blocks.map(({ place: _place, ...block }) => ({ ...block, text: block.text.replace(/ ?↑(?=\n|$)/g, '') }))
