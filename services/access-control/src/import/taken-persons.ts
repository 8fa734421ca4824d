import { type Kysely, sql } from 'kysely'
import type { AccessTables } from '../database.ts'
import type { Batch } from './batch.ts'

/** A person is (issuer, subject), on an issuer of this workspace, and has one name. */
export async function refuseTakenPersons({ change: { trx, workspaceId }, of, refuse }: Batch): Promise<void> {
  const lines = of('user', ({ name }) => name)
  if (lines.length === 0) return
  const accepted = await findIssuers(trx, workspaceId)
  const inBatch = new Set(lines.map(({ line }) => line.name))
  const persons = await findPersons(
    trx,
    workspaceId,
    lines.map(({ line }) => line),
  )
  // Whoever stands in the batch as well is what their own line makes of them.
  const owners = new Map(persons.filter(({ name }) => !inBatch.has(name)).map((row) => [personKey(row), row.name]))
  for (const { number, line } of lines) {
    if (!accepted.has(line.issuer)) refuse(number, '/issuer', 'must be an issuer that this workspace accepts')
    const owner = owners.get(personKey(line))
    if (owner !== undefined) refuse(number, '/subject', `is ${owner} already, with this issuer`)
    owners.set(personKey(line), line.name)
  }
}

type Person = { issuer: string; subject: string }
const personKey = ({ issuer, subject }: Person) => JSON.stringify([issuer, subject])

async function findIssuers(db: Kysely<AccessTables>, workspaceId: string): Promise<Set<string>> {
  const rows = await db
    .selectFrom('identity_providers')
    .select('issuer')
    .where('workspace_id', '=', workspaceId)
    .execute()
  return new Set(rows.map(({ issuer }) => issuer))
}

async function findPersons(db: Kysely<AccessTables>, workspaceId: string, persons: readonly Person[]) {
  const { rows } = await sql<Person & { name: string }>`
    select p.name, p.issuer, p.subject
    from unnest(${persons.map(({ issuer }) => issuer)}::text[], ${persons.map(({ subject }) => subject)}::text[]) w(issuer, subject)
    join principals p on p.workspace_id = ${workspaceId} and p.issuer = w.issuer and p.subject = w.subject
      and p.to_rev is null and p.issuer is not null`.execute(db)
  return rows
}
