import type { Call } from '@tessera/shared/bus/call'
import type { Role } from '@tessera/shared/contracts/access-control/common'
import { prepared } from '@tessera/shared/database/prepared'
import { type Kysely, sql } from 'kysely'
import type { May } from '../changes/writer.ts'
import type { AccessTables, PrincipalState } from '../database.ts'
import { fault, type StateFault, stateFault } from '../faults.ts'

export type CallerRow = {
  name: string
  kind: 'user' | 'service'
  title: string
  state: PrincipalState
  guest: boolean
  roles: Role[]
}

/** The user or service account that a call is made for; undefined where there is none. */
export function findCaller(db: Kysely<AccessTables>, { caller }: Call): Promise<CallerRow | undefined> {
  return db
    .selectFrom('principals')
    .select(['name', 'kind', 'title', 'state', 'guest', 'roles'])
    .where('workspace_id', '=', caller.workspaceId)
    .where('name', '=', caller.subject)
    .where('kind', 'in', ['user', 'service'])
    .where('to_rev', 'is', null)
    .executeTakeFirst() as Promise<CallerRow | undefined>
}

type CallerNow = { revision: number; workspaceTitle: string; stopped: boolean; row: CallerRow | undefined }

/** The same with the revision at which it stands, in one statement, hence in one snapshot; undefined where there is no such workspace. */
export async function findCallerNow(db: Kysely<AccessTables>, { caller }: Call): Promise<CallerNow | undefined> {
  const { rows } = await sql<
    { revision: number; workspace_title: string; stopped: boolean } & (CallerRow | { name: null })
  >`${prepared}
    select w.revision, w.title as workspace_title, w.stopped_at is not null as stopped, p.name, p.kind, p.title, p.state, p.guest, p.roles
    from workspaces w
    left join principals p on p.workspace_id = w.id and p.name = ${caller.subject} and p.kind in ('user', 'service') and p.to_rev is null
    where w.id = ${caller.workspaceId}`.execute(db)
  const [found] = rows
  if (!found) return undefined
  const { revision, workspace_title: workspaceTitle, stopped } = found
  return { revision, workspaceTitle, stopped, row: found.name === null ? undefined : found }
}

/**
 * Why the caller does not hold one of these roles now. Nobody holds a role through an agent, which could be talked into using it, nor through a key that was
 * made for less than everything.
 */
export function roleFault(
  row: { state: PrincipalState | 'unknown'; roles: readonly Role[] } | undefined,
  call: Call,
  anyOf: readonly Role[],
): StateFault | undefined {
  const unfit = stateFault(row?.state ?? 'unknown')
  if (unfit || anyOf.length === 0) return unfit
  const holds = isInPerson(call) && row?.roles.some((role) => anyOf.includes(role))
  return holds
    ? undefined
    : fault('forbidden', `This takes one of the roles ${anyOf.join(', ')}, held by the caller in person.`)
}

/** Not through an agent or app, nor by a key that was made for less than everything. */
export const isInPerson = ({ caller: { actors, scopes } }: Call) =>
  actors.length === 0 && (scopes.length === 0 || scopes.includes('all'))

export const mayAdmin: May = async (trx, call) => roleFault(await findCaller(trx, call), call, ['admin'])

/** The data source itself, and nobody else: what it says of its documents and groups is its own layer. */
export const mayDataSource =
  (dataSourceId: string): May =>
  async (_, { caller }) =>
    caller.subject === `connector:${dataSourceId}` && caller.actors.length === 0
      ? undefined
      : fault('forbidden', 'Only the data source itself writes its facts.')

/** A service that asks for itself, such as `system:retrieval`. */
export function systemFault({ caller }: Call, ...services: readonly string[]) {
  return services.some((service) => caller.subject === `system:${service}`)
    ? undefined
    : fault('forbidden', 'Only a service may ask this, for itself.')
}
