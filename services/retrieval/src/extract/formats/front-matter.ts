import { parse } from 'yaml'

/**
 * Takes YAML front matter off a Markdown text; `lines` are those that it took. What is not a mapping, or is broken, is dropped all the same: it was meant for
 * machines, and a page should not fail over it.
 */
export function takeFrontMatter(text: string): { title: string | undefined; body: string; lines: number } {
  const match = /^---[ \t]*\n(?:([\s\S]*?)\n)?(?:---|\.\.\.)[ \t]*(?:\n|$)/.exec(text)
  if (!match) return { title: undefined, body: text, lines: 0 }
  const [taken, yaml = ''] = match
  return { title: titleIn(yaml), body: text.slice(taken.length), lines: taken.split('\n').length - 1 }
}

function titleIn(yaml: string): string | undefined {
  try {
    const value: unknown = parse(yaml, { maxAliasCount: 0, logLevel: 'silent' })
    if (typeof value !== 'object' || value === null || !('title' in value)) return undefined
    return typeof value.title === 'string' || typeof value.title === 'number' ? String(value.title) : undefined
  } catch {
    return undefined
  }
}
