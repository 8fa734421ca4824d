import { parse } from 'yaml'

export type FrontMatter = { readonly title: string | undefined; readonly authors: readonly string[] }
const nothing: FrontMatter = { title: undefined, authors: [] }

/**
 * Takes YAML front matter off a Markdown text; `lines` are those that it took. What is not a mapping, or is broken, is dropped all the same: it was meant for
 * machines, and a page should not fail over it.
 */
export function takeFrontMatter(text: string): FrontMatter & { body: string; lines: number } {
  const match = /^---[ \t]*\n(?:([\s\S]*?)\n)?(?:---|\.\.\.)[ \t]*(?:\n|$)/.exec(text)
  if (!match) return { ...nothing, body: text, lines: 0 }
  const [taken, yaml = ''] = match
  return { ...readYaml(yaml), body: text.slice(taken.length), lines: taken.split('\n').length - 1 }
}

function readYaml(yaml: string): FrontMatter {
  try {
    const value: unknown = parse(yaml, { maxAliasCount: 0, logLevel: 'silent' })
    if (typeof value !== 'object' || value === null) return nothing
    const { title, author, authors } = value as Record<string, unknown>
    return { title: textOf(title), authors: [author, authors].flat().flatMap((one) => nameOf(one) ?? []) }
  } catch {
    return nothing
  }
}

const textOf = (value: unknown) => (typeof value === 'string' || typeof value === 'number' ? String(value) : undefined)

/** `Ana`, or `{ name: Ana }`. */
const nameOf = (value: unknown) =>
  typeof value === 'object' && value !== null && 'name' in value ? textOf(value.name) : textOf(value)
