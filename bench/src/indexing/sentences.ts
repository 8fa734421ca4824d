import { createRandom } from '../access/random.ts'
import { handbookPages, type Page } from '../retrieval/load.ts'

/** Long enough to be a passage by itself. */
const passageCharacters = 240

/** Documents of so many passages each, made of the sentences of the handbook in an order that nobody wrote: as many texts as are wanted, none like another, of words as people use them. */
export function* shuffledDocuments(documents: number, passagesEach: number): Generator<Page> {
  const random = createRandom(1)
  const sentences = handbookPages().flatMap(({ text }) => sentencesOf(text))
  for (let at = 0; at < documents; at++) {
    const passages = Array.from({ length: passagesEach }, (_, part) => {
      let text = ''
      while (text.length < passageCharacters) text += `${random.pick(sentences)} `
      return `## Part ${part}\n\n${text}`
    })
    yield { externalId: `shuffled/${at}`, text: `# Shuffled ${at}\n\n${passages.join('\n\n')}\n` }
  }
}

const sentencesOf = (text: string) =>
  text
    .split('\n')
    .filter((line) => /^[A-Z]/.test(line))
    .flatMap((line) => line.split(/(?<=[.!?])\s+/))
    .filter((sentence) => sentence.length > 30 && sentence.length < 200)
