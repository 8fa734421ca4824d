import { createRandom } from './random.ts'
import type { World } from './world.ts'

/** What a search asks at its end: may this reader have these passages? */
export type CheckQuestion = { reader: string; candidates: Candidate[] }
type Candidate = { documentId: string; passageId: string; contentVersion: string; view: 'full'; hash: string }

/** Candidates of one question, the final list of a search. */
export const CANDIDATES = 50

/** Questions of many readers about a passage of each of 50 documents, drawn from the whole world. */
export function makeQuestions({ users, documents }: World, count: number): CheckQuestion[] {
  const random = createRandom(7)
  return Array.from({ length: count }, () => ({
    reader: random.pick(users),
    candidates: Array.from({ length: CANDIDATES }, () => {
      const { documentId, contentVersion, passages } = random.pick(documents)
      return { documentId, contentVersion, passageId: random.pick(passages), view: 'full', hash: 'a'.repeat(64) }
    }),
  }))
}
