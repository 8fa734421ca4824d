import type { Bus } from '@tessera/shared/bus/bus'
import type { Call } from '@tessera/shared/bus/call'
import type { Client } from '@tessera/shared/bus/contract'
import type { accessContract } from '@tessera/shared/contracts/access-control'
import type { Digest as DigestSchema } from '@tessera/shared/contracts/retrieval'
import { ok } from '@tessera/shared/fault/result'
import { failFromAccess } from '../faults.ts'
import { factsOfPassage } from '../index-documents/passage-facts.ts'
import type { Keys } from '../passages/passage-ids.ts'
import { hashOfDigest } from '../redact/digest-variant.ts'
import type { Static } from 'typebox'
import type { DigestsStore } from './digests.store.ts'
import type { ReadInFull } from './read-in-full.ts'

type Digest = Static<typeof DigestSchema>

export type GetDigestsDeps = {
  bus: Bus
  access: Pick<Client<typeof accessContract>, 'indexFacts'>
  readInFull: ReadInFull
  digests: DigestsStore
  keys: Keys
}

/** What was proposed in place of a passage, and what became of it. */
export function createGetDigests({ bus, access, readInFull, digests, keys }: GetDigestsDeps) {
  return async function getDigests(input: { passageId: string; atLeast?: number }, call: Call) {
    const { workspaceId } = call.caller
    const read = await readInFull(input, call)
    if (!read.ok) return read
    const { passage, revision } = read.value
    const system = { workspaceId, subject: 'system:retrieval', actors: [], scopes: [] }
    const timeoutMs = Math.max(1, call.deadlineMs - Date.now())
    const [facts, rows] = await Promise.all([
      access.indexFacts({ documentIds: [passage.documentId] }, bus.callFor(system, { timeoutMs, signal: call.signal })),
      digests.list(workspaceId, passage.passageId),
    ])
    if (!facts.ok) return failFromAccess<never>(facts.fault)
    const [document] = facts.value.documents
    const inForce = document && factsOfPassage(document, passage.passageId).digestHash
    const stateOf = ({ hash, text, approved }: (typeof rows)[number]): Digest['state'] => {
      if (hash !== hashOfDigest(passage, passage.marking, text, keys)) return 'lapsed'
      if (hash === inForce) return 'approved'
      return approved ? 'lapsed' : 'proposed'
    }
    return ok({
      digests: rows.map((row) => ({
        hash: row.hash,
        text: row.text,
        state: stateOf(row),
        proposedBy: row.proposedBy,
        proposedAt: row.proposedAt.toISOString(),
      })),
      revision,
    })
  }
}
