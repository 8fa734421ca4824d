import { Label } from '@tessera/shared/contracts/access-control/common'
import { NativeId } from '@tessera/shared/contracts/names'
import { Mark } from '@tessera/shared/contracts/retrieval'
import { Compile } from 'typebox/compile'
import { isAlias, isMap, isScalar, isSeq, LineCounter, parseDocument, type ParsedNode, type YAMLMap } from 'yaml'
import { fault, type ConnectorsFault } from '../../faults.ts'
import { fail, ok, type Result } from '@tessera/shared/fault/result'
import { markProblem } from '../../documents/check-pushed.ts'
import type { SourceGroup } from '../source.ts'
import type { AccessRule } from './access-rules.ts'
import { compilePattern } from './path-pattern.ts'

/** The file at the root of a folder that says who may read what. It is not a document itself. */
export const accessFileName = 'access.yaml'

export type AccessFile = { groups: readonly SourceGroup[]; rules: readonly AccessRule[] }

type Problem = { line: number; text: string }

/**
 * Reads an access file. Whatever is doubtful refuses it as a whole, with file and line: half an access file would be
 * another access file.
 */
export function readAccessFile(source: string): Result<AccessFile, ConnectorsFault> {
  const lines = new LineCounter()
  const document = parseDocument(source, {
    lineCounter: lines,
    prettyErrors: false,
    uniqueKeys: true,
    stringKeys: false,
  })
  const problems: Problem[] = [...document.errors, ...document.warnings].map((error) => ({
    line: lines.linePos(error.pos[0]).line,
    text: error.message,
  }))
  if (problems.length > 0) return invalidAccessFile(problems)
  const reading = new Reading(lines, problems)
  const file = reading.file(document.contents)
  return problems.length > 0 ? invalidAccessFile(problems) : ok(file)
}

/** The fault for an access file: `detail` has the first problem, `errors` all of them (up to 100). */
export function invalidAccessFile(problems: readonly Problem[]) {
  const sorted = problems.toSorted((a, b) => a.line - b.line)
  const [first] = sorted
  const line = first?.line ?? 1
  return fail(
    fault('access-file-invalid', `${accessFileName}:${line}: ${first?.text ?? 'is not valid'}`, {
      errors: sorted
        .slice(0, 100)
        .map((problem) => ({ field: `${accessFileName}:${problem.line}`, rule: problem.text })),
      meta: { file: accessFileName, line },
    }),
  )
}

type Entry = { key: string; value: ParsedNode | null; line: number }
type Named = { name: string; line: number }

/** Walks the parsed nodes rather than plain values, because only nodes know their lines. */
class Reading {
  readonly #lines: LineCounter
  readonly #problems: Problem[]

  constructor(lines: LineCounter, problems: Problem[]) {
    this.#lines = lines
    this.#problems = problems
  }

  file(root: ParsedNode | null): AccessFile {
    const entries = this.#entries(root, 'the file', 1, ['version', 'groups', 'rules'])
    const version = entries.get('version')
    if (!version) this.#problem(1, 'version is missing: write "version: 1"')
    else if (!isScalar(version.value) || version.value.value !== 1) this.#problem(version.line, 'version must be 1')
    const groups = this.#groups(entries.get('groups'))
    const known = new Set(groups.map((group) => group.nativeId))
    const rulesEntry = entries.get('rules')
    if (!rulesEntry) this.#problem(1, 'rules is missing: without a rule nobody may read anything')
    const rules = rulesEntry ? this.#rules(rulesEntry, known) : []
    return { groups, rules }
  }

  #groups(entry: Entry | undefined): SourceGroup[] {
    if (!entry) return []
    const nested: Named[] = []
    const groups = [...this.#entries(entry.value, 'groups', entry.line)].map(
      ([nativeId, { value, line }]): SourceGroup => {
        this.#nativeId(nativeId, line)
        const fields = this.#entries(value, `group "${nativeId}"`, line, ['title', 'members', 'groups'])
        const inner = this.#names(fields.get('groups'), 'groups')
        nested.push(...inner)
        const title = this.#text(fields.get('title'), 'title')
        if (title !== undefined && title.length > 300) this.#problem(line, 'title may have at most 300 characters')
        return {
          nativeId,
          title: title ?? nativeId,
          people: unique(this.#names(fields.get('members'), 'members')),
          groups: unique(inner),
        }
      },
    )
    if (groups.length > 20_000) this.#problem(entry.line, 'there may be at most 20,000 groups')
    this.#mustBeKnown(nested, new Set(groups.map((group) => group.nativeId)))
    return groups
  }

