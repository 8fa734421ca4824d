import type { Stretch } from '../finding.ts'
import { isPlaceholder } from './placeholder.ts'

const userAndPassword = /:\/\/[^\s/@:]{0,100}:([^\s/@]{1,200})@[\w[]/g

/** The password in an address: `https://user:password@host` (RFC 3986, section 3.2.1). */
export function* findCredentials(text: string): Generator<Stretch | undefined> {
  for (const { 0: shown, 1: password = '', index } of text.matchAll(userAndPassword)) {
    const end = index + shown.length - 2
    yield isPlaceholder(password) ? undefined : [end - password.length, end]
  }
}
