const segmenter = new Intl.Segmenter('en', { granularity: 'sentence' })

/** Shorter pieces are headings, list markers or ends of abbreviations, not statements. */
const MIN_WORDS = 3

/**
 * The sentences of a passage, as they stand there, without Markdown: of a link its text, of a table row its cells. A line ends a sentence where the next one
 * begins a block (a list item, a heading, a table row) or an empty line follows.
 */
export function sentencesOf(text: string): string[] {
  return blocksOf(withoutMarkup(text)).flatMap((block) => {
    const sentences: string[] = []
    for (const { segment } of segmenter.segment(block)) {
      const sentence = segment.trim()
      const last = sentences.at(-1)
      // What follows an abbreviation is no new sentence.
      if (last !== undefined && /\b(e\.g|i\.e|etc|vs|Mr|Ms|Dr|no|approx)\.$/i.test(last)) {
        sentences[sentences.length - 1] = `${last} ${sentence}`
      } else sentences.push(sentence)
    }
    return sentences.filter(
      (sentence) => sentence.split(/\s+/).length >= MIN_WORDS || !/^[\p{ASCII}]*$/u.test(sentence),
    )
  })
}

const withoutMarkup = (text: string) =>
  text
    .replaceAll(/<!--[\s\S]*?-->/g, ' ')
    .replaceAll(/!?\[([^[\]]*)\]\([^()\s]*(?:\s+"[^"]*")?\)/g, '$1')
    .replaceAll(/<\/?[a-z][^<>]*>/gi, ' ')
    .replaceAll(/\*\*|__|`/g, '')

function blocksOf(text: string): string[] {
  const blocks: string[] = []
  let isOpen = false
  for (const line of text.split(/\r\n|\r|\n/)) {
    const bare = line.replace(/^\s*(#{1,6}\s+|[-*+]\s+(\[[ x]\]\s+)?|\d{1,3}[.)]\s+|>\s*)*/i, '').trim()
    const isRow = bare.startsWith('|')
    const beginsBlock = bare !== line.trim() || isRow
    const isRule = /^[\s|:=*_-]*$/.test(bare)
    if (isRule) {
      isOpen = false
      continue
    }
    if (isOpen && !beginsBlock) blocks[blocks.length - 1] += ` ${bare}`
    else blocks.push(isRow ? cellsOf(bare) : bare)
    isOpen = !isRow && !/^\s*#{1,6}\s/.test(line)
  }
  return blocks
}

const cellsOf = (row: string) =>
  row
    .split('|')
    .map((cell) => cell.trim())
    .filter((cell) => cell !== '')
    .join(' | ')
