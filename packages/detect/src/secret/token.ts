import type { Stretch } from '../finding.ts'
import { tokenForms } from './token-forms.ts'

const token = new RegExp(`(?<![A-Za-z0-9_])(?:${tokenForms.join('|')})(?![A-Za-z0-9_])`, 'g')
/** RFC 7519 in its compact form: both parts are JSON objects, so both begin alike. */
const jwt = /(?<![\w-])eyJ[\w-]{8,4096}\.eyJ[\w-]{8,16384}\.[\w-]{16,2048}/g

/** Tokens of well-known issuers, and signed JSON web tokens of anybody. */
export function* findTokens(text: string): Generator<Stretch | undefined> {
  for (const { 0: shown, index } of text.matchAll(token)) yield [index, index + shown.length]
  for (const { 0: shown, index } of text.matchAll(jwt)) {
    yield namesAlgorithm(shown) ? [index, index + shown.length] : undefined
  }
}

function namesAlgorithm(shown: string): boolean {
  const [head = ''] = shown.split('.', 1)
  try {
    const header: unknown = JSON.parse(Buffer.from(head, 'base64url').toString())
    return typeof header === 'object' && header !== null && 'alg' in header
  } catch {
    return false
  }
}
