import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import type { Message } from '@tessera/shared/contracts/agents'
import { eventually } from '@tessera/testkit/eventually'
import { fileScope } from '@tessera/testkit/file-scope'
import { ownNats } from '@tessera/testkit/own-nats'
import { ownPostgres } from '@tessera/testkit/own-postgres'
import { sharedServer } from '@tessera/testkit/shared-server'
import { tcpProxy } from '@tessera/testkit/tcp-proxy'
import { connect } from 'nats'
import { Client } from 'pg'
import { createApi } from '../src/api.ts'
import { loadHandbook, sync } from './handbook.ts'
import { ask, problemOf, replay, search } from './scenarios.ts'
import { createAgent, createPerson, createPushSource, putDocument } from '@tessera/testkit/builders'
import { type ClusterWorld, clusterWorld } from './world.ts'

// When something is down: what the caller gets, and that it recovers by itself. Six processes, and servers of the test's own to break.

const scope = fileScope()
let world: ClusterWorld
let nats: Awaited<ReturnType<typeof ownNats>>
let postgres: Awaited<ReturnType<typeof ownPostgres>>
let elasticsearch: Awaited<ReturnType<typeof tcpProxy>>
const query = 'pangolin enclosure'

before(async () => {
  const target = new URL(await sharedServer('elasticsearch'))
  ;[nats, postgres, elasticsearch] = await Promise.all([
    ownNats(scope),
    ownPostgres(scope),
    tcpProxy(scope, { host: target.hostname, port: Number(target.port) }),
  ])
  world = await clusterWorld(scope, {
    natsUrl: nats.url,
    databaseServerUrl: postgres.url,
    elasticsearchUrl: `http://127.0.0.1:${elasticsearch.port}`,
    environment: { agents: { RUN_LEASE_MS: '1000' } },
  })
  const keeper = await createPerson(world, 'zookeeper')
  const source = await createPushSource(world, 'Zoo')
  await putDocument(world, source, 'zoo.md', '# Zoo\n\nThe pangolin enclosure opens in May.', { allow: [keeper] })
  await createAgent(world, 'zoo')
})

/** Listens on the bus; `answered` when the next call of this operation has been answered. */
async function nextAnswerOf(operation: string): Promise<{ answered: Promise<void> }> {
  const connection = await connect({ servers: nats.url })
  const replies = new Set<string>()
  const answered = new Promise<void>((resolve) => {
    connection.subscribe('>', {
      callback: (_, { subject, reply }) => {
        if (reply !== undefined && subject.endsWith(operation)) replies.add(reply)
        else if (replies.has(subject)) resolve()
      },
    })
  }).finally(() => void connection.close())
  await connection.flush()
  // In an object: whoever awaits this function waits for it to listen, not for the answer.
  return { answered }
}

const asKeeper = () => world.as('zookeeper')
const answersAgain = () =>
  eventually(async () => assert.equal((await search(await asKeeper(), query)).length, 1), { timeoutMs: 30_000 })

test('without access-control nothing is answered, and it says so', async () => {
  await world.cluster.services.access.stop()
  const problem = await problemOf(search(await asKeeper(), query))
  assert.deepEqual([problem.status, problem.code], [503, 'access.unavailable'])
  await world.cluster.services.access.start()
  await answersAgain()
})

test('access-control killed between filter and check: nothing of what was found is served', async () => {
  await answersAgain()
  elasticsearch.stall()
  const { answered } = await nextAnswerOf('access.v1.readerFilter')
  const searching = problemOf(search(await asKeeper(), query))
  await answered
  await world.cluster.services.access.kill()
  elasticsearch.restore()
  const problem = await searching
  assert.deepEqual([problem.status, problem.code], [503, 'access.unavailable'])
  await world.cluster.services.access.start()
  await answersAgain()
})

test('without a decision log nothing is answered', async () => {
  const client = new Client({ connectionString: world.cluster.databaseUrl })
  await client.connect()
  try {
    await client.query(
      `create function access.refuse() returns trigger language plpgsql as $$ begin raise exception 'read-only'; end $$`,
    )
    await client.query(
      'create trigger refuse before insert on access.log_rows for each row execute function access.refuse()',
    )
    const problem = await problemOf(search(await asKeeper(), query))
    assert.deepEqual([problem.status, problem.code], [503, 'audit.unavailable'])
    await client.query('drop trigger refuse on access.log_rows')
  } finally {
    await client.end()
  }
  await answersAgain()
})

