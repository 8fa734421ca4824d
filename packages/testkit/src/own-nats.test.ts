import assert from 'node:assert/strict'
import test from 'node:test'
import { connect } from 'nats'
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
