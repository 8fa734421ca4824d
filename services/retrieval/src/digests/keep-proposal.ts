import type { Bus } from '@tessera/shared/bus/bus'
import type { Call } from '@tessera/shared/bus/call'
import type { Client } from '@tessera/shared/bus/contract'
import type { accessContract } from '@tessera/shared/contracts/access-control'
import { maxDigestCharacters } from '@tessera/shared/contracts/retrieval'
import { fail, ok } from '@tessera/shared/fault/result'
import type { RegistryPassage } from '../documents/passages.store.ts'
import { canonicalText, whyUnreadable } from '../extract/unreadable.ts'
import { failFromAccess, fault } from '../faults.ts'
import { Later } from '../index-documents/later.ts'
import { factsOfPassage } from '../index-documents/passage-facts.ts'
import type { Keys } from '../passages/passage-ids.ts'
import { hashOfDigest } from '../redact/digest-variant.ts'
import { givenAway } from '../redact/given-away.ts'
import type { KnownRules } from '../redact/known-rules.ts'
import { type DigestAccess, failFromDigestAccess } from './digest-access.ts'
import type { DigestsStore } from './digests.store.ts'

export type KeepProposalDeps = {
  bus: Bus
  access: Pick<Client<typeof accessContract>, 'indexFacts'>
  digestAccess: Pick<DigestAccess, 'proposeDigest'>
  rules: Pick<KnownRules, 'of'>
  digests: DigestsStore
  keys: Keys
}
export type KeepProposal = ReturnType<typeof createKeepProposal>

/**
 * Keeps a text in place of a passage, and of any other proposal, in the caller's name, unless it cannot be shown to those who get a digest: the rule that it breaks is a
 * fault of `/text`. It exists for nobody until somebody else approved its hash.
 */
export function createKeepProposal({ bus, access, digestAccess, rules, digests, keys }: KeepProposalDeps) {
  return async function keepProposal(passage: RegistryPassage, given: string, call: Call) {
    const { workspaceId, subject } = call.caller
    const unreadable = whyUnreadable(given)
    if (unreadable) return invalid(unreadable)
    const text = canonicalText(given).trim()
    if (text === '') return invalid('must have text')
    if (text.length > maxDigestCharacters) return invalid(`must have at most ${maxDigestCharacters} characters`)

    const system = { workspaceId, subject: 'system:retrieval', actors: [], scopes: [] }
    const timeoutMs = Math.max(1, call.deadlineMs - Date.now())
    const { documentId, passageId, contentVersion, marking } = passage
    const [facts, inForce] = await Promise.all([
      access.indexFacts({ documentIds: [documentId] }, bus.callFor(system, { timeoutMs, signal: call.signal })),
      rulesNow(rules, workspaceId),
    ])
    if (!facts.ok) return failFromAccess<never>(facts.fault)
    if (!inForce) return fail(fault('unavailable', 'The redaction rules could not be had.'))
    const [document] = facts.value.documents
    const hidesTitle = document !== undefined && factsOfPassage(document, passageId).hidesTitle
    const kinds = givenAway(passage, { marking, hidesTitle, rules: inForce }, text)
    if (kinds.length > 0) {
      return invalid(`must not contain what is masked: ${kinds.map((kind) => `[${kind}]`).join(', ')}`)
    }

    const hash = hashOfDigest(passage, marking, text, keys)
    const proposed = await digestAccess.proposeDigest({ documentId, passageId, contentVersion, hash }, call)
    if (!proposed.ok) return failFromDigestAccess(proposed.fault)
    const kept = await digests.keep(workspaceId, passage, { hash, text, proposedBy: subject })
    if (!kept) return fail(fault('not-found', 'No such passage here.'))
    return ok({ hash, text, revision: proposed.value.revision })
  }
}

async function rulesNow(rules: Pick<KnownRules, 'of'>, workspaceId: string) {
  try {
    return await rules.of(workspaceId)
  } catch (error) {
    if (error instanceof Later) return undefined
    throw error
  }
}

const invalid = (rule: string) => fail(fault('invalid', `/text ${rule}`, { errors: [{ field: '/text', rule }] }))
