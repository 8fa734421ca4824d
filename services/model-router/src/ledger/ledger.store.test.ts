import { createDatabase } from '@tessera/shared/database/database'
import { openPglite } from '@tessera/shared/database/pglite-worker'
import { newId } from '@tessera/shared/ids/ids'
import { database } from '@tessera/testkit/database'
import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import type { ModelsDatabase } from '../database.ts'
import { migrateModelRouter } from '../migrations.ts'
import { createReplicaStore } from '../budgets/replica.store.ts'
import { createLedgerStore, type LedgerEnd, type LedgerStart } from './ledger.store.ts'
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

const aStart = (changed: Partial<LedgerStart> = {}): LedgerStart => ({
  id: newId('usg'),
  workspace_id: newId('wsp'),
  version: 0,
  subject: 'user:ana',
  actors: ['agent:a "quoted", {one}', 'agent:b'],
  key_id: 'key_1',
  purpose: null,
  operation: 'complete',
  asked: 'fast',
  model: 'p/m',
  input_tokens: 3,
  cost_micros: null,
  decision_ids: [newId('dec')],
  metadata: { team: 'a "b"' },
  notes: [],
  charges: [],
  ...changed,
})

const anEnd = ({ id }: LedgerStart, changed: Partial<LedgerEnd> = {}): LedgerEnd => ({
  ...{ id, outcome: 'completed', model: 'p/n', route: '"p/n"; asked="fast"' },
  ...{
    input_tokens: 5_000_000_000,
    output_tokens: 7,
    cached_input_tokens: 2,
    reasoning_tokens: null,
    estimated: false,
  },
  ...{ cost_micros: 12, first_content_ms: 1.5, total_ms: 20.25, notes: ['a "note"'], charges: [] },
  ...changed,
})

for (const [name, open] of [
  ['PostgreSQL', onPostgres],
  ['the embedded database', onPglite],
] as const) {
  test(`on ${name} a row comes back as it was written, only to its workspace, and is completed once`, async (t) => {
    const { db, schema } = await open(t)
    t.after(() => db.destroy())
    assert.equal((await migrateModelRouter(db, schema)).length, 7)
    assert.deepEqual(await migrateModelRouter(db, schema), [])
    const [ledger, usage, replicas] = [createLedgerStore(db), createUsageStore(db), createReplicaStore(db)]
    const replica = newId('rpl')
    const start = aStart()
    const filter = { workspaceId: start.workspace_id }
    assert.equal(await ledger.insert(replica, [start]), undefined, 'a replica that nobody knows writes nothing')
    await replicas.add(replica)
    assert.deepEqual(await ledger.insert(replica, [start]), new Map())
    const [started] = await usage.page(filter, { limit: 10 })
    assert.ok(started?.at instanceof Date)
    assert.deepEqual([started.outcome, started.input_tokens, started.total_ms], ['started', 3, null])
    const end = anEnd(start)
    await ledger.complete([end])
    await ledger.complete([anEnd(start, { outcome: 'cancelled' })])
    const [row, ...more] = await usage.page({ ...filter, onlyOf: 'user:ana' }, { beforeId: `${start.id}z`, limit: 10 })
    assert.deepEqual(more, [])
    const { at: _at, replica_id: by, ...rest } = row ?? assert.fail()
    const { version: _version, ...kept } = start
    assert.equal(by, replica)
    assert.deepEqual(rest, { ...kept, ...end })
    assert.deepEqual(await usage.page({ workspaceId: newId('wsp') }, { limit: 10 }), [])
    assert.deepEqual(await usage.page({ ...filter, onlyOf: 'user:ben' }, { limit: 10 }), [])
    const [total] = await usage.totals(filter, ['model', 'agent', 'day'], 10)
    const day = `${row?.at.toISOString().slice(0, 10)}T00:00:00Z`
    assert.deepEqual(total?.by, { model: 'p/n', agent: 'agent:a "quoted", {one}', day })
    assert.deepEqual([total?.requests, total?.costMicros, total?.inputTokens], [1, 12, 5_000_000_000])
  })
}

test('a request that was decided by an older configuration is told so, and leaves no row', async (t) => {
  const { db, schema } = await onPostgres(t)
  t.after(() => db.destroy())
  await migrateModelRouter(db, schema)
  const ledger = createLedgerStore(db)
  const replica = newId('rpl')
  await createReplicaStore(db).add(replica)
  const [old, present, other] = [aStart(), aStart({ version: 3 }), aStart()]
  const workspaceId = old.workspace_id
  await db.insertInto('configurations').values({ workspace_id: workspaceId, version: 3 }).execute()
  const versions = await ledger.insert(replica, [old, { ...present, workspace_id: workspaceId }, other])
  assert.deepEqual(versions, new Map([[workspaceId, 3]]))
  const rows = await db.selectFrom('ledger').select('id').orderBy('id').execute()
  assert.deepEqual(
    rows.map(({ id }) => id),
    [present.id, other.id].toSorted(),
  )
})
