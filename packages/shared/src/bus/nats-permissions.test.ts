import { type AssertionKeys, createAssertionKeys, serviceNames } from './assertion-keys.ts'
import { after, before, suite, test } from 'node:test'
import { connect, type NatsConnection } from 'nats'
import { mkdtemp, rm } from 'node:fs/promises'
import { accessContract } from '../contracts/access-control.ts'
import assert from 'node:assert/strict'
import { contracts } from '../contracts/all.ts'
import { createNatsBus } from './nats-bus.ts'
import { eventually } from '@tessera/testkit/eventually'
import { fileURLToPath } from 'node:url'
import { join } from 'node:path'
import { modelsContract } from '../contracts/model-router.ts'
import { ok } from '../fault/result.ts'
import { ownNats } from '@tessera/testkit/own-nats'
import { passwordVariable } from './nats-permissions.ts'
import { randomBytes } from 'node:crypto'
import { type ServiceName, subjectOf } from './contract.ts'
import { tmpdir } from 'node:os'

const configFile = fileURLToPath(new URL('../../../../nats/nats.conf', import.meta.url))
const passwords = new Map(serviceNames.map((service) => [service, `p${randomBytes(12).toString('hex')}`]))

/** The real contracts, reduced to what the test serves: an operation's subject does not depend on the others. */
const access = { ...accessContract, operations: { listWorkspaces: accessContract.operations.listWorkspaces } }
const models = { ...modelsContract, operations: { complete: modelsContract.operations.complete } }

