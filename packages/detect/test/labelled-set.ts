import { readFileSync } from 'node:fs'
import { type Finding, kinds } from '../src/finding.ts'

/** A text with what is sensitive in it. `tuned`: the detectors were adjusted on it; the others were only ever counted. */
export type Labelled = { readonly text: string; readonly labels: readonly Finding[]; readonly tuned: boolean }

const folder = new URL('labelled/', import.meta.url)
/** `[[kind:what is sensitive]]` */
const label = new RegExp(`\\[\\[(${kinds.join('|')}):(.*?)\\]\\]`, 'su')

/** The labelled set: a file for each kind, a text for each line, in which `⏎` breaks the line. */
export function readLabelled(): Labelled[] {
  return kinds.flatMap((kind) =>
    readFileSync(new URL(`${kind}.txt`, folder), 'utf8')
      .trimEnd()
      .split('\n')
      .map((line, at) => ({ ...parse(line.replaceAll('⏎', '\n')), tuned: at % 2 === 0 })),
  )
}

function parse(marked: string): Pick<Labelled, 'text' | 'labels'> {
  const labels: Finding[] = []
  let text = marked
  for (let found = label.exec(text); found; found = label.exec(text)) {
    const { 0: whole, 1: kind = '', 2: shown = '', index } = found
    labels.push({ kind: kinds.find((one) => one === kind) ?? 'email', start: index, end: index + shown.length })
    text = text.slice(0, index) + shown + text.slice(index + whole.length)
  }
  return { text, labels }
}
