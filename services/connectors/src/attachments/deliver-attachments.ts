import type { Call } from '@tessera/shared/bus/call'
import type { Client } from '@tessera/shared/bus/contract'
import type { retrievalContract } from '@tessera/shared/contracts/retrieval'
import { ok, type Result } from '@tessera/shared/fault/result'
import { type Kysely, sql } from 'kysely'
import type { AccessClient } from '../callers/authorize.ts'
import { refusalOf } from '../content/refusals.ts'
import type { ConnectorsDatabase, OriginalContent } from '../database.ts'
import { type AccessFacts, hashOfFacts, messagesOf } from '../syncs/access-facts.ts'
import type { Parent, Placed } from './attachments.store.ts'

type Deps = { access: AccessClient; retrieval: Pick<Client<typeof retrievalContract>, 'putDocument'> }

export type Delivering = {
  parent: Parent
  placed: readonly Placed[]
  /** The rights of what they lie in, for a document of this id. */
  factsOf: (documentId: string) => AccessFacts
  /** What holds of it as a whole: when it changed, what is marked in it. */
  content: Pick<OriginalContent, 'updatedAt' | 'marks'>
  callFor: (timeoutMs: number) => Call
}
export type DeliveredAttachment = { documentId: string; hash: string; revision: number; rejected: string | null }

/** Writes access, then content, of what lies in a document, as of any other. A refusal costs that attachment alone. */
export async function deliverAttachments(
  { access, retrieval }: Deps,
  { parent, placed, factsOf, content, callFor }: Delivering,
): Promise<Result<DeliveredAttachment[]>> {
  const { dataSourceId, contentVersion } = parent
  const delivered: DeliveredAttachment[] = []
  const documents = placed.flatMap((one) => ('documentId' in one ? [{ ...one, facts: factsOf(one.documentId) }] : []))
  for (const message of messagesOf(documents)) {
    const written = await access.putDocumentAccess(
      { dataSourceId, documents: message.map(({ facts }) => facts) },
      callFor(10_000),
    )
    if (!written.ok) return written
    const { revision } = written.value
    for (const { documentId, externalId, part, mediaType, facts } of message) {
      const attachmentOf = { documentId: parent.documentId, part }
      if (mediaType === undefined) {
        delivered.push({ documentId, hash: hashOfFacts(facts), revision, rejected: null })
        continue
      }
      const stored = await retrieval.putDocument(
        {
          documentId,
          dataSourceId,
          externalId,
          contentVersion,
          mediaType,
          attachmentOf,
          accessRevision: revision,
          ...content,
        },
        callFor(30_000),
      )
      const rejected = stored.ok ? null : (refusalOf(stored.fault) ?? undefined)
      if (rejected === undefined && !stored.ok) return stored
      delivered.push({ documentId, hash: hashOfFacts(facts), revision, rejected: rejected ?? null })
    }
  }
  return ok(delivered)
}

export async function acknowledgeAttachments(
  db: Kysely<ConnectorsDatabase>,
  delivered: readonly DeliveredAttachment[],
): Promise<void> {
  for (const { documentId, hash, revision, rejected } of delivered) {
    await db
      .updateTable('documents')
      .set({ access_hash: hash, access_revision: revision, rejected, updated_at: sql<Date>`now()` })
      .where('id', '=', documentId)
      .execute()
  }
}
