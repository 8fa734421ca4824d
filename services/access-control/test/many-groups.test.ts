import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sql } from 'kysely'
import { askableContent } from './questions.ts'
import { startAccessControl, value } from './start-access-control.ts'

test('somebody in 10,000 groups, in a chain of 10,000, is decided before the planner has seen any of them', async (t) => {
  const access = await startAccessControl(t)
  const { workspace, aUser, aDataSource, aSpace, write, readable } = await askableContent(access)
  const { workspaceId } = workspace
  const source = await aDataSource(await aSpace('public'))
  const ben = await aUser()
  const allowed = await write(source, { allow: ['group:grp_9999'] })
  const denied = await write(source, { allow: [ben], deny: ['group:grp_1'] })
  // Nobody analyses them behind the test's back; a plan that reads every membership for each step takes far longer than a call may.
  for (const table of ['principals', 'memberships'])
    await sql`alter table ${sql.table(table)} set (autovacuum_enabled = false)`.execute(access.db)
  await sql`insert into principals (workspace_id, name, kind, title, state, guest, roles, from_rev)
    select ${workspaceId}, 'group:grp_' || n, 'group', 'One of many', 'active', false, '{}', 1 from generate_series(1, 10000) n`.execute(
    access.db,
  )
  await sql`insert into memberships (workspace_id, container, member, from_rev)
    select ${workspaceId}, 'group:grp_' || n, ${ben}, 1 from generate_series(1, 10000) n
    union all select ${workspaceId}, 'group:grp_' || n, 'group:grp_' || (n + 1), 1 from generate_series(1, 9999) n`.execute(
    access.db,
  )
  const filter = value(await access.retrieval.readerFilter({}, workspace.as(ben)))
  // Every group; and themselves, everybody, every member, the space that is open to everybody.
  assert.equal(filter.names[0]?.length, 10_000 + 4)
  assert.deepEqual(await readable(ben, [allowed, denied]), [allowed.documentId])
})
