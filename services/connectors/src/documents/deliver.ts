import type { Bus } from '@tessera/shared/bus/bus'
import type { Client } from '@tessera/shared/bus/contract'
import type { accessContract } from '@tessera/shared/contracts/access-control'
import { type retrievalContract, retrievalFaults } from '@tessera/shared/contracts/retrieval'
import type { Fault } from '@tessera/shared/fault/fault'
import { prepared } from '@tessera/shared/database/prepared'
import { fail, ok } from '@tessera/shared/fault/result'
import { type Kysely, sql } from 'kysely'
import { failFromAccessWrite } from '../callers/access-faults.ts'
import { asDataSource } from '../callers/as-data-source.ts'
import type { ConnectorsDatabase } from '../database.ts'
import { fault } from '../faults.ts'
import { hashOfFacts } from '../syncs/access-facts.ts'
import { mayPass } from '../syncs/step-failed.ts'
import { type DocumentHold, letGo } from './document-lease.ts'
import { type Delivery, pushedFacts } from './store-original.ts'

export type DeliverDeps = {
  db: Kysely<ConnectorsDatabase>
  bus: Bus
  access: Client<typeof accessContract>
  retrieval: Client<typeof retrievalContract>
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
  await acknowledge(deps.db, delivery, hold, access.value.revision)
  return access
}

const callFor = ({ bus }: DeliverDeps, { dataSourceId, workspaceId }: Delivery, hold: DocumentHold) =>
  asDataSource(
    bus,
    { id: dataSourceId, workspace_id: workspaceId },
    { timeoutMs: hold.untilMs - Date.now() - marginMs },
  )

async function deliverAccess(deps: DeliverDeps, delivery: Delivery, hold: DocumentHold) {
  const { dataSourceId, documentId, contentVersion, original, accessDue, accessRevision } = delivery
  if (!accessDue && accessRevision !== null) return ok({ revision: accessRevision })
  const documents = [pushedFacts(documentId, contentVersion, original.access)]
  const written = await deps.access.putDocumentAccess({ dataSourceId, documents }, callFor(deps, delivery, hold))
  return written.ok ? ok({ revision: written.value.revision }) : failFromAccessWrite(written.fault)
}

async function deliverContent(deps: DeliverDeps, delivery: Delivery, accessRevision: number, hold: DocumentHold) {
  if (!delivery.contentDue) return ok()
  const { documentId, dataSourceId, externalId, contentVersion, original } = delivery
  const content = { documentId, dataSourceId, externalId, contentVersion, accessRevision, ...original.content }
  const stored = await deps.retrieval.putDocument(content, callFor(deps, delivery, hold))
  return stored.ok ? ok() : failFromRetrieval(stored.fault)
}

function failFromRetrieval({ code, detail }: Fault) {
  if (code === 'retrieval.unreadable-content') return fail(fault('unreadable-content', detail))
  if (code === 'retrieval.too-large' || code === 'bus.too-large') {
    return fail(retrievalFaults.fault('too-large', 'The content is too large to be taken in.'))
  }
  return fail(retrievalFaults.fault('unavailable', `The content could not be handed on (${code}).`))
}

/**
 * Does not wait for the disk (`synchronous_commit`): both services have what was sent, and a server that loses this line with its power finds the
 * push unfinished and sends the same again.
 */
async function acknowledge(
  db: Kysely<ConnectorsDatabase>,
  { documentId, contentVersion, original }: Delivery,
  hold: DocumentHold,
  revision: number,
) {
  const hash = hashOfFacts(pushedFacts(documentId, contentVersion, original.access))
  await sql`${prepared} with quickly as materialized (select set_config('synchronous_commit', 'off', true))
    update documents set pending = false, access_hash = ${hash}, access_revision = ${revision}, lease_token = null, lease_until = null
    from quickly where id = ${documentId} and lease_token = ${hold.token}`.execute(db)
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
