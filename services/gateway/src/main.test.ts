import assert from 'node:assert/strict'
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { createServer, type AddressInfo } from 'node:net'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { createAssertionKeys } from '@tessera/shared/bus/assertion-keys'
import { createNatsBus } from '@tessera/shared/bus/nats-bus'
import { newId } from '@tessera/shared/ids/ids'
import { bus } from '@tessera/testkit/bus'
import { eventually } from '@tessera/testkit/eventually'
import { createPeople, serveAccess } from '../test/in-test-services.ts'

test('the process serves over NATS with the configuration of its environment, and SIGTERM ends it with 0', async (t) => {
  const { url, prefix } = await bus(t)
  const { signingKeys, trust } = createAssertionKeys()
  const access = await createNatsBus({ url, prefix, service: 'access', signingKey: signingKeys.access, trust })
  t.after(() => access.close({ graceMs: 100 }))
  const people = createPeople()
  const name = `service:${newId('svc')}`
  people.addKey('tsk_good', { principal: name, scopes: ['all'] })
  await serveAccess(access, people.handlers)

  const port = await freePort()
  const child = fork(fileURLToPath(new URL('main.ts', import.meta.url)), {
    env: {
      PATH: process.env['PATH'],
      NATS_URL: url,
      NATS_PREFIX: prefix,
      ASSERTION_KEY: signingKeys.gateway,
      ASSERTION_TRUST: trust,
      REVISION_TOKEN_KEY: 'a key for tests, that is long enough',
      HOST: '127.0.0.1',
      PORT: String(port),
      LOG_LEVEL: 'silent',
    },
  })
  t.after(() => child.kill('SIGKILL'))
  const address = `http://127.0.0.1:${port}`
  await eventually(async () => assert.equal((await fetch(`${address}/health/ready`)).status, 200), {
    timeoutMs: 30_000,
  })
  const me = await fetch(`${address}/v1/me`, { headers: { authorization: 'Bearer tsk_good' } })
  assert.equal(me.status, 200)
  assert.equal(((await me.json()) as { name: string }).name, name)
  const exited = once(child, 'exit')
  child.kill('SIGTERM')
  assert.deepEqual(await exited, [0, null])
})

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return port
}
