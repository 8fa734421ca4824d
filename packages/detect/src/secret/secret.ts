import type { Stretch } from '../finding.ts'
import { findCredentials } from './credentials.ts'
import { findNamedSecrets } from './named-secret.ts'
import { findPrivateKeys } from './private-key.ts'
import { findTokens } from './token.ts'

/** Keys, tokens and passwords: by the form that their issuers gave them, or by the word that stands beside them. */
export function* findSecrets(text: string): Generator<Stretch | undefined> {
  yield* findPrivateKeys(text)
  yield* findTokens(text)
  yield* findCredentials(text)
  yield* findNamedSecrets(text)
}
