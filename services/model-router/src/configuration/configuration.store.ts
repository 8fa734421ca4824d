import type { Budget } from '@tessera/shared/contracts/model-router/budgets'
import type { CatalogueFacts } from '@tessera/shared/contracts/model-router/catalogue'
import type { Guardrails } from '@tessera/shared/contracts/model-router/guardrails'
import type { Route, RouteDefinition } from '@tessera/shared/contracts/model-router/routes'
import { prepared } from '@tessera/shared/database/prepared'
import { type Kysely, sql, type Transaction } from 'kysely'
import type { ModelsDatabase } from '../database.ts'

type Row = {
  version: number
  guardrails: Guardrails | null
  catalogue: { model: string; facts: CatalogueFacts }[]
  budgets: Budget[]
  routes: { name: string; version: number; definition: RouteDefinition; changedBy: string; changedAt: string }[]
}

/** In one statement, hence of one moment. */
export async function loadConfiguration(db: Kysely<ModelsDatabase>, workspaceId: string) {
  const { rows } = await sql<Row>`${prepared}
    select coalesce((select version from configurations where workspace_id = ${workspaceId}), 0) as version,
      (select guardrails from configurations where workspace_id = ${workspaceId}) as guardrails,
      coalesce((select json_agg(json_build_object('model', model, 'facts', facts) order by model) from catalogue
        where workspace_id = ${workspaceId}), '[]') as catalogue,
      coalesce((select json_agg(definition || jsonb_build_object('id', id) order by id) from budgets
        where workspace_id = ${workspaceId}), '[]') as budgets,
      coalesce((select json_agg(json_build_object('name', name, 'version', version, 'definition', definition, 'changedBy', changed_by,
          'changedAt', to_char(changed_at at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')) order by name)
        from (select distinct on (name) * from routes where workspace_id = ${workspaceId} order by name, version desc) r
        where definition is not null), '[]') as routes`.execute(db)
  const [row] = rows as [Row]
  return {
    version: row.version,
    budgets: row.budgets,
    guardrails: row.guardrails ?? { rules: [] },
    own: new Map(row.catalogue.map(({ model, facts }) => [model, facts])),
    routes: new Map(
      row.routes.map(({ definition, ...route }): [string, Route] => [route.name, { ...route, ...definition }]),
    ),
  }
}

/** Takes the lock of the workspace's row: its changes are made one after the other. */
export async function raiseVersion(trx: Transaction<ModelsDatabase>, workspaceId: string): Promise<void> {
  await trx
    .insertInto('configurations')
    .values({ workspace_id: workspaceId, version: 1 })
    .onConflict((conflict) => conflict.column('workspace_id').doUpdateSet({ version: sql`configurations.version + 1` }))
    .execute()
}
