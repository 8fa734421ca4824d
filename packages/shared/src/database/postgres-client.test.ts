import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import { database } from '@tessera/testkit/database'
import { sql } from 'kysely'
import { createDatabase, inTransaction } from './database.ts'
import { last, prepared } from './prepared.ts'

async function start(t: TestContext) {
  const { url, schema } = await database(t, 'shared')
  const db = createDatabase<{ notes: { id: number } }>({ url, schema, poolSize: 1 })
  t.after(() => db.destroy())
  await sql`create table notes (id integer primary key deferrable initially deferred)`.execute(db)
  const ids = async () => (await db.selectFrom('notes').select('id').orderBy('id').execute()).map(({ id }) => id)
  return { db, ids }
}

test('a transaction is all or nothing, whatever is sent together, and its connection goes on', async (t) => {
  const { db, ids } = await start(t)
  const insert = (id: number) => sql`${prepared} insert into notes values (${id}) ${last}`
  await inTransaction(db, async (trx) => {
    assert.deepEqual(await trx.selectFrom('notes').select('id').execute(), [])
    await sql`insert into notes values (1)`.execute(trx)
    await insert(2).execute(trx)
  })
  assert.deepEqual(await ids(), [1, 2])

  const refused: [string, (trx: typeof db) => Promise<unknown>][] = [
    ['its first read fails', (trx) => sql`select 1 / 0`.execute(trx)],
    [
      'its last statement fails',
      async (trx) => {
        await sql`insert into notes values (3)`.execute(trx)
        await sql`insert into notes values (1 / 0) ${last}`.execute(trx)
      },
    ],
    [
      'its commit fails',
      async (trx) => {
        await sql`insert into notes values (3)`.execute(trx)
        await insert(1).execute(trx)
      },
    ],
    ['only its last statement writes, and the commit fails', (trx) => insert(1).execute(trx)],
  ]
  for (const [name, work] of refused)
    await t.test(`when ${name}, nothing is written`, async () => {
      await assert.rejects(inTransaction(db, work))
      assert.deepEqual(await ids(), [1, 2])
    })
})

test('nothing is let through after the last statement of a transaction', async (t) => {
  const { db, ids } = await start(t)
  await assert.rejects(
    inTransaction(db, async (trx) => {
      await sql`insert into notes values (1) ${last}`.execute(trx)
      await sql`insert into notes values (2)`.execute(trx)
    }),
    /after the last one/,
  )
  assert.deepEqual(await ids(), [1])
})

test('a snapshot that only reads is one', async (t) => {
  const { db, ids } = await start(t)
  const level = { isolationLevel: 'repeatable read', accessMode: 'read only' } as const
  const shown = await inTransaction(
    db,
    async (trx) =>
      (await sql<{ level: string }>`select current_setting('transaction_isolation') as level`.execute(trx)).rows,
    level,
  )
  assert.deepEqual(shown, [{ level: 'repeatable read' }])
  await assert.rejects(
    inTransaction(db, (trx) => sql`insert into notes values (1)`.execute(trx), level),
    /read-only/,
  )
  assert.deepEqual(await ids(), [])
})
