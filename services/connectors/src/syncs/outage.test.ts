import assert from 'node:assert/strict'
import { test } from 'node:test'
import { database } from '@tessera/testkit/database'
import { eventually } from '@tessera/testkit/eventually'
import { tcpProxy } from '@tessera/testkit/tcp-proxy'
import { sql } from 'kysely'
import { tree } from '../../test/handbook.ts'
import { codeOf, lastFirst, startConnectors, startOn, values, write } from '../../test/start-connectors.ts'

for (const service of ['access', 'retrieval'] as const) {
  test(`a sync waits for ${service} to come back, and then ends whole`, async (t) => {
    const connectors = await startConnectors(t, { batchDocuments: 2, maxAttempts: 1000 })
    const halted = Promise.withResolvers<void>()
    const stop = { access: connectors.stopAccess, retrieval: connectors.stopRetrieval }[service]
    const start = { access: connectors.startAccess, retrieval: connectors.startRetrieval }[service]
    let done = false
    await connectors.replica(async (name) => {
      if (name !== 'batch-planned' || done) return
      done = true
      await stop()
      halted.resolve()
    })
    await write(connectors.root, tree)
    const dataSourceId = await connectors.aFolderSource()
    const { id } = values(await connectors.client.startSync({ dataSourceId }, connectors.admin()))
    await halted.promise
    await start()
    const { state, written, seen } = await connectors.ended(dataSourceId, id)
    assert.deepEqual([state, written, seen], ['done', 5, 5])
    assert.deepEqual(connectors.received.violations, [])
  })
}

test('rights are taken away though retrieval is down, and a sync that tried too often ends as failed with its fault', async (t) => {
  const connectors = await startConnectors(t, { maxAttempts: 3 })
  await connectors.replica()
  await write(connectors.root, tree)
  const dataSourceId = await connectors.aFolderSource()
  await connectors.sync(dataSourceId)
  await connectors.stopRetrieval()
  await write(connectors.root, { 'access.yaml': 'version: 1\nrules: []\n', 'index.md': 'changed' })
  const { state, fault } = await connectors.sync(dataSourceId)
  assert.deepEqual([state, fault?.code], ['failed', 'retrieval.unavailable'])
  assert.ok([...connectors.received.facts.values()].every(({ allow }) => allow.length === 0))

  await connectors.startRetrieval()
  assert.equal((await connectors.sync(dataSourceId)).state, 'done')
  assert.equal(connectors.known().get('index.md')?.text, 'changed')
  assert.deepEqual(connectors.received.violations, [])
})

test('a sync survives the loss of the database: it goes on when the database is back', async (t) => {
  const scope = lastFirst(t)
  const { url, schema } = await database(scope, 'connectors')
  const { hostname, port } = new URL(url)
  const proxy = await tcpProxy(scope, { host: hostname, port: Number(port) })
  const through = new URL(url)
  through.hostname = '127.0.0.1'
  through.port = String(proxy.port)
  const options = { batchDocuments: 1, leaseMs: 500 }
  const connectors = await startOn(scope, { url: through.href, schema, migrateUrl: url }, options)
  const cut = Promise.withResolvers<void>()
  let batches = 0
  await connectors.replica(async (name) => {
    if (name !== 'batch-access-sent' || ++batches !== 3) return
    proxy.cut()
    cut.resolve()
  })
  await write(connectors.root, tree)
  const dataSourceId = await connectors.aFolderSource()
  const { id } = values(await connectors.client.startSync({ dataSourceId }, connectors.admin()))
  await cut.promise
  const meanwhile = await connectors.client.getSync({ dataSourceId, syncId: id }, connectors.admin())
  assert.equal(codeOf(meanwhile), 'connectors.unavailable')
  proxy.restore()
  await eventually(async () => codeOf(await connectors.client.listDataSources({}, connectors.admin())) === undefined)
  const { state, written, seen } = await connectors.ended(dataSourceId, id)
  assert.deepEqual([state, written, seen], ['done', 5, 5])
  assert.deepEqual(connectors.received.violations, [])
})

test('a full disk under the database stops a sync, and it goes on when there is room again', async (t) => {
  const connectors = await startConnectors(t, { batchDocuments: 1, maxAttempts: 3 })
  let tries = 0
  const { db } = await connectors.replica(async (name) => {
    if (name === 'listed') tries += 1
  })
  await write(connectors.root, tree)
  const dataSourceId = await connectors.aFolderSource()
  // As PostgreSQL answers when it can not extend a table: after three pages there is no room.
  await sql`create function no_room() returns trigger language plpgsql as $$ begin
    if (select count(*) from documents) >= 3 then raise exception 'no space left' using errcode = 'disk_full'; end if;
    return new; end $$`.execute(db)
  await sql`create trigger no_room before insert on documents for each row execute function no_room()`.execute(db)
  const { id } = values(await connectors.client.startSync({ dataSourceId }, connectors.admin()))
  const numbers = async () => values(await connectors.client.getSync({ dataSourceId, syncId: id }, connectors.admin()))
  // More often than an error that is no outage would be tried again.
  await eventually(() => tries > 5)
  assert.deepEqual([(await numbers()).state, (await numbers()).written], ['running', 3])
  await sql`drop trigger no_room on documents`.execute(db)
  const { state, written } = await connectors.ended(dataSourceId, id)
  assert.deepEqual([state, written], ['done', 5])
  assert.deepEqual(connectors.received.violations, [])
})
