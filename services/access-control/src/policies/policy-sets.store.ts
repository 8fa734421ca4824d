import type { PolicySet, PolicyTest } from '@tessera/shared/contracts/access-control/policies'
import { type Kysely, type Selectable, sql } from 'kysely'
import type { Static } from 'typebox'
import type { Change } from '../changes/writer.ts'
import type { AccessTables } from '../database.ts'

export type PolicySetRow = Selectable<AccessTables['policy_sets']>

export const findPolicySet = (
  db: Kysely<AccessTables>,
  workspaceId: string,
  id: string,
): Promise<PolicySetRow | undefined> =>
  db
    .selectFrom('policy_sets')
    .selectAll()
    .where('workspace_id', '=', workspaceId)
    .where('id', '=', id)
    .executeTakeFirst()

/** The set in force; undefined where none was published. */
export const findInForce = (db: Kysely<AccessTables>, workspaceId: string): Promise<PolicySetRow | undefined> =>
  db
    .selectFrom('policy_sets')
    .selectAll()
    .where('workspace_id', '=', workspaceId)
    .where('state', '=', 'published')
    .executeTakeFirst()

export const toPolicySet = (row: PolicySetRow): Static<typeof PolicySet> => ({
  id: row.id,
  title: row.title,
  state: row.state,
  ...(row.version === null ? {} : { version: row.version }),
  text: row.text,
  tests: row.tests as Static<typeof PolicyTest>[],
  author: row.author,
  createdAt: row.created_at.toISOString(),
  ...(row.published_at === null ? {} : { publishedAt: row.published_at.toISOString() }),
})

/** Puts a set in force, in place of the one that was; a draft gets its version with it. */
export async function putInForce(change: Change, set: PolicySetRow): Promise<PolicySetRow> {
  change.touch({ readers: true })
  const { trx, workspaceId, revision } = change
  const version = set.version ?? (await nextVersion(trx, workspaceId))
  await trx
    .updateTable('policy_sets')
    .set({ state: 'superseded' })
    .where('workspace_id', '=', workspaceId)
    .where('state', '=', 'published')
    .execute()
  const published = await trx
    .updateTable('policy_sets')
    .set({ state: 'published', version, published_at: set.published_at ?? new Date() })
    .where('workspace_id', '=', workspaceId)
    .where('id', '=', set.id)
    .returningAll()
    .executeTakeFirstOrThrow()
  await trx
    .updateTable('policy_versions')
    .set({ to_rev: revision })
    .where('workspace_id', '=', workspaceId)
    .where('to_rev', 'is', null)
    .execute()
  await trx
    .insertInto('policy_versions')
    .values({ workspace_id: workspaceId, version, from_rev: revision, to_rev: null })
    .execute()
  await trx.updateTable('workspaces').set({ policy_version: version }).where('id', '=', workspaceId).execute()
  return published
}

/**
 * Above every version that ever had a text. After a restored backup that is above the revision with which the workspace went on: versions of after the backup are
 * lost, and there were fewer of them than revisions, but a process may still remember their texts.
 */
async function nextVersion(db: Kysely<AccessTables>, workspaceId: string): Promise<number> {
  const { rows } = await sql<{ last: number }>`
    select greatest(0, (select max(s.version) from policy_sets s where s.workspace_id = ${workspaceId}),
      (select max(c.revision) from changes c where c.workspace_id = ${workspaceId} and c.operation = 'resumeWorkspace')) as last`.execute(
    db,
  )
  return (rows[0]?.last ?? 0) + 1
}
