import { type AssertionKeys, createAssertionKeys, parseSigningKey, parseTrust } from './assertion-keys.ts'
import type { Network } from './conformance/probe.ts'
import { bus } from '@tessera/testkit/bus'
import { busConforms } from './bus.conformance.ts'
import { createAssertions } from './assertion.ts'
import { createNatsBus } from './nats-bus.ts'
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { probe, echo } from './conformance/probe.ts'
import { connect } from 'nats'
import assert from 'node:assert/strict'
import test from 'node:test'
import { ownNats } from '@tessera/testkit/own-nats'
import type { ServiceName } from './contract.ts'
import type { TestScope } from '@tessera/testkit/test-scope'

type Place = { url: string; prefix: string; keys: AssertionKeys }

const optionsOf = ({ url, prefix, keys }: Place, service: ServiceName) => ({
  url,
  prefix,
  service,
  signingKey: keys.signingKeys[service],
  trust: keys.trust,
  heartbeatMs: 500,
})

function networkAt(t: TestScope, place: Place): Network {
  const { keys } = place
  return {
    async join(service) {
      const joined = await createNatsBus(optionsOf(place, service))
      t.after(() => joined.close({ graceMs: 0 }))
      return joined
    },
    assertions: (service, { nowMs } = {}) =>
      createAssertions({
        service,
        signingKey: parseSigningKey(keys.signingKeys[service]),
        trust: parseTrust(keys.trust),
        clock: { nowMs: () => nowMs ?? Date.now() },
      }),
  }
}

async function spawnService(t: TestScope, place: Place) {
  const child = fork(new URL('conformance/service-process.ts', import.meta.url), [
    JSON.stringify(optionsOf(place, 'access')),
  ])
  const kill = async () => {
    if (child.exitCode !== null || child.signalCode !== null) return
    child.kill('SIGKILL')
    await once(child, 'exit')
  }
  t.after(kill)
  await once(child, 'message')
  return { kill }
}

busConforms({
  name: 'NATS',
  network: async (t) => networkAt(t, { ...(await bus(t)), keys: createAssertionKeys() }),
  async breakable(t) {
    const server = await ownNats(t)
    const place = { url: server.url, prefix: 'tessera', keys: createAssertionKeys() }
    return { network: networkAt(t, place), server, spawnService: () => spawnService(t, place) }
  },
})

test('ordinary NATS tools see a service, its operations, its queue group and how often it was asked', async (t) => {
  const place = { ...(await bus(t)), keys: createAssertionKeys() }
  const network = networkAt(t, place)
  await (await network.join('access')).serve(probe, echo)
  const gateway = await network.join('gateway')
  const client = gateway.connectTo(probe)
  const call = gateway.callFor(
    { workspaceId: '', subject: 'system:gateway', actors: [], scopes: [] },
    { timeoutMs: 5000 },
  )
  assert.ok((await client.ask({ text: '' }, call)).ok)
  const tool = await connect({ servers: place.url })
  t.after(() => tool.close())
  const found = []
  const options = { strategy: 'count', maxMessages: 1, maxWait: 5000 } as const
  for await (const stats of await tool.services.client(options as never).stats(`${place.prefix}_access`))
    found.push(stats)
  const endpoints = found.flatMap(({ endpoints = [] }) => endpoints)
  assert.deepEqual(
    endpoints.map(({ name, subject, queue_group, num_requests }) => [name, subject, queue_group, num_requests]),
    [
      ['ask', `${place.prefix}.access.v1.ask`, 'access', 1],
      ['write', `${place.prefix}.access.v1.write`, 'access', 0],
      ['count', `${place.prefix}.access.v1.count`, 'access', 0],
    ],
  )
})
