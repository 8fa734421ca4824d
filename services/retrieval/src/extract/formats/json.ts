import { type Block, oneLine } from '../block.ts'
import { Refused } from '../refused.ts'

type Json = null | boolean | number | string | Json[] | { [key: string]: Json }

const maxDepth = 100
/** A value whose lines are longer than this gets a section of its own. */
const sectionCharacters = 800

/** JSON as lines of `key: value`: a section for each large part under the keys that lead to it, so that a passage says what its values belong to. */
export function blocksOfJson(text: string): Block[] {
  return sections(parse(text), [])
}

/** One value on each line. */
export function blocksOfJsonLines(text: string): Block[] {
  return text
    .split('\n')
    .flatMap((line, at) =>
      line.trim() === '' ? [] : linesOf(parse(line), 0).map((own) => ({ text: own, at: at + 1 })),
    )
    .reduce<Block[]>((blocks, { text: own, at }) => {
      const last = blocks.at(-1)
      if (last?.place?.kind === 'lines' && last.place.first === at)
        blocks[blocks.length - 1] = { ...last, text: `${last.text}\n${own}` }
      else blocks.push({ kind: 'list', text: own, place: { kind: 'lines', first: at, last: at } })
      return blocks
    }, [])
}

function parse(text: string): Json {
  try {
    return JSON.parse(text) as Json
  } catch {
    throw new Refused('damaged', 'It is no valid JSON.')
  }
}

function sections(value: Json, path: readonly string[]): Block[] {
  if (path.length > maxDepth) throw new Refused('too-deep', 'It is nested too deeply.')
  const blocks: Block[] = []
  let small: string[] = []
  const flush = () => {
    if (small.length > 0) blocks.push({ kind: 'list', text: small.join('\n') })
    small = []
  }
  for (const [key, child] of entriesOf(value)) {
    const own = linesOf(child, path.length + 1, key)
    if (
      typeof child !== 'object' ||
      child === null ||
      own.reduce((sum, line) => sum + line.length, 0) <= sectionCharacters
    ) {
      small.push(...own)
      continue
    }
    flush()
    blocks.push(
      { kind: 'heading', level: Math.min(6, path.length + 1), text: oneLine(key) },
      ...sections(child, [...path, key]),
    )
  }
  flush()
  return blocks
}

const entriesOf = (value: Json): [string, Json][] =>
  Array.isArray(value)
    ? value.map((item, at) => [String(at + 1), item])
    : typeof value === 'object' && value !== null
      ? Object.entries(value)
      : [['', value]]

function linesOf(value: Json, depth: number, key = ''): string[] {
  if (depth > maxDepth) throw new Refused('too-deep', 'It is nested too deeply.')
  const label = key === '' ? '' : `${key}: `
  if (typeof value !== 'object' || value === null)
    return [`${label}${typeof value === 'string' ? oneLine(value) : String(value)}`]
  const inner = entriesOf(value).flatMap(([name, child]) => linesOf(child, depth + 1, Array.isArray(value) ? '' : name))
  if (Array.isArray(value) && value.every((item) => typeof item !== 'object' || item === null))
    return [`${label}${inner.join(', ')}`]
  return key === ''
    ? inner.map((line, at) => (at === 0 ? `- ${line}` : `  ${line}`))
    : [`${key}:`, ...inner.map((line) => `  ${line}`)]
}
