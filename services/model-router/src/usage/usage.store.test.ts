import { createDatabase } from '@tessera/shared/database/database'
import { openPglite } from '@tessera/shared/database/pglite-worker'
import { newId } from '@tessera/shared/ids/ids'
import { database } from '@tessera/testkit/database'
import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import type { ModelsDatabase } from '../database.ts'
import { migrateModelRouter } from '../migrations.ts'
import { createUsageStore } from './usage.store.ts'

async function onPostgres(t: TestContext) {
  const { url, schema } = await database(t, 'models')
  return { db: createDatabase<ModelsDatabase>({ url, schema }), schema }
}

async function onPglite(t: TestContext) {
  const pglite = await openPglite({})
  t.after(() => pglite.close())
  return { db: createDatabase<ModelsDatabase>({ pglite, schema: 'models' }), schema: 'models' }
}

for (const [name, open] of [
  ['PostgreSQL', onPostgres],
  ['the embedded database', onPglite],
] as const) {
  test(`on ${name} a row comes back as it was written, and only to its workspace`, async (t) => {
    const { db, schema } = await open(t)
    t.after(() => db.destroy())
    assert.equal((await migrateModelRouter(db, schema)).length, 1)
    assert.deepEqual(await migrateModelRouter(db, schema), [])
    const store = createUsageStore(db)
    const caller = {
      workspaceId: newId('wsp'),
      subject: 'user:ana',
      actors: ['agent:a "quoted", {one}', 'agent:b'],
      scopes: [],
    }
    const decisionIds = [newId('dec')]
    const id = await store.insertStart({ caller, model: 'p/m', operation: 'complete', inputTokens: 3, decisionIds })
    const [started] = await store.page({ workspaceId: caller.workspaceId, limit: 10 })
    assert.ok(started?.at instanceof Date)
    assert.deepEqual([started.outcome, started.input_tokens, started.total_ms], ['started', 3, null])
    const usage = { inputTokens: 5_000_000_000, outputTokens: 7, estimated: false }
    await store.updateEnd(id, { outcome: 'completed', usage, firstContentMs: 1.5, totalMs: 20.25 })
    const [row, ...more] = await store.page({
      workspaceId: caller.workspaceId,
      subject: 'user:ana',
      beforeId: id + 1,
      limit: 10,
    })
    assert.deepEqual(more, [])
    const { at: _at, ...rest } = row ?? assert.fail()
    assert.deepEqual(rest, {
      id,
      workspace_id: caller.workspaceId,
      subject: 'user:ana',
      actors: caller.actors,
      model: 'p/m',
      operation: 'complete',
      outcome: 'completed',
      input_tokens: 5_000_000_000,
      output_tokens: 7,
      estimated: false,
      first_text_ms: 1.5,
      total_ms: 20.25,
      decision_ids: decisionIds,
    })
    assert.deepEqual(await store.page({ workspaceId: newId('wsp'), limit: 10 }), [])
    assert.deepEqual(await store.page({ workspaceId: caller.workspaceId, subject: 'user:ben', limit: 10 }), [])
  })
}
