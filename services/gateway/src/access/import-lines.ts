/** A line as it was found: what it says, or which rule of lines it breaks. */
export type Line = {
  readonly number: number
  readonly sizeBytes: number
  readonly content: { readonly value: unknown } | { readonly rule: string }
}

export const longestLineBytes = 1024 * 1024
/** Nothing that can be imported nests deeper, and what nests without end is expensive to write again. */
const deepest = 8

const newline = 0x0a

/**
 * The lines of an NDJSON body, numbered from 1, blank ones left out. It holds one line at most: of one that is too long, nothing is kept, and the next is read
 * as if it were not there.
 */
export async function* linesOf(body: AsyncIterable<Buffer>): AsyncGenerator<Line> {
  let number = 1
  let parts: Buffer[] = []
  let sizeBytes = 0
  const add = (part: Buffer) => {
    sizeBytes += part.length
    if (sizeBytes > longestLineBytes) parts = []
    else if (part.length > 0) parts.push(part)
  }
  const finish = (): Line | undefined => {
    const line = readLine(number, sizeBytes, parts)
    number += 1
    parts = []
    sizeBytes = 0
    return line
  }
  for await (const chunk of body) {
    let start = 0
    for (let end = chunk.indexOf(newline); end >= 0; end = chunk.indexOf(newline, start)) {
      add(chunk.subarray(start, end))
      const line = finish()
      if (line) yield line
      start = end + 1
    }
    add(chunk.subarray(start))
  }
  const last = finish()
  if (last) yield last
}

function readLine(number: number, sizeBytes: number, parts: readonly Buffer[]): Line | undefined {
  if (sizeBytes > longestLineBytes)
    return { number, sizeBytes: 0, content: { rule: `must be at most ${longestLineBytes} bytes` } }
  const bytes = parts.length === 1 ? parts[0] : Buffer.concat(parts)
  if (!bytes) return undefined
  const text = decoded(bytes)
  if (text === undefined) return { number, sizeBytes, content: { rule: 'must be UTF-8' } }
  return text.trim() === '' ? undefined : { number, sizeBytes, content: parsed(text) }
}

const utf8 = new TextDecoder('utf-8', { fatal: true })

function decoded(bytes: Buffer): string | undefined {
  try {
    return utf8.decode(bytes)
  } catch {
    return undefined
  }
}

function parsed(text: string): Line['content'] {
  try {
    const value: unknown = JSON.parse(text)
    return nestsDeeper(value, deepest) ? { rule: `must nest at most ${deepest} deep` } : { value }
  } catch {
    return { rule: 'must be valid JSON' }
  }
}

/** Goes no deeper than it asks about, so no line can exhaust the stack. */
function nestsDeeper(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return false
  return levels === 0 || Object.values(value).some((inner) => nestsDeeper(inner, levels - 1))
}
