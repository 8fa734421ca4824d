import { prepared } from '@tessera/shared/database/prepared'
import { type Kysely, sql } from 'kysely'
import type { ConnectorsDatabase } from '../database.ts'
import { inTurns } from './in-turns.ts'

type Delivered = { documentId: string; token: string; accessHash: string; accessRevision: number }

export type Acknowledge = ReturnType<typeof createAcknowledge>

const documentsPerStatement = 100

/**
 * Notes that both services have a push, and lets go of it. Does not wait for the disk (`synchronous_commit`): a server that loses this line with its power finds
 * the push unfinished and sends the same again.
 */
export function createAcknowledge(db: Kysely<ConnectorsDatabase>) {
  return inTurns(documentsPerStatement, async (delivered: readonly Delivered[]) => {
    await sql`${prepared} with quickly as materialized (select set_config('synchronous_commit', 'off', true)),
      delivered as (
        select * from unnest(${delivered.map(({ documentId }) => documentId)}::text[], ${delivered.map(({ token }) => token)}::text[],
          ${delivered.map(({ accessHash }) => accessHash)}::text[], ${delivered.map(({ accessRevision }) => accessRevision)}::bigint[])
          as d (id, token, access_hash, access_revision)
      )
      update documents set pending = false, access_hash = delivered.access_hash, access_revision = delivered.access_revision,
        lease_token = null, lease_until = null
      from quickly, delivered where documents.id = delivered.id and documents.lease_token = delivered.token`.execute(db)
    return delivered.map(() => undefined)
  })
}