test('without Elasticsearch search is unavailable, never empty', async () => {
  elasticsearch.cut()
  const problem = await problemOf(search(await asKeeper(), query))
  assert.deepEqual([problem.status, problem.code], [503, 'retrieval.unavailable'])
  elasticsearch.restore()
  await answersAgain()
})

test('without NATS calls fail at once, and work again when it is back', async () => {
  await nats.kill()
  const started = performance.now()
  const problem = await problemOf(search(await asKeeper(), query))
  assert.equal(problem.status, 503)
  assert.ok(performance.now() - started < 5000, 'at once, not at a deadline')
  await nats.restart()
  await answersAgain()
})

test('without PostgreSQL it is 503, and it recovers by itself', async () => {
  await postgres.kill()
  assert.equal((await problemOf(search(await asKeeper(), query))).status, 503)
  await postgres.restart()
  await answersAgain()
})

test('a killed agents process: the run goes on from its journal, ends once, and its events have no gap', async () => {
  const api = await asKeeper()
  const conversation = await api.send<{ id: string }>('POST', '/v1/conversations', { agent: 'zoo' })
  const left = new AbortController()
  let started: { messageId: string; questionId: string } | undefined
  const reading = (async () => {
    for await (const { data } of api.stream(
      `/v1/conversations/${conversation.id}/messages`,
      { text: 'When does the pangolin enclosure open?' },
      left.signal,
    )) {
      started ??= data as { messageId: string; questionId: string }
      await world.cluster.services.agents.kill()
    }
  })()
  await reading.catch(() => undefined)
  left.abort()
  await world.cluster.services.agents.start()
  const read = async () =>
    (await api.get<{ messages: Message[] }>(`/v1/conversations/${conversation.id}`)).messages.find(
      ({ id }) => id === started?.messageId,
    )
  await eventually(async () => assert.equal((await read())?.state, 'completed'), { timeoutMs: 30_000 })
  assert.match((await read())?.text ?? '', /opens in May/)
  assert.ok(started)
  const asked = { ...started, conversationId: conversation.id, text: '', cited: [], events: [] }
  const events = await replay(world, 'zookeeper', asked)
  assert.deepEqual(
    events.map(({ id }) => id),
    events.map((_, index) => index + 1),
  )
  assert.equal(events.filter(({ type }) => /^run\.(completed|failed|cancelled|expired)$/.test(type)).length, 1)
})

test('SIGTERM under load: what is in flight finishes, and every process ends well', async () => {
  const api = await asKeeper()
  const asking = Array.from({ length: 12 }, () => ask(api, 'zoo', 'When does the pangolin enclosure open?'))
  await eventually(async () => {
    const { items } = await api.get<{ items: unknown[] }>('/v1/conversations')
    assert.ok(items.length >= 10)
  })
  const stopped = world.cluster.services.gateway.stop()
  const outcomes = await Promise.allSettled(asking)
  assert.deepEqual(await stopped, { code: 0, signal: null })
  const refused = outcomes.filter((outcome) => outcome.status === 'rejected')
  // Whoever had not sent the question yet is refused; nobody gets half an answer.
  for (const { reason } of refused) assert.match(String(reason), /fetch failed|503/)
  await world.cluster.services.gateway.start()
  for (const name of ['agents', 'retrieval', 'models', 'connectors', 'access'] as const) {
    assert.deepEqual(await world.cluster.services[name].stop(), { code: 0, signal: null }, name)
    await world.cluster.services[name].start()
  }
  await answersAgain()
})

test('a database that is lost in the middle of a sync: it goes on, and nothing is missing or twice', async () => {
  const loading = loadHandbook(world).catch(() => undefined)
  const client = createApi(world.url, await world.tokenFor('admin'))
  const dataSource = await eventually(
    async () => {
      const { items } = await client.get<{ items: { id: string; title: string }[] }>('/v1/data-sources?limit=200')
      const found = items.find(({ title }) => title === 'Handbook')
      assert.ok(found)
      const { items: syncs } = await client.get<{ items: { seen: number }[] }>(`/v1/data-sources/${found.id}/syncs`)
      assert.ok((syncs[0]?.seen ?? 0) > 20)
      return found
    },
    { timeoutMs: 60_000 },
  )
  await postgres.kill()
  await postgres.restart()
  await loading
  await eventually(() => sync(world, dataSource.id), { timeoutMs: 240_000 })
  const { documents, waiting } = await client.get<{ documents: number; waiting: number }>(
    `/v1/data-sources/${dataSource.id}/index`,
  )
  assert.deepEqual({ documents, waiting }, { documents: 317, waiting: 0 })
})
