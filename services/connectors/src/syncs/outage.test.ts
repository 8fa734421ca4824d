import assert from 'node:assert/strict'
import { test } from 'node:test'
import { database } from '@tessera/testkit/database'
import { eventually } from '@tessera/testkit/eventually'
import { tcpProxy } from '@tessera/testkit/tcp-proxy'
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
