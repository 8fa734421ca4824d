import type { Bus } from '@tessera/shared/bus/bus'
import type { Client } from '@tessera/shared/bus/contract'
import type { accessContract } from '@tessera/shared/contracts/access-control'
import { type retrievalContract, retrievalFaults } from '@tessera/shared/contracts/retrieval'
import type { Fault } from '@tessera/shared/fault/fault'
import { fail, ok } from '@tessera/shared/fault/result'
import type { Kysely } from 'kysely'
import { asDataSource } from '../callers/as-data-source.ts'
import type { ConnectorsDatabase } from '../database.ts'
import { fault } from '../faults.ts'
import { hashOfFacts } from '../syncs/access-facts.ts'
import { mayPass } from '../syncs/step-failed.ts'
import type { Acknowledge } from './acknowledge.ts'
import { type DocumentHold, letGo } from './document-lease.ts'
import type { PutAccess } from './put-access.ts'
import { type Delivery, pushedFacts } from './store-original.ts'

export type DeliverDeps = {
  db: Kysely<ConnectorsDatabase>
  bus: Bus
  access: Client<typeof accessContract>
  retrieval: Client<typeof retrievalContract>
  putAccess: PutAccess
  acknowledge: Acknowledge
}

const retryAfterMs = 30_000
/** What is left of a hold when nothing new is begun any more. */
const marginMs = 2000

/** Writes access, then content, then that both are there. What an outage interrupts is finished later, from the original. */
export async function deliver(deps: DeliverDeps, delivery: Delivery, hold: DocumentHold) {
  const access = await deliverAccess(deps, delivery, hold)
  if (!access.ok) {
    await interrupt(deps.db, delivery, hold, access.fault)
    return access
  }
  const content = await deliverContent(deps, delivery, access.value.revision, hold)
  if (!content.ok) {
    await interrupt(deps.db, delivery, hold, content.fault)
    return content
  }
  const { documentId, contentVersion, original } = delivery
  const accessHash = hashOfFacts(pushedFacts(documentId, contentVersion, original.access))
  const accessRevision = access.value.revision
  await deps.acknowledge({ documentId, token: hold.token, accessHash, accessRevision })
  return access
}

async function deliverAccess({ putAccess }: DeliverDeps, delivery: Delivery, hold: DocumentHold) {
  const { dataSourceId, workspaceId, documentId, contentVersion, original, accessDue, accessRevision } = delivery
  if (!accessDue && accessRevision !== null) return ok({ revision: accessRevision })
  const facts = pushedFacts(documentId, contentVersion, original.access)
  return putAccess({ id: dataSourceId, workspace_id: workspaceId }, { facts, untilMs: hold.untilMs - marginMs })
}

async function deliverContent(deps: DeliverDeps, delivery: Delivery, accessRevision: number, hold: DocumentHold) {
  if (!delivery.contentDue) return ok()
  const { documentId, workspaceId, dataSourceId, externalId, contentVersion, original } = delivery
  const content = { documentId, dataSourceId, externalId, contentVersion, accessRevision, ...original.content }
  const dataSource = { id: dataSourceId, workspace_id: workspaceId }
  const timeoutMs = hold.untilMs - Date.now() - marginMs
  const stored = await deps.retrieval.putDocument(content, asDataSource(deps.bus, dataSource, { timeoutMs }))
  return stored.ok ? ok() : failFromRetrieval(stored.fault)
}

function failFromRetrieval({ code, detail }: Fault) {
  if (code === 'retrieval.unreadable-content') return fail(fault('unreadable-content', detail))
  if (code === 'retrieval.too-large' || code === 'bus.too-large') {
    return fail(retrievalFaults.fault('too-large', 'The content is too large to be taken in.'))
  }
  return fail(retrievalFaults.fault('unavailable', `The content could not be handed on (${code}).`))
}

/** An outage leaves it to be finished later. A refusal ends it: what stood before stays, and the next push begins anew. */
async function interrupt(db: Kysely<ConnectorsDatabase>, { documentId }: Delivery, hold: DocumentHold, cause: Fault) {
  if (mayPass(cause)) return letGo(db, documentId, hold, retryAfterMs)
  await db
    .updateTable('documents')
    .set({
      pending: false,
      content_hash: '',
      access_hash: null,
      rejected: cause.code,
      lease_token: null,
      lease_until: null,
    })
    .where('id', '=', documentId)
    .where('lease_token', '=', hold.token)
    .execute()
  await db.deleteFrom('originals').where('document_id', '=', documentId).execute()
}
