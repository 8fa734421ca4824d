import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { createDatabase, inTransaction } from './database.ts'
import { type Kysely, sql } from 'kysely'
import { migrate } from './migrate.ts'
import { openPglite } from './pglite-worker.ts'

type Tables = { notes: { id: number; tags: string[]; facts: { a: number } } }

const migrations = {
  '2026-11-23-notes': {
    async up(db: Kysely<unknown>) {
      await db.schema
        .createTable('notes')
        .addColumn('id', 'bigint', (column) => column.primaryKey())
        .addColumn('tags', 'text' as 'varchar')
        .execute()
    },
  },
}

test('two services share one embedded database, each in its own schema, and a second process is refused', async (t) => {
  const dataDir = join(mkdtempSync(join(tmpdir(), 'tessera-')), 'data')
  const worker = await openPglite({ dataDir })
  t.after(async () => {
    await worker.close()
    rmSync(join(dataDir, '..'), { recursive: true })
  })
  const [one, two] = ['one', 'two'].map((schema) => createDatabase<Tables>({ pglite: worker, schema }))
  assert.ok(one && two)
  for (const [db, schema] of [
    [one, 'one'],
    [two, 'two'],
  ] as const) {
    assert.deepEqual(await migrate(db, schema, migrations), ['2026-11-23-notes'])
    assert.deepEqual(await migrate(db, schema, migrations), [])
  }
  await Promise.all([
    inTransaction(one, async (trx) => {
      await trx
        .insertInto('notes')
        .values({ id: 1, tags: '{a}' as never, facts: undefined as never })
        .execute()
    }),
    two
      .insertInto('notes')
      .values({ id: 2, tags: '{b}' as never, facts: undefined as never })
      .execute(),
  ])
  assert.deepEqual(await one.selectFrom('notes').select('id').execute(), [{ id: 1 }])
  assert.deepEqual(await two.selectFrom('notes').select('id').execute(), [{ id: 2 }])
  await assert.rejects(
    inTransaction(one, async (trx) => {
      await trx.deleteFrom('notes').execute()
      throw new Error('no')
    }),
  )
  assert.equal((await one.selectFrom('notes').select('id').execute()).length, 1)
  await assert.rejects(openPglite({ dataDir }), /open already/)
})

test('the planner is told of rows that were written in bulk', async (t) => {
  const worker = await openPglite({})
  t.after(() => worker.close())
  const db = createDatabase<Tables>({ pglite: worker, schema: 'one' })
  await migrate(db, 'one', migrations)
  await sql`insert into notes select n, 'a' from generate_series(1, 5000) n`.execute(db)
  const { rows } = await sql<{ rows: number }>`
    select reltuples as rows from pg_class where relname = 'notes' and relnamespace = 'one'::regnamespace`.execute(db)
  assert.deepEqual(rows, [{ rows: 5000 }])
})
