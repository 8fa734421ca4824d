import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createDatabase } from '@tessera/shared/database/database'
import { newId } from '@tessera/shared/ids/ids'
import { eventually } from '@tessera/testkit/eventually'
import { ownPostgres } from '@tessera/testkit/own-postgres'
import { type Kysely, sql } from 'kysely'
import type { AccessTables } from '../src/database.ts'
import { exportLog } from '../src/log/export-log.ts'
import { readSigningKey } from '../src/log/keys.ts'
import { verifyLog } from '../src/log/verify/verify.ts'
import { migrateAccessControl } from '../src/migrations.ts'
import { contentOf } from './content.ts'
import { serveAccessControl, value } from './start-access-control.ts'

const WRITERS = 6
const KILLS = 3

test('a database that is killed under writes has every acknowledged one whole, and no half of any other', async (t) => {
  const server = await ownPostgres(t)
  const db = createDatabase<AccessTables>({ url: server.url, schema: 'access' })
  t.after(() => db.destroy())
  await migrateAccessControl(db, 'access')
  const access = { db, schema: 'access', ...(await serveAccessControl(t, db)) }
  const workspace = await access.aWorkspace()
  const { aUser, aGroup, aSpace, aDataSource, connector, readable } = contentOf(access, workspace)
  const ana = await aUser()
  const group = await aGroup()
  const source = await aDataSource(await aSpace(ana))

  const acknowledged: { revision: number; documentId: string; contentVersion: string }[] = []
  let refused = 0
  const stop = new AbortController()
  const writing = Array.from({ length: WRITERS }, async () => {
    while (!stop.signal.aborted) {
      const document = { documentId: newId('doc'), contentVersion: newId('ver') }
      const lists = { allow: [ana], deny: [], gates: [], denyAgents: [], state: 'ready' as const }
      const input = { dataSourceId: source, documents: [{ ...document, ...lists }] }
      const [put] = await Promise.all([
        access.connectors.putDocumentAccess(input, connector(source)),
        access.gateway.addMembership({ container: group, member: ana }, workspace.asAdmin()),
        access.gateway.removeMembership({ container: group, member: ana }, workspace.asAdmin()),
      ])
      if (put.ok) acknowledged.push({ ...document, revision: put.value.revision })
      else refused += 1
    }
  })
  for (let kill = 0; kill < KILLS; kill++) {
    const before = acknowledged.length
    await eventually(() => acknowledged.length > before + WRITERS, { timeoutMs: 60_000 })
    await server.kill()
    await server.restart()
  }
  const last = acknowledged.length
  await eventually(() => acknowledged.length > last + WRITERS, { timeoutMs: 60_000 })
  stop.abort()
  await Promise.all(writing)

  assert.ok(refused > 0)
  const documents = acknowledged.slice(-500)
  assert.deepEqual(
    await readable(ana, documents),
    documents.map(({ documentId }) => documentId),
  )
  const { revision } = value(await access.gateway.getMe({}, workspace.asAdmin()))
  assert.ok(acknowledged.every((one) => one.revision <= revision))
  assert.deepEqual(await halves(db, workspace.workspaceId, revision), [])
  // A clean stop signs what there is.
  await access.service.close()
  const { publicKey } = readSigningKey(access.audit.signingKey)
  const lines = await Array.fromAsync(exportLog(db, workspace.workspaceId))
  const { findings, rows } = await verifyLog({ lines: () => lines.join('').split('\n'), publicKey })
  assert.deepEqual(findings, [])
  assert.ok(rows >= revision)
})

/** What would show that some part of a write stands without the rest. */
async function halves(db: Kysely<AccessTables>, workspaceId: string, revision: number): Promise<string[]> {
  const { rows } = await sql<{ found: string }>`
    with changed as (select revision from changes where workspace_id = ${workspaceId}),
    facts as (
      select from_rev, to_rev from document_facts where workspace_id = ${workspaceId}
      union all select from_rev, to_rev from memberships where workspace_id = ${workspaceId}
      union all select from_rev, to_rev from principals where workspace_id = ${workspaceId}
    )
    select 'a revision without a change: ' || r as found from generate_series(1, ${revision}::bigint) r where r not in (select revision from changed)
    union all select 'a change above the revision' from changed where revision > ${revision}
    union all select 'a fact of no change: ' || from_rev from facts where from_rev not in (select revision from changed)
    union all select 'an end of no change: ' || to_rev from facts where to_rev is not null and to_rev not in (select revision from changed)
    union all select 'a document without its facts' from documents d where d.workspace_id = ${workspaceId} and not exists (
      select from document_facts f where f.workspace_id = d.workspace_id and f.document_id = d.document_id and f.layer = 'source' and f.to_rev is null)
    union all select 'a document without its signature' from documents d where d.workspace_id = ${workspaceId} and not exists (
      select from signatures g where g.workspace_id = d.workspace_id and g.signature = d.signature)
    union all select 'a membership twice' from memberships where workspace_id = ${workspaceId} and to_rev is null
      group by container, member having count(*) > 1
    union all select 'a change without its row in the log: ' || revision from changed c where not exists (
      select from log_rows l where l.workspace_id = ${workspaceId} and l.revision = c.revision
        and l.kind in ('change', 'grant', 'key', 'role', 'policy'))`.execute(db)
  return rows.map(({ found }) => found)
}
