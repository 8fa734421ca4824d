import assert from 'node:assert/strict'
import test from 'node:test'
import { connect } from 'nats'
import { bus } from './bus.ts'

test('a stream is removed with the test whose prefix its name begins with, and no other', async (t) => {
  const outer = await bus(t)
  const connection = await connect({ servers: outer.url })
  t.after(() => connection.close())
  const manager = await connection.jetstreamManager()
  await manager.streams.add({ name: `${outer.prefix}_events`, subjects: [`${outer.prefix}.>`] })
  let removed = ''
  await t.test('inner', async (inner) => {
    const { prefix } = await bus(inner)
    removed = prefix
    await manager.streams.add({ name: `${prefix}_events`, subjects: [`${prefix}.>`] })
  })
  assert.deepEqual(await manager.streams.names(`${outer.prefix}.>`).next(), [`${outer.prefix}_events`])
  assert.deepEqual(await manager.streams.names(`${removed}.>`).next(), [])
  assert.equal(connection.info?.max_payload, 8 * 1024 * 1024)
})
