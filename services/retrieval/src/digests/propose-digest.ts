import type { Call } from '@tessera/shared/bus/call'
import { ok } from '@tessera/shared/fault/result'
import type { KeepProposal } from './keep-proposal.ts'
import type { ReadInFull } from './read-in-full.ts'

/** Proposes a text that somebody wrote in place of a passage that they read in full. */
export function createProposeDigest({
  readInFull,
  keepProposal,
}: {
  readInFull: ReadInFull
  keepProposal: KeepProposal
}) {
  return async function proposeDigest({ passageId, text }: { passageId: string; text: string }, call: Call) {
    const read = await readInFull({ passageId }, call)
    if (!read.ok) return read
    const kept = await keepProposal(read.value.passage, text, call)
    if (!kept.ok) return kept
    const { hash, revision } = kept.value
    return ok({ hash, revision })
  }
}
