import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import type { RunEvent } from '@tessera/shared/contracts/agents'
import { createDatabase } from '@tessera/shared/database/database'
import { ok } from '@tessera/shared/fault/result'
import { newId } from '@tessera/shared/ids/ids'
import type { TestScope } from '@tessera/testkit/test-scope'
import { sql } from 'kysely'
import { delta, ended, started } from '../test/neighbours.ts'
import { anAgent, assertGapless, drawn, first } from '../test/start-agents.ts'
import { aBuilder, startCluster } from '../test/start-cluster.ts'
import type { AgentsTables } from './database.ts'

const programOf = (path: string) => fileURLToPath(new URL(path, import.meta.url))

test('a service that is told to stop ends well, and another goes on with its run at once', async (t) => {
  const { neighbours, gateway, worker } = await startCluster(t)
  let speaker = 0
  neighbours.state.model = async function* speak(_request, signal) {
    yield ok(started)
    yield delta('You get ')
    if (++speaker === 1) await new Promise((resolve) => signal.addEventListener('abort', resolve))
    yield delta('30 days [1].')
    yield ok(ended)
  }
  const ana = aBuilder(neighbours, gateway)
  const { nats } = worker
  const environment = {
    PORT: '0',
    HOST: '127.0.0.1',
    DATABASE_URL: await aDatabaseOfItsOwn(t, worker.database),
    NATS_URL: nats.url,
    NATS_PREFIX: nats.prefix,
    ASSERTION_KEY: nats.signingKey,
    ASSERTION_TRUST: nats.trust,
    RUN_LEASE_MS: '60000',
  }
  const run = (path: string) =>
    spawn(process.execPath, [programOf(path)], { env: environment, stdio: ['ignore', 'pipe', 'inherit'] })
  assert.deepEqual(await once(run('./migrate.ts'), 'exit'), [0, null])
  const startProcess = async () => {
    const child = run('./main.ts')
    t.after(() => void child.kill('SIGKILL'))
    for await (const line of child.stdout) if (String(line).includes('Started')) break
    return { child, exited: once(child, 'exit') }
  }
  const leaving = await startProcess()
  const agent = await anAgent(ana)
  const left = new AbortController()
  const events: RunEvent[] = []
  for await (const event of ana.ask({ agent: agent.id, text: 'How much leave?' }, left.signal)) {
    if (!event.ok) break
    events.push(event.value)
    if (event.value.type === 'text.delta') left.abort()
  }
  await startProcess()
  leaving.child.kill('SIGTERM')
  assert.deepEqual(await leaving.exited, [0, null])
  const { conversationId, messageId } = first(events, 'run.started')
  const rest = await ana.events(conversationId, messageId, events.length)
  assertGapless(rest.events, events.length)
  assert.equal(drawn([...events, ...rest.events]), 'You get 30 days [1].')
  assert.equal(rest.events.at(-1)?.type, 'run.completed')
})

/** The programs of the service use the schema `agents`, so they need a database where nobody else does. */
async function aDatabaseOfItsOwn(t: TestScope, { url, schema }: { url: string; schema: string }): Promise<string> {
  const name = `agents_${newId('evt')}`
  const server = createDatabase<AgentsTables>({ url, schema })
  t.after(async () => {
    await sql.raw(`drop database ${name} with (force)`).execute(server)
    await server.destroy()
  })
  await sql.raw(`create database ${name}`).execute(server)
  return Object.assign(new URL(url), { pathname: `/${name}` }).href
}
