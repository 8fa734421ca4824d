import assert from 'node:assert/strict'
import { writeFile, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { eventually } from '@tessera/testkit/eventually'
import { sql } from 'kysely'
import { newSigningKey, startLog } from '../../test/start-log.ts'
import { isCheckpointOf } from './checkpoint.ts'
import type { CheckpointSink } from './checkpoint-sink.ts'
import { rotateKey } from './rotate-key.ts'
import { verifyLog } from './verify/verify.ts'

type Log = Awaited<ReturnType<typeof startLog>>

const append = async ({ log, entry }: Log, count: number) => {
  for (let row = 0; row < count; row++) await log.append(entry())
}

const verify = async (log: Log, publicKey = log.key.publicKey) => {
  const text = await log.exportText()
  return verifyLog({ lines: () => text.split('\n'), publicKey, checkpoints: await log.keptCheckpoints() })
}

for (const adapter of ['postgres', 'pglite'] as const) {
  test(`rows are vouched for while they arrive, once by two replicas, in the database and outside (${adapter})`, async (t) => {
    const started = await startLog(t, adapter)
    const { db, workspaceId, key, sink } = started
    const soon = { maxAgeMs: 0, pauseMs: 20 }
    await started.startWith(soon)
    await started.startWith(soon)
    for (const rows of [3, 5]) {
      await append(started, rows)
      const { sequence } = await db.selectFrom('log_heads').select('sequence').executeTakeFirstOrThrow()
      await eventually(async () => assert.equal((await sink.last(workspaceId))?.sequence, sequence))
    }
    const kept = await started.keptCheckpoints()
    const sequences = kept.map(({ sequence }) => sequence)
    assert.deepEqual(sequences, [...new Set(sequences)])
    assert.ok(kept.every((checkpoint) => isCheckpointOf(checkpoint, key.publicKey)))
    const stored = () =>
      db.selectFrom('log_checkpoints').select(['sequence', 'signature']).orderBy('sequence').execute()
    await eventually(async () =>
      assert.deepEqual(
        await stored(),
        kept.map(({ sequence, signature }) => ({ sequence, signature })),
      ),
    )
    assert.deepEqual((await verify(started)).findings, [])
    assert.deepEqual(started.behind, [])
  })
}

test('a clean stop leaves nothing uncovered, and neither does a start after a crash', async (t) => {
  const started = await startLog(t)
  const first = await started.startWith()
  await append(started, 2)
  await first.close()
  assert.equal((await started.sink.last(started.workspaceId))?.sequence, 2)
  await append(started, 3)
  await started.startWith()
  assert.equal((await started.sink.last(started.workspaceId))?.sequence, 5)
})

test('a sink that fails leaves the rows due, and holds up no answer', async (t) => {
  const started = await startLog(t)
  let broken = true
  const sink: CheckpointSink = {
    ...started.sink,
    append: (checkpoint) => (broken ? Promise.reject(new Error('disk full')) : started.sink.append(checkpoint)),
  }
  await started.startWith({ sink, maxAgeMs: 0, pauseMs: 20 })
  await append(started, 3)
  assert.equal(await started.sink.last(started.workspaceId), undefined)
  broken = false
  await eventually(async () => assert.equal((await started.sink.last(started.workspaceId))?.sequence, 3))
})

test('a line that a crash cut short is passed over', async (t) => {
  const started = await startLog(t)
  const checkpointer = await started.startWith()
  await append(started, 1)
  await checkpointer.write(started.workspaceId)
  const path = join(started.directory, `${started.workspaceId}.ndjson`)
  await writeFile(path, `${await readFile(path, 'utf8')}{"workspace":"wsp_`)
  assert.equal((await started.sink.last(started.workspaceId))?.sequence, 1)
  await append(started, 1)
  await checkpointer.write(started.workspaceId)
  assert.equal((await started.sink.last(started.workspaceId))?.sequence, 2)
})

test('a restored backup is told at the start and at each checkpoint, until an admin confirms what is lost', async (t) => {
  const started = await startLog(t)
  const { db, workspaceId, behind } = started
  const before = await started.startWith()
  await append(started, 6)
  await before.close()
  // As a backup taken after the fourth row would have it.
  const fourth = await db.selectFrom('log_rows').select('row_hash').where('sequence', '=', 4).executeTakeFirstOrThrow()
  await sql`delete from log_rows where sequence > 4`.execute(db)
  await sql`delete from log_checkpoints`.execute(db)
  await sql`update log_heads set sequence = 4, hash = ${fourth.row_hash}, checkpoint_sequence = 0, uncovered_since = now()`.execute(
    db,
  )

  const after = await started.startWith()
  assert.deepEqual(
    [...new Set(behind.map(({ what, workspaceId: found }) => `${what} ${found}`))],
    [`rows ${workspaceId}`],
  )
  await append(started, 5)
  behind.length = 0
  // Its own look may be at it at the same moment.
  await eventually(async () => {
    assert.equal(await after.write(workspaceId), undefined)
    assert.ok(behind.some(({ what }) => what === 'history'))
  })
  assert.equal((await started.sink.last(workspaceId))?.sequence, 6)

  await after.confirmRestored(workspaceId, { subject: 'user:ana', actors: [] })
  await append(started, 1)
  behind.length = 0
  await after.close()
  assert.deepEqual(behind, [])
  const verified = await verify(started)
  assert.deepEqual(verified.findings, [])
  assert.match(verified.notices.join(), /A backup was restored: rows up to 6 .* confirmed at row 10/)
})

test('a database whose revision is behind the sink is told as well', async (t) => {
  const started = await startLog(t)
  await started.log.append(started.entry({ revision: 7 }))
  await sql`update workspaces set revision = 7`.execute(started.db)
  await (await started.startWith()).close()
  await sql`update workspaces set revision = 6`.execute(started.db)
  await started.startWith()
  assert.deepEqual(
    started.behind.map(({ what, checkpoint }) => [what, checkpoint.revision]),
    [['revision', 7]],
  )
})

test('a key is handed over by a row that both keys signed; the old one vouches for nothing more, either one verifies all', async (t) => {
  const started = await startLog(t)
  const { db, workspaceId, key } = started
  const oldOne = await started.startWith()
  await append(started, 2)
  await oldOne.write(workspaceId)
  await append(started, 1)
  const next = newSigningKey()
  assert.deepEqual(await rotateKey(db, key, next), [workspaceId])
  assert.deepEqual(await rotateKey(db, key, next), [])
  await append(started, 1)
  assert.equal(await oldOne.write(workspaceId), undefined)
  const newOne = await started.startWith({ key: next })
  await append(started, 2)
  await newOne.close()
  for (const trusted of [key, next]) assert.deepEqual((await verify(started, trusted.publicKey)).findings, [])
  const foreign = await verify(started, newSigningKey().publicKey)
  assert.match(foreign.findings.join('\n'), /not signed by the key in force/)
  await assert.rejects(rotateKey(db, key, newSigningKey()), /another key than the old one/)
})
