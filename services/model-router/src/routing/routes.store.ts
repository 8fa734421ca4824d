import type { Caller } from '@tessera/shared/bus/call'
import type { Route, RouteDefinition } from '@tessera/shared/contracts/model-router/routes'
import type { Transaction } from 'kysely'
import type { ModelsDatabase } from '../database.ts'

/** The last two versions of a route, the newest first. */
export const versionsOf = (trx: Transaction<ModelsDatabase>, workspaceId: string, name: string) =>
  trx
    .selectFrom('routes')
    .select(['version', 'definition'])
    .where('workspace_id', '=', workspaceId)
    .where('name', '=', name)
    .orderBy('version', 'desc')
    .limit(2)
    .execute()

/** Under the lock of the workspace's configuration, which a change holds. */
export async function addVersion<D extends RouteDefinition | null>(
  trx: Transaction<ModelsDatabase>,
  { workspaceId, subject }: Caller,
  name: string,
  definition: D,
): Promise<Pick<Route, 'name' | 'version' | 'changedBy' | 'changedAt'> & D> {
  const [present] = await versionsOf(trx, workspaceId, name)
  const row = await trx
    .insertInto('routes')
    .values({
      workspace_id: workspaceId,
      name,
      version: (present?.version ?? 0) + 1,
      definition: definition && JSON.stringify(definition),
      changed_by: subject,
    })
    .returning(['version', 'changed_at'])
    .executeTakeFirstOrThrow()
  return { name, version: row.version, changedBy: subject, changedAt: row.changed_at.toISOString(), ...definition }
}
