import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { test, type TestContext } from 'node:test'
import { fileURLToPath } from 'node:url'
import { createAssertionKeys } from '@tessera/shared/bus/assertion-keys'
import type { ServiceName } from '@tessera/shared/bus/contract'
import { createNatsBus } from '@tessera/shared/bus/nats-bus'
import { retrievalContract } from '@tessera/shared/contracts/retrieval'
import { createDatabase } from '@tessera/shared/database/database'
import { newId } from '@tessera/shared/ids/ids'
import { bus } from '@tessera/testkit/bus'
import { database } from '@tessera/testkit/database'
import { eventually } from '@tessera/testkit/eventually'
import { search } from '@tessera/testkit/search'
import { pino } from 'pino'
import { createRetrieval } from '../src/app.ts'
import type { RetrievalTables } from '../src/database.ts'
import { createElasticsearchIndex } from '../src/index/elasticsearch/elasticsearch-index.ts'
import { migrateRetrieval } from '../src/migrations.ts'
import { createJobsStore } from '../src/reindex/jobs.store.ts'
import { serveAccess } from './access.ts'
import type { DyingReindexer } from './reindexer-that-dies.ts'

const program = fileURLToPath(new URL('reindexer-that-dies.ts', import.meta.url))
const jobLeaseMs = 1000
const patiently = { timeoutMs: 60_000 }

/** Retrieval in processes that come and go, over a real NATS. */
async function start(t: TestContext) {
  const nats = await bus(t)
  const { signingKeys, trust } = createAssertionKeys()
  const stops: (() => Promise<unknown>)[] = []
  t.after(async () => {
    for (const stop of stops.toReversed()) await stop()
  })
  const join = async (service: ServiceName) => {
    const one = await createNatsBus({ ...nats, service, signingKey: signingKeys[service], trust })
    stops.push(() => one.close({ graceMs: 0 }))
    return one
  }
  const where = await database(t, 'retrieval')
  const elastic = await search(t)
  const db = createDatabase<RetrievalTables>(where)
  stops.push(() => db.destroy())
  await migrateRetrieval(db, where.schema)
  const access = await serveAccess(await join('access'))
  access.covering.set('user:admin', ['role:admin'])
  const startReplica = async () => {
    const index = createElasticsearchIndex(elastic)
    const options = { bus: await join('retrieval'), db, index, passageIdKey: 'k'.repeat(32), jobLeaseMs }
    const service = await createRetrieval({ ...options, logger: pino({ level: 'silent' }) })
    let stopped: Promise<unknown> | undefined
    const stop = () => (stopped ??= service.close().then(() => index.close()))
    stops.push(stop)
    return async () => {
      await stop()
      await options.bus.close({ graceMs: 0 })
    }
  }
  const startDying = async (dieAt: DyingReindexer['dieAt']) => {
    const options: DyingReindexer = {
      nats: { ...nats, signingKey: signingKeys.retrieval, trust },
      database: where,
      search: elastic,
      jobLeaseMs,
      dieAt,
    }
    const child = spawn(process.execPath, [program, JSON.stringify(options)], { stdio: ['ignore', 'pipe', 'inherit'] })
    t.after(() => void child.kill('SIGKILL'))
    const exited = once(child, 'exit')
    await once(child.stdout, 'data')
    return { exited }
  }
  const [gateway, connectors] = [await join('gateway'), await join('connectors')]
  const { workspaceId } = access
  const dataSourceId = newId('src')
  const callOf = (subject: string) =>
    gateway.callFor({ workspaceId, subject, actors: [], scopes: [] }, { timeoutMs: 15_000 })
  const content = connectors.connectTo(retrievalContract)
  const retrieval = gateway.connectTo(retrievalContract)
  const put = async (text: string) => {
    const [documentId, contentVersion] = [newId('doc'), newId('ver')]
    const accessRevision = await access.put(documentId, { dataSourceId, contentVersion, allow: ['user:ana'] })
    const document = { documentId, dataSourceId, contentVersion, accessRevision, externalId: `${documentId}.md` }
    const caller = { workspaceId, subject: `connector:${dataSourceId}`, actors: [], scopes: [] }
    const call = connectors.callFor(caller, { timeoutMs: 30_000 })
    const stored = await content.putDocument({ ...document, mediaType: 'text/markdown', text }, call)
    assert.ok(stored.ok, JSON.stringify(stored))
  }
  const status = async () => {
    const answer = await retrieval.indexStatus({}, callOf('user:admin'))
    assert.ok(answer.ok, JSON.stringify(answer))
    return answer.value
  }
  const found = async (query: string) => {
    const answer = await retrieval.search({ query, limit: 5 }, callOf('user:ana'))
    assert.ok(answer.ok, JSON.stringify(answer))
    return answer.value.passages.map(({ text }) => text)
  }
  /** As an admin does, without a replica that could begin it before the one that dies. */
  const startJob = async () => {
    const { workspace_id, version } = await db.selectFrom('indexes').selectAll().executeTakeFirstOrThrow()
    await createJobsStore(db, { version, leaseMs: jobLeaseMs }).start(workspace_id, 'reindex')
  }
  return { put, status, found, startReplica, startDying, startJob, retrieval, callOf }
}

for (const dieAt of ['put', 'promoted'] as const) {
  test(`a process that is killed while it makes an index (${dieAt}) is followed by another, and nothing is lost or twice there`, async (t) => {
    const { put, status, found, startReplica, startDying, startJob, retrieval, callOf } = await start(t)
    const stopFirst = await startReplica()
    // More than a page of the work, so that it is killed between two.
    const long = Array.from({ length: 700 }, (_, at) => `## Part ${at}\n\n${`zebra${at} `.repeat(60)}`).join('\n\n')
    for (const name of ['one', 'two', 'three', 'four']) await put(`# ${name}\n\n${long}`)
    await put('vacation')
    await eventually(async () => assert.equal((await status()).waiting, 0), patiently)
    const { index } = await status()
    assert.ok(index && index.rows === index.expected && index.rows > 1000)
    await stopFirst()

    await startJob()
    const { exited } = await startDying(dieAt)
    const [, signal] = (await exited) as [number | null, string | null]
    assert.equal(signal, 'SIGKILL')
    await startReplica()
    await eventually(async () => assert.equal((await status()).reindex?.state, 'done'), patiently)
    const after = await status()
    assert.deepEqual([after.index?.rows, after.index?.expected], [index.rows, index.rows])
    assert.deepEqual(await found('vacation'), ['vacation'])
    assert.equal((await found('zebra699')).length > 0, true)
    assert.ok((await retrieval.reconcileIndex({}, callOf('user:admin'))).ok)
    await eventually(async () => {
      const { reconciliation } = await status()
      assert.deepEqual([reconciliation?.state, reconciliation?.repaired, reconciliation?.unknown], ['done', 0, 0])
    }, patiently)
  })
}
