import { isDeepStrictEqual } from 'node:util'
import type { Kysely } from 'kysely'
import type { AccessTables } from '../database.ts'
import type { Batch } from './batch.ts'

/** Whether agents are active and where they read. Their grants, purposes and service accounts stay: a new agent has none. */
export async function importAgents({ change, of, wrote }: Batch): Promise<void> {
  const lines = of('agent', ({ name }) => name)
  if (lines.length === 0) return
  const { trx, workspaceId, revision } = change
  const rows = await findAgents(
    trx,
    workspaceId,
    lines.map(({ line }) => line.name),
  )
  const standing = new Map(rows.map((row) => [row.name, row]))
  const changed = lines.filter(({ line }) => {
    const row = standing.get(line.name)
    return (
      !row ||
      row.active !== line.active ||
      !isDeepStrictEqual(row.scope, line.scope) ||
      !isDeepStrictEqual(row.except_document_ids, line.exceptDocumentIds ?? row.except_document_ids)
    )
  })
  if (changed.length === 0) return
  change.touch({ readers: true })
  await trx
    .updateTable('agents')
    .set({ to_rev: revision })
    .where('workspace_id', '=', workspaceId)
    .where((where) => where.eb('name', '=', where.fn.any(where.val(changed.map(({ line }) => line.name)))))
    .where('to_rev', 'is', null)
    .execute()
  await trx
    .insertInto('agents')
    .values(
      changed.map(({ line }) => {
        const row = standing.get(line.name)
        return {
          workspace_id: workspaceId,
          name: line.name,
          active: line.active,
          scope: JSON.stringify(line.scope),
          except_document_ids: line.exceptDocumentIds ?? row?.except_document_ids ?? [],
          service_account: row?.service_account ?? null,
          purposes: row?.purposes ?? [],
          grants: JSON.stringify(row?.grants ?? noGrants),
          from_rev: revision,
          to_rev: null,
        }
      }),
    )
    .execute()
  for (const { number } of changed) wrote(number)
}

const noGrants = { run: [], read: [], edit: [], publish: [], administer: [] }

const findAgents = (db: Kysely<AccessTables>, workspaceId: string, names: readonly string[]) =>
  db
    .selectFrom('agents')
    .select(['name', 'active', 'scope', 'except_document_ids', 'service_account', 'purposes', 'grants'])
    .where('workspace_id', '=', workspaceId)
    .where((where) => where.eb('name', '=', where.fn.any(where.val([...names]))))
    .where('to_rev', 'is', null)
    .execute()