suite('a NATS server with nats/nats.conf', () => {
  const keys: AssertionKeys = createAssertionKeys()
  let url = ''
  const cleanUps: (() => void | Promise<void>)[] = []
  after(async () => {
    for (const cleanUp of cleanUps.toReversed()) await cleanUp()
  })

  before(async () => {
    const store = await mkdtemp(join(tmpdir(), 'tessera-nats-'))
    cleanUps.push(() => rm(store, { recursive: true, force: true }))
    process.env['NATS_STORE_DIR'] = store
    for (const [service, password] of passwords) process.env[passwordVariable(service)] = password
    url = (await ownNats({ after: (cleanUp) => cleanUps.push(cleanUp) }, { configFile })).url
  })

  const bus = async (service: ServiceName, t: { after: (work: () => Promise<void>) => void }) => {
    const password = passwords.get(service)
    const joined = await createNatsBus({
      url,
      service,
      user: service,
      password,
      signingKey: keys.signingKeys[service],
      trust: keys.trust,
    })
    t.after(() => joined.close({ graceMs: 0 }))
    return joined
  }
  const raw = async (user: ServiceName, t: { after: (work: () => Promise<void>) => void }) => {
    const connection = await connect({
      servers: url,
      user,
      pass: passwords.get(user) ?? '',
      inboxPrefix: `tessera.inbox.${user}`,
    })
    t.after(() => connection.close())
    return connection
  }

  test('services call, stream, publish and receive as their contracts say', async (t) => {
    const [server, router, retrieval, agents] = await Promise.all(
      (['access', 'models', 'retrieval', 'agents'] as const).map((service) => bus(service, t)),
    )
    assert.ok(server && router && retrieval && agents)
    await server.serve(access, { listWorkspaces: async () => ok({ workspaces: [] }) })
    await router.serve(models, {
      async *complete() {
        for (let n = 0; n < 3000; n++) {
          yield ok({ type: 'text-delta' as const, text: `${n}` })
          if (n % 10 === 0) await new Promise((resolve) => setImmediate(resolve))
        }
      },
    })
    const system = retrieval.callFor(
      { workspaceId: '', subject: 'system:retrieval', actors: [], scopes: [] },
      { timeoutMs: 5000 },
    )
    assert.deepEqual(await retrieval.connectTo(access).listWorkspaces({}, system), ok({ workspaces: [] }))
    const own = agents.callFor(
      { workspaceId: '', subject: 'system:agents', actors: [], scopes: [] },
      { timeoutMs: 10_000 },
    )
    const request = { model: 'a/b', messages: [{ role: 'user' as const, content: [] }], decisionIds: [] }
    let read = 0
    for await (const element of agents.connectTo(models).complete(request, own)) {
      assert.ok(element.ok)
      read += 1
    }
    assert.equal(read, 3000)
    const seen: number[] = []
    await retrieval.subscribe(accessContract, 'changed', async ({ revision }) => void seen.push(revision))
    const fact = { workspaceId: 'wsp_0123456789', revision: 7 }
    assert.deepEqual(await server.publish(accessContract, 'changed', fact, { dedupId: '7' }), ok())
    await eventually(() => assert.deepEqual(seen, [7]))
  })

  test('a service may send exactly the requests whose contract lists it', async (t) => {
    const operations = contracts.flatMap((contract) =>
      Object.entries(contract.operations).map(([name, { calledBy }]) => ({
        subject: `tessera.${subjectOf(contract, name)}`,
        calledBy: calledBy as readonly ServiceName[],
      })),
    )
    for (const service of serviceNames) {
      const refused = await refusedPublications(
        await raw(service, t),
        operations.map(({ subject }) => subject),
      )
      const expected = operations.filter(({ calledBy }) => !calledBy.includes(service)).map(({ subject }) => subject)
      assert.deepEqual(refused.toSorted(), expected.toSorted(), service)
    }
  })

  test('a service may serve exactly its own operations, and only in its queue group', async (t) => {
    for (const service of serviceNames) {
      const connection = await raw(service, t)
      for (const contract of contracts) {
        const own = contract.service === service
        const subjects = Object.keys(contract.operations).map((name) => `tessera.${subjectOf(contract, name)}`)
        const inQueue = await refusedSubscriptions(connection, subjects, contract.service)
        assert.deepEqual(inQueue, own ? [] : subjects, `${service} in the group of ${contract.service}`)
        assert.deepEqual(await refusedSubscriptions(connection, subjects), subjects, `${service} outside the group`)
      }
    }
  })

  test('nobody reads the inbox of another service, or listens to everything', async (t) => {
    for (const service of serviceNames) {
      const others = serviceNames.filter((other) => other !== service).map((other) => `tessera.inbox.${other}.>`)
      const subjects = [
        ...others,
        'tessera.inbox.>',
        'tessera.inbox.*.>',
        '_INBOX.>',
        'tessera.>',
        'tessera.events.>',
        '$JS.>',
        '>',
      ]
      const connection = await raw(service, t)
      assert.deepEqual(await refusedSubscriptions(connection, subjects), subjects, service)
      assert.deepEqual(await refusedSubscriptions(connection, [`tessera.inbox.${service}.>`]), [])
    }
  })

  test('nobody answers in an inbox unasked, publishes the facts of another service, or manages the stream', async (t) => {
    const forbidden = [
      'tessera.inbox.gateway.x.y',
      'tessera.events.agents.anything',
      '$JS.API.STREAM.DELETE.tessera_events',
      '$JS.API.STREAM.PURGE.tessera_events',
      '$JS.API.STREAM.UPDATE.tessera_events',
      '$JS.API.STREAM.MSG.GET.tessera_events',
      '$JS.API.DIRECT.GET.tessera_events',
      '$JS.API.CONSUMER.CREATE.tessera_events.mine.tessera.events.access.changed',
      '$JS.API.CONSUMER.CREATE.tessera_events.retrieval_access_changed',
      '$JS.API.CONSUMER.DELETE.tessera_events.retrieval_access_changed',
      'anything.else',
    ]
    for (const service of serviceNames)
      assert.deepEqual(
        (await refusedPublications(await raw(service, t), forbidden)).toSorted(),
        forbidden.toSorted(),
        service,
      )
    for (const service of serviceNames.filter((name) => name !== 'access'))
      assert.deepEqual(await refusedPublications(await raw(service, t), ['tessera.events.access.changed']), [
        'tessera.events.access.changed',
      ])
  })

  test('nobody comes in without the password of a service', async () => {
    await assert.rejects(connect({ servers: url, reconnect: false }), /Authorization Violation/)
    await assert.rejects(
      connect({ servers: url, reconnect: false, user: 'access', pass: 'wrong' }),
      /Authorization Violation/,
    )
  })
})

/** Those of the subjects that the server does not let this connection publish to. */
async function refusedPublications(connection: NatsConnection, subjects: readonly string[]): Promise<string[]> {
  const refused = new Set<string>()
  const watch = (async () => {
    for await (const { permissionContext } of connection.status())
      if (permissionContext?.operation === 'publish') refused.add(permissionContext.subject)
  })()
  for (const subject of subjects) connection.publish(subject)
  // The server answers in order: what it refused it has said before the pong.
  await connection.flush()
  await new Promise((resolve) => setImmediate(resolve))
  void watch
  return [...refused]
}

/** Those of the subjects that the server does not let this connection listen to, in their order. */
async function refusedSubscriptions(
  connection: NatsConnection,
  subjects: readonly string[],
  queue?: string,
): Promise<string[]> {
  const refused = new Set<string>()
  const subscriptions = subjects.map((subject) =>
    connection.subscribe(subject, {
      ...(queue === undefined ? {} : { queue }),
      callback: (error) => void (error && refused.add(subject)),
    }),
  )
  await connection.flush()
  for (const subscription of subscriptions) if (!subscription.isClosed()) subscription.unsubscribe()
  return subjects.filter((subject) => refused.has(subject))
}
