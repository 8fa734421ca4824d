import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import test from 'node:test'
import { connect } from 'nats'
import { eventually } from './eventually.ts'
import { ownNats } from './own-nats.ts'

test('after a kill and a restart the server answers at the same address with what JetStream had stored', async (t) => {
  const server = await ownNats(t)
  const before = await connect({ servers: server.url, reconnect: false })
  await (await before.jetstreamManager()).streams.add({ name: 'facts', subjects: ['facts.>'] })
  await before.jetstream().publish('facts.one', 'first')
  await server.kill()
  await before.closed()
  await assert.rejects(connect({ servers: server.url, reconnect: false, timeout: 1_000 }))
  await server.restart()
  const after = await connect({ servers: server.url })
  t.after(() => after.close())
  const { state } = await (await after.jetstreamManager()).streams.info('facts')
  assert.equal(state.messages, 1)
})

test('a server whose test run was killed is ended by the next one', async (t) => {
  const program = `const { ownNats } = await import(${JSON.stringify(import.meta.resolve('./own-nats.ts'))})
    const { url } = await ownNats({ after: () => undefined })
    console.log(url)
    setInterval(() => undefined, 1000)`
  const killed = spawn(process.execPath, ['--input-type=module', '-e', program], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const [line] = (await once(killed.stdout, 'data')) as [Buffer]
  const left = { servers: line.toString().trim(), reconnect: false, timeout: 1_000 }
  killed.kill('SIGKILL')
  await once(killed, 'close')
  await (await connect(left)).close()
  await ownNats(t)
  await eventually(() => assert.rejects(connect(left)))
})
