import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import picomatch from 'picomatch'
import { parse } from 'yaml'

/**
 * An independent, deliberately plain reading of the sample's access file, so that neither the sample nor the leak test is judged by the
 * code that they are there to test.
 */
type Group = { title?: string; members?: string[]; groups?: string[] }
export type Rule = { path: string; allow?: string[]; deny?: string[] }
type Access = { version: number; groups: Record<string, Group>; rules: Rule[] }
export type Person = { id: string; name: string; guest: boolean }
export type Questions = {
  demo: { question: string; people: [string, string]; pages: Record<string, string[]> }
  questions: { question: string; pages: string[] }[]
}

export const here = import.meta.dirname
export const root = path.join(here, 'pages')
const readJson = <T>(name: string): T => JSON.parse(readFileSync(path.join(here, name), 'utf8'))

export const access: Access = parse(readFileSync(path.join(root, 'access.yaml'), 'utf8'))
export const people = readJson<Person[]>('people.json')
export const { demo, questions } = readJson<Questions>('questions.json')
export const pages = readdirSync(root, { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.md'))
  .map((name) => name.split(path.sep).join('/'))
export const textOf = (page: string) => readFileSync(path.join(root, page), 'utf8')

/** The groups that cover a person, at any depth. */
export function groupsOf(person: string): Set<string> {
  const covering = new Set<string>()
  for (let before = -1; before !== covering.size; ) {
    before = covering.size
    for (const [name, group] of Object.entries(access.groups)) {
      if (group.members?.includes(person) || group.groups?.some((inner) => covering.has(inner))) covering.add(name)
    }
  }
  return covering
}

const literalDepth = (pattern: string) => {
  const folders = pattern.split('/').slice(0, -1)
  const wild = folders.findIndex((folder) => /[*?{}[\]()!+@]/.test(folder))
  return wild === -1 ? folders.length : wild
}

function nearestRule(page: string): Rule | undefined {
  const matching = access.rules.filter((rule) => picomatch.isMatch(page, rule.path))
  return matching.reduce<Rule | undefined>((best, rule) => {
    if (!best) return rule
    const nearer = literalDepth(rule.path) - literalDepth(best.path) || rule.path.length - best.path.length
    return nearer >= 0 ? rule : best
  }, undefined)
}

export const ruleOf = new Map(pages.map((page) => [page, nearestRule(page)]))

export function readableTo(person: string): Set<string> {
  const covering = groupsOf(person)
  const covered = (names: string[] = []) => names.some((name) => covering.has(name))
  return new Set(
    pages.filter((page) => {
      const rule = ruleOf.get(page)
      return rule !== undefined && covered(rule.allow) && !covered(rule.deny)
    }),
  )
}

/**
 * Sentences that stand in one page only, each with its page: whoever is shown one has been shown that page. Plain prose of some length, so that
 * neither chance nor Markdown's rendering makes or hides a match.
 */
export function canaries(): Map<string, string> {
  const owners = new Map<string, Set<string>>()
  for (const page of pages) {
    for (const sentence of sentencesOf(textOf(page))) owners.set(sentence, (owners.get(sentence) ?? new Set()).add(page))
  }
  const marks = new Map<string, string>()
  for (const [sentence, [page, another]] of owners) if (page && !another) marks.set(sentence, page)
  return marks
}

/** The pages of which a text holds a canary. */
export function pagesShownBy(text: string): Set<string> {
  return new Set(Array.from(marksIn(text), ([, page]) => page))
}

function* marksIn(text: string): Generator<[sentence: string, page: string]> {
  const plain = text.replaceAll(/(?:\\n|\s)+/g, ' ')
  for (let at = 0; at + headLength <= plain.length; at++) {
    for (const mark of byHead.get(plain.slice(at, at + headLength)) ?? []) if (plain.startsWith(mark[0], at)) yield mark
  }
}

const headLength = 50

const sentencesOf = (markdown: string) =>
  markdown
    .split(/\n\s*\n/)
    .flatMap((paragraph) => paragraph.replaceAll(/\s+/g, ' ').split(/(?<=[.!?]) /))
    .map((sentence) => sentence.trim())
    .filter((sentence) => sentence.length >= headLength && /^[A-Z][A-Za-z0-9 ,;:'.!?-]*$/.test(sentence))

const byHead = Map.groupBy(canaries(), ([sentence]) => sentence.slice(0, headLength))

// A sentence of one page may stand in another one as an item of a list, within a link or in emphasis: that is no sign of the first.
const withoutMarks = (markdown: string) =>
  markdown
    .replaceAll(/\[([^\]]*)\]\([^)]*\)/g, '$1')
    .replaceAll(/^\s*(?:[-+*>#]+|\d+[.)])\s+/gm, '')
    .replaceAll(/[*_`|]/g, '')
for (const page of pages) {
  for (const [sentence, owner] of [...marksIn(withoutMarks(textOf(page)))]) {
    const head = sentence.slice(0, headLength)
    if (owner !== page) byHead.set(head, (byHead.get(head) ?? []).filter(([other]) => other !== sentence))
  }
}
