import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { getDocument, PasswordException, VerbosityLevel } from 'pdfjs-dist/legacy/build/pdf.mjs'
import type { Block } from '../../block.ts'
import { Refused } from '../../refused.ts'
import { blocksOfLines } from './pdf-blocks.ts'
import { type Line, linesOf } from './pdf-lines.ts'
import { inReadingOrder } from './reading-order.ts'
import { withoutRunningLines } from './running-lines.ts'

const library = dirname(createRequire(import.meta.url).resolve('pdfjs-dist/package.json'))

/** The text of a PDF by pages, in reading order. A page that can't be read refuses the document: half of one would pass for the whole. */
export async function blocksOfPdf(bytes: Uint8Array): Promise<Block[]> {
  const loading = getDocument({
    data: new Uint8Array(bytes),
    verbosity: VerbosityLevel.ERRORS,
    useSystemFonts: false,
    disableFontFace: true,
    stopAtErrors: false,
    cMapUrl: join(library, 'cmaps/'),
    cMapPacked: true,
    standardFontDataUrl: join(library, 'standard_fonts/'),
  })
  try {
    const document = await loading.promise
    const pages: Line[][] = []
    for (let number = 1; number <= document.numPages; number++) {
      const page = await document.getPage(number)
      const { items } = await page.getTextContent()
      pages.push(
        linesOf(
          items.filter((item) => 'str' in item),
          number,
        ),
      )
      page.cleanup()
    }
    return blocksOfLines(withoutRunningLines(pages).flatMap(inReadingOrder))
  } catch (error) {
    if (error instanceof PasswordException) throw new Refused('encrypted', 'It is protected by a password.')
    throw error
  } finally {
    await loading.destroy()
  }
}
