import assert from 'node:assert/strict'
import { test } from 'node:test'
import { database } from '@tessera/testkit/database'
import { sql } from 'kysely'
import { answerOnce, createKeptAnswers } from './answer-once.ts'
import { createDatabase, inTransaction } from './database.ts'

const caller = { workspaceId: 'wsp_a', subject: 'user:usr_a', actors: ['agent:agt_a'], scopes: ['all'] }

test('work under one key is done once, by whoever comes first, and again only where it failed or by somebody else', async (t) => {
  const db = createDatabase<object>(await database(t))
  t.after(() => db.destroy())
  await sql.raw(createKeptAnswers).execute(db)
  let done = 0
  const make = (changed: object = {}, fails = false) =>
    inTransaction(db, (trx) =>
      answerOnce(
        trx,
        { caller, operation: 'make', key: 'a', input: { title: 'A', tags: ['b'] }, ...changed },
        async () => {
          // Long enough for the others to come meanwhile.
          await sql`select pg_sleep(0.05)`.execute(trx)
          if (fails) throw new Error('not made')
          done += 1
          return { made: done }
        },
      ),
    )

  await assert.rejects(make({}, true), /not made/)
  const answers = await Promise.all(Array.from({ length: 8 }, () => make()))
  for (const answer of answers) assert.deepEqual(answer, { made: 1 })
  assert.deepEqual(await make({ input: { tags: ['b'], title: 'A' } }), { made: 1 }, 'the order of fields says nothing')
  assert.equal(await make({ input: { title: 'B' } }), undefined)
  assert.equal(await make({ caller: { ...caller, purpose: 'support' } }), undefined)
  const others = [
    { key: 'b' },
    { operation: 'make-other' },
    ...[{ workspaceId: 'wsp_b' }, { subject: 'user:usr_b' }, { actors: [] }].map((of) => ({
      caller: { ...caller, ...of },
    })),
    { key: undefined },
    { key: undefined },
  ]
  for (const [nth, other] of others.entries()) assert.deepEqual(await make(other), { made: nth + 2 })

  await sql`update kept_answers set created_at = now() - interval '25 hours'`.execute(db)
  await make({ key: 'c' })
  const { rows } = await sql<{ key: string }>`select key from kept_answers where workspace_id = 'wsp_a'`.execute(db)
  assert.deepEqual(rows, [{ key: 'c' }], 'what is older than a day goes with the next that is kept')
})
