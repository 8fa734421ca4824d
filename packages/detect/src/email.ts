import type { Stretch } from './finding.ts'

/** RFC 5321, section 4.5.3.1.1. */
const maxLocalPart = 64
/** What a local part is made of in practice, letters of all alphabets included (RFC 6531). */
const local = /[\p{L}\p{N}.+_%'’-]/u
const label = '[\\p{L}\\p{N}](?:[\\p{L}\\p{N}-]{0,61}[\\p{L}\\p{N}])?'
const domain = new RegExp(`(?:${label}\\.){1,8}(?:\\p{L}{2,24}|xn--[a-z0-9-]{2,59})(?![\\p{L}\\p{N}])`, 'uy')
const written = new RegExp(
  `[ ]?(?:${label}(?:\\.|[ ]?[([{][ ]?dot[ ]?[)\\]}][ ]?)){1,8}\\p{L}{2,24}(?![\\p{L}\\p{N}])`,
  'iuy',
)
/** The addresses of images for several densities look like one: `logo@2x.png`. */
const density = /^\d(?:\.\d)?x\./

/** E-mail addresses, and those that are written as `name (at) example.org`. */
export function* findEmails(text: string): Generator<Stretch | undefined> {
  for (let at = text.indexOf('@'); at >= 0; at = text.indexOf('@', at + 1)) yield addressAround(text, at)
  for (const { 0: sign, index } of text.matchAll(/[([{] ?at ?[)\]}]/gi)) {
    yield writtenAround(text, index, index + sign.length)
  }
}

function addressAround(text: string, at: number): Stretch | undefined {
  const start = startOfLocalPart(text, at)
  const end = endOf(domain, text, at + 1)
  if (start === at || end === undefined || density.test(text.slice(at + 1, at + 6))) return undefined
  // `https://user:password@host` and `git@host:path` are addresses of machines.
  const isOfMachine = /\/\/[^\s/@]{0,100}$/.test(text.slice(Math.max(0, start - 102), start))
  const isRemote = text[end] === ':' && /[\w~/]/.test(text[end + 1] ?? '')
  return isOfMachine || isRemote ? undefined : [start, end]
}

function writtenAround(text: string, from: number, to: number): Stretch | undefined {
  const before = text[from - 1] === ' ' ? from - 1 : from
  const start = startOfLocalPart(text, before)
  const end = endOf(written, text, to)
  return start === before || end === undefined ? undefined : [start, end]
}

function startOfLocalPart(text: string, at: number): number {
  let start = at
  while (start > 0 && at - start < maxLocalPart && local.test(text[start - 1] ?? '')) start--
  while (start < at && !/[\p{L}\p{N}_]/u.test(text[start] ?? '')) start++
  return start
}

function endOf(pattern: RegExp, text: string, at: number): number | undefined {
  pattern.lastIndex = at
  return pattern.test(text) ? pattern.lastIndex : undefined
}
