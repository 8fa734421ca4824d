import { prepared } from '@tessera/shared/database/prepared'
import { fail, ok } from '@tessera/shared/fault/result'
import { type Kysely, sql } from 'kysely'
import type { AccessTables } from '../database.ts'
import { fault } from '../faults.ts'
import type { Make } from '../handler.ts'
import { systemFault } from '../people/may.ts'

/** A revoked, expired, rotated or unknown key is one and the same to the caller. */
export const identifyKey: Make<'identifyKey'> = ({ db }) =>
  async function identifyKey({ secretHash }, call) {
    const refusal = systemFault(call, 'gateway')
    if (refusal) return fail(refusal)
    const key = await db
      .selectFrom('api_keys as k')
      .leftJoin('principals as p', (join) =>
        join
          .onRef('p.workspace_id', '=', 'k.workspace_id')
          .onRef('p.name', '=', 'k.principal')
          .on('p.to_rev', 'is', null),
      )
      .select(['k.workspace_id', 'k.id', 'k.principal', 'k.scopes', 'k.data_source_id', 'k.purposes', 'p.state'])
      .innerJoin('workspaces as w', 'w.id', 'k.workspace_id')
      .select(['w.revision', usedBefore.as('usedBefore'), validForMs(secretHash).as('validForMs')])
      .where(
        sql<boolean>`(k.secret_hash = ${secretHash} or (k.old_secret_hash = ${secretHash} and k.old_secret_until > clock_timestamp()))`,
      )
      .where('k.to_rev', 'is', null)
      .where(sql<boolean>`(k.expires_at is null or k.expires_at > clock_timestamp())`)
      .modifyEnd(prepared)
      .executeTakeFirst()
    if (!key) return fail(fault('unknown-key', 'The key is not known, was revoked, or has expired.'))
    if (key.state !== 'active') return fail(fault('deactivated', 'The principal of this key has been deactivated.'))
    if (!key.usedBefore) noteUse(db, key.id)
    return ok({
      workspaceId: key.workspace_id,
      keyId: key.id,
      principal: key.principal,
      scopes: key.scopes,
      purposes: key.purposes,
      revision: key.revision,
      ...(key.validForMs === null ? {} : { validForMs: Math.max(0, Math.floor(key.validForMs)) }),
      ...(key.data_source_id === null ? {} : { dataSourceId: key.data_source_id }),
    })
  }

/** How long this secret is still good for; null: for ever, as far as is known now. */
const validForMs = (secretHash: string) => sql<number | null>`extract(epoch from
  least(k.expires_at, case when k.secret_hash = ${secretHash} then null else k.old_secret_until end) - clock_timestamp())::double precision * 1000`

/** Noted to the minute, so that a busy key is no row rewritten with each request. */
const usedBefore = sql<boolean>`(k.last_used_at is not null and k.last_used_at >= clock_timestamp() - interval '1 minute')`

/** Nobody waits for it, and it may get lost: it says when a key was last used, and decides nothing. */
function noteUse(db: Kysely<AccessTables>, id: string): void {
  const noted = sql`update api_keys set last_used_at = clock_timestamp()
    where id = ${id} and (last_used_at is null or last_used_at < clock_timestamp() - interval '1 minute')`.execute(db)
  noted.catch(() => undefined)
}
