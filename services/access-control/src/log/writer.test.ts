import assert from 'node:assert/strict'
import { test } from 'node:test'
import { inTransaction } from '@tessera/shared/database/database'
import { newId } from '@tessera/shared/ids/ids'
import { sql } from 'kysely'
import { aDocument, startLog } from '../../test/start-log.ts'
import { LogError } from './log-error.ts'
import { rowHash } from './row.ts'
import { toLogRow } from './stored-row.ts'
import { createLogWriter } from './writer.ts'

type Log = Awaited<ReturnType<typeof startLog>>

const rowsOf = ({ db, workspaceId }: Log) =>
  db.selectFrom('log_rows').selectAll().where('workspace_id', '=', workspaceId).orderBy('sequence').execute()

/** Numbered from 1 without gaps, each on the one before, each with the hash of what it holds. */
async function assertChained(started: Log): Promise<void> {
  let previous = '0'.repeat(64)
  for (const [index, row] of (await rowsOf(started)).entries()) {
    assert.equal(row.sequence, index + 1)
    assert.equal(row.previous_hash, previous)
    assert.equal(row.row_hash, rowHash(toLogRow(row)))
    previous = row.row_hash
  }
}

for (const adapter of ['postgres', 'pglite'] as const) {
  test(`200 rows at once from two writers are one chain without gaps, and each receipt is its row (${adapter})`, async (t) => {
    const started = await startLog(t, adapter)
    const { log, again, entry, workspaceId, db } = started
    const other = createLogWriter({ db: again() })
    const receipts = await Promise.all(
      Array.from({ length: 200 }, (_, index) =>
        (index % 2 ? log : other).append(entry({ subject: `user:${index % 7}`, documents: [aDocument()] })),
      ),
    )
    const rows = await rowsOf(started)
    assert.equal(rows.length, 200)
    await assertChained(started)
    assert.deepEqual(
      receipts.toSorted((left, right) => left.sequence - right.sequence),
      rows.map(({ id, sequence, row_hash }) => ({ decisionId: id, sequence, rowHash: row_hash })),
    )
    const head = await db
      .selectFrom('log_heads')
      .select(['sequence', 'hash'])
      .where('workspace_id', '=', workspaceId)
      .executeTakeFirstOrThrow()
    assert.deepEqual(head, { sequence: 200, hash: rows.at(-1)?.row_hash })
  })

  test(`a row holds no name, id or text of what it is about (${adapter})`, async (t) => {
    const started = await startLog(t, adapter)
    const document = aDocument()
    await started.log.append(started.entry({ subject: 'user:ana', actors: ['agent:helper'], documents: [document] }))
    const [row] = await rowsOf(started)
    const text = JSON.stringify(row)
    for (const name of ['ana', 'helper', document.documentId, ...document.passages]) {
      assert.ok(!text.includes(name), `${name} is in ${text}`)
    }
    assert.partialDeepStrictEqual(row?.body, {
      operation: 'search',
      outcomes: [{ decision: 'allowed', view: 'full', reasons: ['allow'] }],
    })
  })
}

test('rows of changes and of decisions share the chain, and a change that is rolled back leaves none', async (t) => {
  const started = await startLog(t)
  const { db, log, entry, workspaceId } = started
  const change = (fail: boolean) =>
    inTransaction(db, async (trx) => {
      await sql`select from workspaces where id = ${workspaceId} for update`.execute(trx)
      const subject = `user:${newId('usr')}`
      await log.appendInTransaction(trx, [entry({ kind: 'change', subject }), entry({ kind: 'key', subject })])
      if (fail) throw new Error('rolled back')
    }).catch((error: unknown) => {
      if (!fail) throw error
    })
  await Promise.all(
    Array.from({ length: 40 }, (_, index) => (index % 4 ? log.append(entry()) : change(index % 8 === 0))),
  )
  await assertChained(started)
  const kinds = Map.groupBy(await rowsOf(started), ({ kind }) => kind)
  assert.deepEqual([kinds.get('passages')?.length, kinds.get('change')?.length, kinds.get('key')?.length], [30, 5, 5])
})

test('one name has one alias, whoever mentions it first, and no workspace shares it', async (t) => {
  const started = await startLog(t)
  const { again, entry } = started
  const other = newId('wsp')
  await started.db.insertInto('workspaces').values({ id: other, title: 'Other', revision: 1 }).execute()
  const writers = Array.from({ length: 5 }, () => createLogWriter({ db: again() }))
  await Promise.all(writers.map((writer) => writer.append(entry())))
  await started.log.append(entry({ workspaceId: other }))
  const subjects = new Set((await rowsOf(started)).map(({ body }) => body.subject))
  assert.equal(subjects.size, 1)
  const [foreign] = await rowsOf({ ...started, workspaceId: other })
  assert.ok(foreign && !subjects.has(foreign.body.subject))
})

