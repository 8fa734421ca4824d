import { globSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../../samples/handbook/pages', import.meta.url))

/** Pages of the sample, over and over with a number in their title until there are `count`. */
export function handbookDocuments(count: number): { externalId: string; text: string }[] {
  const pages = globSync('**/*.md', { cwd: root }).toSorted()
  return Array.from({ length: count }, (_, index) => {
    const page = pages[index % pages.length] ?? ''
    const round = Math.floor(index / pages.length)
    const text = readFileSync(`${root}/${page}`, 'utf8')
    return { externalId: `${round}/${page}`, text: round === 0 ? text : `${text}\n\nCopy ${round}.\n` }
  })
}