  #rules(entry: Entry, known: ReadonlySet<string>): AccessRule[] {
    if (!isSeq(entry.value)) {
      this.#problem(entry.line, 'rules must be a list')
      return []
    }
    const rules: AccessRule[] = []
    for (const item of entry.value.items) {
      const line = this.#lineOf(item, entry.line)
      const fields = this.#entries(item, 'a rule', line, ['path', 'allow', 'deny', 'labels', 'marks'])
      const allow = this.#names(fields.get('allow'), 'allow')
      const deny = this.#names(fields.get('deny'), 'deny')
      this.#mustBeKnown([...allow, ...deny], known)
      const labels = this.#labels(fields.get('labels'))
      const marks = this.#marks(fields.get('marks'))
      const path = fields.get('path')
      const text = this.#text(path, 'path')
      if (text === undefined || !path) {
        if (!path) this.#problem(line, 'a rule needs a path')
        continue
      }
      const pattern = compilePattern(text)
      if ('problem' in pattern) this.#problem(path.line, `bad pattern ${JSON.stringify(text)}: ${pattern.problem}`)
      else rules.push({ pattern, allow: unique(allow), deny: unique(deny), labels: [...new Set(labels)], marks })
    }
    return rules
  }

  #labels(entry: Entry | undefined): string[] {
    if (!entry) return []
    if (!isSeq(entry.value)) {
      this.#problem(entry.line, `labels must be a list${aliasHint(entry.value)}`)
      return []
    }
    if (entry.value.items.length > 50) this.#problem(entry.line, 'labels may have at most 50 entries')
    return entry.value.items.flatMap((item) =>
      this.#label(isScalar(item) ? item.value : undefined, this.#lineOf(item, entry.line)),
    )
  }

  #label(value: unknown, line: number): string[] {
    if (label.Check(value)) return [value]
    this.#problem(line, 'a label starts with a small letter and has at most 63 of a-z, 0-9, "_", "." and "-"')
    return []
  }

  #marks(entry: Entry | undefined): Mark[] {
    if (!entry) return []
    if (!isSeq(entry.value)) {
      this.#problem(entry.line, `marks must be a list${aliasHint(entry.value)}`)
      return []
    }
    if (entry.value.items.length > 200) this.#problem(entry.line, 'marks may have at most 200 entries')
    return entry.value.items.flatMap((item) => this.#mark(item, this.#lineOf(item, entry.line)))
  }

  #mark(item: ParsedNode | null, line: number): Mark[] {
    const fields = this.#entries(item, 'a mark', line, ['label', 'kind', 'quote', 'heading'])
    const text = (name: string) => this.#text(fields.get(name), name)
    const stated = { kind: text('kind'), quote: text('quote'), heading: text('heading') }
    const [name] = this.#label(text('label'), line)
    if (name === undefined) return []
    const given = Object.fromEntries(Object.entries(stated).filter(([, value]) => value !== undefined))
    const read = { label: name, ...given }
    const problem = mark.Check(read) ? markProblem(read) : 'has a field that is empty, too long, or no kind'
    if (problem) this.#problem(line, `a mark ${problem}`)
    return problem || !mark.Check(read) ? [] : [read]
  }

  #mustBeKnown(names: readonly Named[], known: ReadonlySet<string>): void {
    for (const { name, line } of names)
      if (!known.has(name)) this.#problem(line, `unknown group ${JSON.stringify(name)}`)
  }

  /** The fields of a map by name; a map of `known` fields may have no others. */
  #entries(node: ParsedNode | null, what: string, line: number, known?: readonly string[]): Map<string, Entry> {
    const entries = new Map<string, Entry>()
    if (!isMap(node)) {
      this.#problem(this.#lineOf(node, line), `${what} must be a map${aliasHint(node)}`)
      return entries
    }
    for (const pair of (node as YAMLMap<ParsedNode, ParsedNode | null>).items) {
      const keyLine = this.#lineOf(pair.key, line)
      const key = isScalar(pair.key) ? pair.key.value : undefined
      if (typeof key !== 'string') this.#problem(keyLine, `a name in ${what} must be a text; put it in quotes`)
      else if (known && !known.includes(key)) {
        this.#problem(keyLine, `unknown key ${JSON.stringify(key)} in ${what}: known are ${known.join(', ')}`)
      } else entries.set(key, { key, value: pair.value, line: this.#lineOf(pair.value, keyLine) })
    }
    return entries
  }

  #names(entry: Entry | undefined, what: string): Named[] {
    if (!entry) return []
    if (!isSeq(entry.value)) {
      this.#problem(entry.line, `${what} must be a list${aliasHint(entry.value)}`)
      return []
    }
    const names: Named[] = []
    for (const item of entry.value.items) {
      const line = this.#lineOf(item, entry.line)
      const name = isScalar(item) ? item.value : undefined
      if (typeof name !== 'string') this.#problem(line, `a name in ${what} must be a text; put it in quotes`)
      else if (this.#nativeId(name, line)) names.push({ name, line })
    }
    if (names.length > 10_000) this.#problem(entry.line, `${what} may have at most 10,000 names`)
    return names
  }

  #nativeId(name: string, line: number): boolean {
    if (nativeId.Check(name)) return true
    this.#problem(line, `${JSON.stringify(name)} is no name: 1 to 300 characters, no blanks`)
    return false
  }

  #text(entry: Entry | undefined, what: string): string | undefined {
    if (!entry) return undefined
    const value = isScalar(entry.value) ? entry.value.value : undefined
    if (typeof value === 'string') return value
    this.#problem(entry.line, `${what} must be a text; put it in quotes`)
    return undefined
  }

  #lineOf(node: ParsedNode | null, otherwise: number): number {
    return node?.range ? this.#lines.linePos(node.range[0]).line : otherwise
  }

  #problem(line: number, text: string): void {
    this.#problems.push({ line, text })
  }
}

const nativeId = Compile(NativeId)
const label = Compile(Label)
const mark = Compile(Mark)

/** Aliases are refused: a file of a few lines could unfold to millions of names. */
const aliasHint = (node: ParsedNode | null) => (isAlias(node) ? '; aliases are not understood here' : '')

const unique = (names: readonly Named[]) => [...new Set(names.map(({ name }) => name))]