test('a table that takes no rows fails every writer, and nothing is lost or numbered twice afterwards', async (t) => {
  const started = await startLog(t)
  const { db, log, entry } = started
  await log.append(entry())
  await sql`create function read_only() returns trigger language plpgsql as $$ begin raise exception 'read only'; end $$`.execute(
    db,
  )
  await sql`create trigger read_only before insert on log_rows for each statement execute function read_only()`.execute(
    db,
  )
  const refused = await Promise.allSettled(Array.from({ length: 20 }, () => log.append(entry())))
  for (const outcome of refused) {
    assert.equal(outcome.status, 'rejected')
    assert.ok(outcome.status === 'rejected' && outcome.reason instanceof LogError)
  }
  await sql`drop trigger read_only on log_rows`.execute(db)
  await Promise.all(Array.from({ length: 20 }, () => log.append(entry())))
  assert.equal((await rowsOf(started)).length, 21)
  await assertChained(started)
})

test('a row under a proviso is written only while that holds, whatever shares its batch', async (t) => {
  const started = await startLog(t)
  const { db, log, again, entry, workspaceId } = started
  await db.updateTable('workspaces').set({ revision: 2 }).where('id', '=', workspaceId).execute()
  const sources = { fresh: await aDataSource(started, null), stale: await aDataSource(started, 1_000) }
  const provisos = {
    'of now': { revision: 2, dataSourceIds: [sources.fresh] },
    'of before': { revision: 1, dataSourceIds: [sources.fresh] },
  }
  const other = createLogWriter({ db: again() })
  for (const round of [1, 2, 3]) {
    // Each batch but the first holds all kinds; the other writer moves the head in between.
    const written = await Promise.all(
      Array.from({ length: 20 }, () => [
        log.append(entry()).then(() => 'without'),
        ...Object.entries(provisos).map(([name, proviso]) =>
          log.appendIf(proviso, entry()).then((receipt) => receipt && name),
        ),
        other.appendIf(provisos['of now'], entry()).then((receipt) => receipt && 'other'),
      ]).flat(),
    )
    const counts = Map.groupBy(written, (name) => name ?? 'not written')
    const sizes = Object.fromEntries([...counts].map(([name, { length }]) => [name, length]))
    assert.deepEqual(sizes, { without: 20, 'of now': 20, other: 20, 'not written': 20 }, `round ${round}`)
  }
  const stopped = async (at: Date | null) => {
    await db.updateTable('workspaces').set({ stopped_at: at }).where('id', '=', workspaceId).execute()
    return (await log.appendIf(provisos['of now'], entry())) === undefined
  }
  assert.deepEqual([await stopped(new Date()), await stopped(null)], [true, false])
  const unfit = [sources.stale, newId('src')].map((dataSourceId) => ({ revision: 2, dataSourceIds: [dataSourceId] }))
  // Nothing has to be looked up for these, so all but the first are one batch, in this order.
  const receipts = await Promise.all(
    [provisos['of now'], provisos['of now'], ...unfit].map((proviso) =>
      log.appendIf(proviso, entry({ documents: [] })),
    ),
  )
  assert.deepEqual(receipts.slice(-2), [undefined, undefined])
  const written = receipts.filter((receipt) => receipt !== undefined)
  assert.equal((await rowsOf(started)).length, 181 + written.length)
  await assertChained(started)
})

/** Confirmed an hour ago. */
async function aDataSource({ db, workspaceId }: Log, freshnessMs: number | null): Promise<string> {
  const dataSourceId = newId('src')
  const key = { workspace_id: workspaceId, data_source_id: dataSourceId }
  await db
    .insertInto('data_sources')
    .values({ ...key, space: 'space:s', freshness_ms: freshnessMs, from_rev: 1, to_rev: null })
    .execute()
  await sql`insert into data_source_confirmations (workspace_id, data_source_id, confirmed_at)
    values (${workspaceId}, ${dataSourceId}, clock_timestamp() - interval '1 hour')`.execute(db)
  return dataSourceId
}

test('a clock that steps back changes no order', async (t) => {
  const started = await startLog(t)
  let nowMs = Date.parse('2026-11-23T12:00:00.000Z')
  const log = createLogWriter({ db: started.db, clock: { nowMs: () => nowMs } })
  for (let row = 0; row < 5; row++) {
    await log.append(started.entry())
    nowMs -= 3_600_000
  }
  const times = (await rowsOf(started)).map(({ at }) => at.getTime())
  assert.deepEqual(
    times,
    times.toSorted((left, right) => right - left),
  )
  await assertChained(started)
})

test('an append within a transaction is refused instead of waiting for itself', async (t) => {
  const { db, log, entry } = await startLog(t)
  await assert.rejects(
    inTransaction(db, () => log.append(entry())),
    /Within a transaction/,
  )
})
