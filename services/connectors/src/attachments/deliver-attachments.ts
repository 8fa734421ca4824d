import type { Call } from '@tessera/shared/bus/call'
import type { Attachment } from '@tessera/shared/contracts/retrieval'
import { ok, type Result } from '@tessera/shared/fault/result'
import type { Transaction } from 'kysely'
import type { AccessClient } from '../callers/authorize.ts'
import { putContent, type PutContent } from '../content/put-content.ts'
import { refusalOf } from '../content/refusals.ts'
import type { ConnectorsDatabase, OriginalContent } from '../database.ts'
import { type AccessFacts, hashOfFacts, messagesOf } from '../syncs/access-facts.ts'
import { type Found, type Outcome, type Parent, placeAttachments, settleAttachments } from './attachments.store.ts'

type Deps = { access: AccessClient; retrieval: PutContent }

export type Delivering = {
  parent: Parent
  /** The rights of what they lie in, for a document of this id. */
  factsOf: (documentId: string) => AccessFacts
  callFor: (timeoutMs: number) => Call
}
export type DeliveringContent = Delivering & {
  attachments: readonly Attachment[]
  /** What holds of it as a whole: when it changed, what is marked in it. */
  content: Pick<OriginalContent, 'updatedAt' | 'marks'>
  write: <T>(work: (trx: Transaction<ConnectorsDatabase>) => Promise<T>) => Promise<T>
}

/**
 * Writes access, then content, of what lies in a document and in that, as of any other document. A refusal costs that attachment alone; after anything else it is done
 * again with what they lie in, and what is there already costs little.
 */
export async function deliverAttachments(deps: Deps, delivering: DeliveringContent): Promise<Result<Outcome[]>> {
  const { parent, attachments, write } = delivering
  const outcomes: Outcome[] = []
  let level = within(parent.documentId, '', attachments)
  while (level.length > 0) {
    const found = level
    const placed = await write((trx) => placeAttachments(trx, parent, found))
    const inside: Found[] = []
    for (const one of placed) if ('refused' in one) outcomes.push(one)
    const documents = placed.flatMap((one) =>
      'refused' in one ? [] : [{ ...one, facts: delivering.factsOf(one.documentId) }],
    )
    for (const message of messagesOf(documents)) {
      const written = await putFacts(deps, delivering, message)
      if (!written.ok) return written
      for (const { documentId, externalId, mediaType, holder, part, path, facts } of message) {
        const { dataSourceId, contentVersion } = parent
        const { revision } = written.value
        const stored = await putContent(
          deps.retrieval,
          {
            ...{ documentId, dataSourceId, externalId, contentVersion, mediaType, accessRevision: revision },
            attachmentOf: { documentId: holder, part },
            ...delivering.content,
          },
          delivering.callFor,
        )
        const rejected = stored.ok ? null : refusalOf(stored.fault)
        if (!stored.ok && rejected === undefined) return stored
        outcomes.push({ externalId, documentId, hash: hashOfFacts(facts), revision, rejected: rejected ?? null })
        if (stored.ok) inside.push(...within(documentId, path, stored.value.attachments))
      }
    }
    level = inside
  }
  await write((trx) => settleAttachments(trx, parent.documentId, outcomes))
  return ok(outcomes)
}

const within = (holder: string, path: string, attachments: readonly Attachment[]): Found[] =>
  attachments.map((one) => ({ ...one, holder, path: path === '' ? one.part : `${path}//${one.part}` }))

/** Writes the rights of attachments alone, whose content is as it was. Answers the last revision that this made, or 0. */
export async function deliverRights(
  deps: Pick<Deps, 'access'>,
  delivering: Delivering,
  documentIds: readonly string[],
): Promise<Result<{ revision: number }>> {
  let revision = 0
  for (const message of messagesOf(documentIds.map((id) => ({ facts: delivering.factsOf(id) })))) {
    const written = await putFacts(deps, delivering, message)
    if (!written.ok) return written
    ;({ revision } = written.value)
  }
  return ok({ revision })
}

const putFacts = (
  { access }: Pick<Deps, 'access'>,
  { parent, callFor }: Delivering,
  message: readonly { facts: AccessFacts }[],
) =>
  access.putDocumentAccess(
    { dataSourceId: parent.dataSourceId, documents: message.map(({ facts }) => facts) },
    callFor(10_000),
  )
