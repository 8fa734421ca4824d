import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createDatabase } from '@tessera/shared/database/database'
import { database } from '@tessera/testkit/database'
import { sql } from 'kysely'
import type { AgentsTables } from '../database.ts'
import { firstTables } from './2026-11-23-first-tables.ts'
import { participantsAndLabels } from './2026-11-24-participants-and-labels.ts'

test('what was stored before labels existed reads as made from unlabelled passages, for everyone, a journal in use included', async (t) => {
  const { url, schema } = await database(t, 'agents')
  const db = createDatabase<AgentsTables>({ url, schema })
  const bare = createDatabase<unknown>({ url, schema })
  t.after(() => Promise.all([db.destroy(), bare.destroy()]))
  await sql`create schema if not exists ${sql.id(schema)}`.execute(db)
  await firstTables.up(bare)
  const steps = (kind: string, output: object) =>
    sql`insert into run_steps (run_id, number, kind, output) values ('r', ${kind.length}, ${kind}, ${JSON.stringify(output)})`
  for (const statement of [
    sql`insert into agents (id, workspace_id, handle, title, active, grants, known, created_by) values ('a', 'w', 'h', 't', true, '{}', true, 'u')`,
    sql`insert into agent_versions (id, agent_id, number, instructions, scope, created_by) values ('v', 'a', 1, '', '{}', 'u')`,
    sql`insert into conversations (id, workspace_id, author, agent_id) values ('c', 'w', 'u', 'a')`,
    sql`insert into messages (id, conversation_id, role, author, state, text, partial, citations) values ('m', 'c', 'assistant', 'a', 'running', '', false, '[]')`,
    sql`insert into read_sets values ('m', 'd', 'p', 'x', 'full')`,
    sql`insert into runs (id, workspace_id, conversation_id, question_id, message_id, agent_id, agent_version_id, subject, actors, scopes, state,
      lease_owner, lease_until, fence, attempt, deadline_at, last_seq, reserved_seq)
      values ('r', 'w', 'c', 'm', 'm', 'a', 'v', 'u', '[]', '[]', 'running', 'x', now(), 1, 1, now(), 1, 1)`,
    steps('search', { decisionId: 'd', revision: 1, passages: [{ passageId: 'p' }, { passageId: 'q' }] }),
    steps('complete', { text: 'x' }),
  ])
    await statement.execute(db)
  await participantsAndLabels.up(bare)
  const [entry] = await db.selectFrom('read_sets').selectAll().execute()
  assert.deepEqual(entry?.labels, [])
  const outputs = await db.selectFrom('run_steps').select('output').orderBy('number').execute()
  assert.deepEqual(
    outputs.map(({ output }) => output),
    [
      {
        ...{ decisionId: 'd', revision: 1 },
        passages: [
          { passageId: 'p', labels: [] },
          { passageId: 'q', labels: [] },
        ],
      },
      { text: 'x' },
    ],
  )
  const run = await db.selectFrom('runs').select(['audience', 'only_for', 'purpose']).executeTakeFirstOrThrow()
  assert.deepEqual(run, { audience: [], only_for: null, purpose: null })
})
