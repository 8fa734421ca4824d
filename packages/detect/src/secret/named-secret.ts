import type { Stretch } from '../finding.ts'
import { tablesOf } from '../tables.ts'
import { looksRandom, looksTyped } from './looks-secret.ts'

/** Words for what a machine shows to be let in. */
const keyWords =
  '(?:api|app|access|account|auth|bearer|client|consumer|deploy|encryption|master|private|refresh|secret|service|session|shared|signing|storage|webhook)[ _-]?(?:key|token|secret)|secrets?|tokens?|credentials?|authorization|bearer'
/** Words for what a person types. */
const passwordWords =
  'passwords?|passwd|passphrase|passcode|pwd|passw(?:ort|ört)(?:er)?|kennw(?:ort|ört)(?:er)?|mot de passe|mdp|contraseñas?|contrasenas?|clave'

const word = new RegExp(`(${keyWords})|(?<!\\p{L})(?:${passwordWords})`, 'giu')
const header = new RegExp(`(${keyWords})|(?<!\\p{L})(?:${passwordWords})`, 'iu')

/** The rest of a name, such as `_PROD`. */
const restOfName = /[\w-]{0,24}/y
const otherThing = /(?:ids?|names?|ur[il]s?|types?|hash|counts?|limits?|files?|path|length|size|usage)$/i
/** What leads from a name to its value: a sign, or a verb. */
const leading =
  /["'`*]{0,3}(?:\s{0,3}(?::=|=>|[:=])|\s(?:is|ist|lautet|est|es|was|war)\b:?)[\s*]{0,4}(?:(?:bearer|basic)\s)?["'`]?/iy
const space = /\s["'`]?/y
const value = /[^\s"'`<>|,;&]{6,512}/y

/** Values that stand beside a word for secrets, or below it in a table: random ones, and beside a word for passwords also what people make up. */
export function* findNamedSecrets(text: string): Generator<Stretch | undefined> {
  for (const { 0: name, 1: key, index } of text.matchAll(word)) {
    yield secretAfter(text, index + name.length, key === undefined)
  }
  for (const cell of tablesOf(text).cellsBelow(header)) {
    const shown = text.slice(...cell)
    yield !/\s/.test(shown) && (looksRandom(shown) || looksTyped(shown)) ? cell : undefined
  }
}

function secretAfter(text: string, at: number, isPassword: boolean): Stretch | undefined {
  const nameEnd = skip(restOfName, text, at) ?? at
  if (otherThing.test(text.slice(at, nameEnd))) return undefined
  const led = skip(leading, text, nameEnd)
  const start = led ?? (isPassword ? undefined : skip(space, text, nameEnd))
  const end = start === undefined ? undefined : skip(value, text, start)
  if (start === undefined || end === undefined) return undefined
  const shown = text.slice(start, end).replace(/[.:)\]*]+$/, '')
  const isSecret = looksRandom(shown) || (isPassword && looksTyped(shown))
  return isSecret ? [start, start + shown.length] : undefined
}

/** Where a pattern that begins here ends. */
function skip(pattern: RegExp, text: string, at: number): number | undefined {
  pattern.lastIndex = at
  return pattern.test(text) ? pattern.lastIndex : undefined
}
