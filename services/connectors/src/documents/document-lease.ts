import { randomUUID } from 'node:crypto'
import { inTransaction } from '@tessera/shared/database/database'
import { wait } from '@tessera/shared/time/wait'
import type { Kysely, Transaction } from 'kysely'
import { sql } from 'kysely'
import type { ConnectorsDatabase, DocumentRow } from '../database.ts'
import { fromNow } from '../syncs/lease.ts'

/**
 * Work on one pushed document is done by one process at a time: two pushes that overtake each other on their way to access-control
 * and retrieval would leave facts of one beside content of the other.
 */
export const documentLeaseMs = 60_000

export type DocumentHold = { token: string; untilMs: number }

/** To be made before the statement that takes it: counted from then, it is over here before it is over in the database. */
export const newHold = (): DocumentHold => ({ token: randomUUID(), untilMs: Date.now() + documentLeaseMs })

/** Starts a transaction that holds the live document with this external id, or none if there is none. Undefined: somebody else had it all the time. */
export async function holdDocument<T>(
  db: Kysely<ConnectorsDatabase>,
  where: { dataSourceId: string; externalId: string; untilMs: number; signal: AbortSignal },
  work: (trx: Transaction<ConnectorsDatabase>, row: DocumentRow | undefined, hold: DocumentHold) => Promise<T>,
): Promise<T | undefined> {
  for (;;) {
    const hold = newHold()
    const attempt = await tryToHold(db, where, hold, work)
    if (attempt) return attempt.result
    if (Date.now() >= where.untilMs || where.signal.aborted) return undefined
    await wait(20 + Math.random() * 30, where.signal)
  }
}

function tryToHold<T>(
  db: Kysely<ConnectorsDatabase>,
  { dataSourceId, externalId }: { dataSourceId: string; externalId: string },
  hold: DocumentHold,
  work: (trx: Transaction<ConnectorsDatabase>, row: DocumentRow | undefined, hold: DocumentHold) => Promise<T>,
): Promise<{ result: T } | undefined> {
  return inTransaction(db, async (trx) => {
    const row = await trx
      .selectFrom('documents')
      .selectAll()
      .select(sql<boolean>`lease_until > now() and lease_token is not null`.as('held'))
      .where('data_source_id', '=', dataSourceId)
      .where('external_id', '=', externalId)
      .where('state', '=', 'live')
      .forUpdate()
      .executeTakeFirst()
    if (row?.held) return undefined
    if (row) {
      await trx
        .updateTable('documents')
        .set({ lease_token: hold.token, lease_until: fromNow(documentLeaseMs) })
        .where('id', '=', row.id)
        .execute()
    }
    return { result: await work(trx, row, hold) }
  }).catch((error: unknown) => {
    // Two first pushes of one external id: the other one made it.
    if (error instanceof Error && 'code' in error && error.code === '23505') return undefined
    throw error
  })
}

/** Lets go, if it is still held. With `afterMs`, unfinished work may be taken up again only then. */
export async function letGo(db: Kysely<ConnectorsDatabase>, documentId: string, hold: DocumentHold, afterMs = 0) {
  await db
    .updateTable('documents')
    .set({ lease_token: null, lease_until: fromNow(afterMs) })
    .where('id', '=', documentId)
    .where('lease_token', '=', hold.token)
    .execute()
}
