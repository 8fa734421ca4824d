import { globSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { detect } from '../src/detect.ts'

const pages = fileURLToPath(new URL('../../../samples/handbook/pages/', import.meta.url))

/** What is found in the sample handbook, once for each page: page, kind and text. */
export const foundInHandbook = (): string[] =>
  globSync('**/*.md', { cwd: pages })
    .toSorted()
    .flatMap((page) => {
      const text = readFileSync(`${pages}/${page}`, 'utf8').normalize('NFC')
      return [...new Set(detect(text).map(({ kind, start, end }) => `${page} ${kind} ${text.slice(start, end)}`))]
    })

/** The same as somebody looked through it: each line was judged to be what it is said to be, or begins with `wrong: `. */
export const reviewed = (): string[] =>
  readFileSync(new URL('labelled/handbook.txt', import.meta.url), 'utf8')
    .trimEnd()
    .split('\n')
