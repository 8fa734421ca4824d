import { parse } from 'yaml'

/**
 * Takes YAML front matter off a Markdown text. What is not a mapping, or is broken, is dropped all the same: it was meant for
 * machines, and a page should not fail over it.
 */
export function takeFrontMatter(text: string): { title: string | undefined; body: string } {
  const match = /^---[ \t]*\n(?:([\s\S]*?)\n)?(?:---|\.\.\.)[ \t]*(?:\n|$)/.exec(text)
  if (!match) return { title: undefined, body: text }
  return { title: titleIn(match[1] ?? ''), body: text.slice(match[0].length) }
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
