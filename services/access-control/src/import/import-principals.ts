import { type Kysely, sql } from 'kysely'
import type { AccessTables, PrincipalKind } from '../database.ts'
import { rolesOf } from '../people/create-user.ts'
import { differs, type NewPrincipal, replacePrincipals } from '../people/replace-principals.ts'
import type { Batch } from './batch.ts'
import { refuseTakenPersons } from './taken-persons.ts'
import type { Numbered } from './read-lines.ts'

type Defined = 'user' | 'service-account' | 'group' | 'space'
type Standing = Awaited<ReturnType<typeof findByNames>>[number]
type Planned = { readonly number: number; readonly principal: NewPrincipal }

/** Users, service accounts, own groups and spaces. */
export async function importPrincipals(batch: Batch): Promise<void> {
  const { change, of, wrote } = batch
  const types: Defined[] = ['user', 'service-account', 'group', 'space']
  const lines = types.flatMap((type): Numbered<Defined>[] => of(type, ({ name }) => name))
  if (lines.length === 0) return
  const rows = await findByNames(change.trx, change.workspaceId, namesOf(lines))
  const standing = new Map(rows.filter(({ to_rev }) => to_rev === null).map((row) => [row.name, row]))
  const ended = new Set(rows.map(({ name }) => name).filter((name) => !standing.has(name)))
  for (const { number, line } of lines) {
    if (ended.has(line.name)) batch.refuse(number, '/name', 'has ended; a name never comes back')
  }
  await refuseTakenPersons(batch)
  const planned = lines
    .filter(({ number }) => !batch.isRefused(number))
    .map(({ number, line }) => ({ number, principal: toPrincipal(line, standing.get(line.name)) }))
  const changed = planned.filter(({ principal }) => differs(standing.get(principal.name), principal))
  await refuseLastAdmin(batch, changed, standing)
  await replacePrincipals(
    change,
    changed.map(({ principal }) => principal),
  )
  for (const { number } of changed) wrote(number)
}

const namesOf = (lines: readonly Numbered<Defined>[]) => lines.map(({ line }) => line.name)

/** Current and ended definitions; ended ones only tell that there was one. */
const findByNames = (db: Kysely<AccessTables>, workspaceId: string, names: readonly string[]) =>
  db
    .selectFrom('principals')
    .select(['name', 'kind', 'title', 'state', 'guest', 'roles', 'issuer', 'subject', 'to_rev'])
    .where('workspace_id', '=', workspaceId)
    .where((where) => where.eb('name', '=', where.fn.any(where.val([...names]))))
    .execute()

const kinds: Record<Exclude<Defined, 'user'>, PrincipalKind> = {
  'service-account': 'service',
  group: 'group',
  space: 'space',
}

/** What a line does not say stays as it is: a person who was deactivated is not brought back by a list of names. */
function toPrincipal(line: Numbered<Defined>['line'], row: Standing | undefined): NewPrincipal {
  if (line.type !== 'user') {
    const title = line.type === 'service-account' ? line.displayName : line.title
    const none = { guest: false, roles: [], issuer: null, subject: null }
    return { name: line.name, kind: kinds[line.type], title, state: row?.state ?? 'active', ...none }
  }
  const { name, displayName: title, issuer, subject } = line
  const guest = line.guest ?? row?.guest ?? false
  const roles = !line.roles && row ? row.roles : rolesOf(line.roles, guest)
  return { name, kind: 'user', title, state: line.state ?? row?.state ?? 'active', guest, roles, issuer, subject }
}

const isAdmin = ({ state, roles }: Pick<NewPrincipal, 'state' | 'roles'>) =>
  state === 'active' && roles.includes('admin')

async function refuseLastAdmin(
  { change, refuse }: Batch,
  changed: readonly Planned[],
  standing: ReadonlyMap<string, Standing>,
): Promise<void> {
  const demoted = changed.filter(({ principal }) => {
    const row = standing.get(principal.name)
    return row && isAdmin(row) && !isAdmin(principal)
  })
  if (demoted.length === 0 || changed.some(({ principal }) => isAdmin(principal))) return
  const { rows } = await sql`select from principals
    where workspace_id = ${change.workspaceId} and kind = 'user' and to_rev is null and state = 'active' and 'admin' = any(roles)
      and name <> all(${changed.map(({ principal }) => principal.name)}::text[])
    limit 1`.execute(change.trx)
  if (rows.length > 0) return
  for (const { number } of demoted) refuse(number, '/roles', 'must leave the workspace an active admin')
}
