import { oneLine } from '../block.ts'
import { readXml } from './read-xml.ts'

/** What is written in a drawing, a diagram or a chart: the paragraphs of DrawingML (`a:p` of runs `a:t`), and a chart's names and categories (`c:v` in strings). */
export function drawingTexts(bytes: Uint8Array): string[] {
  const texts: string[] = []
  let paragraph = ''
  let taken = false
  let inStrings = 0
  readXml(bytes, {
    open(name) {
      if (name === 'p') paragraph = ''
      if (name === 'br') paragraph += ' '
      if (name === 'strCache') inStrings++
      taken = name === 't' || (name === 'v' && inStrings > 0)
    },
    text(text) {
      if (taken) paragraph += text
    },
    close(name) {
      taken = false
      if (name === 'strCache') inStrings--
      if (name !== 'p' && !(name === 'v' && inStrings > 0)) return
      if (oneLine(paragraph) !== '') texts.push(oneLine(paragraph))
      paragraph = ''
    },
  })
  return texts
}
