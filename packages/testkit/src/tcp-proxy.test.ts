import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect, createServer, type AddressInfo, type Socket } from 'node:net'
import test, { type TestContext } from 'node:test'
import { eventually } from './eventually.ts'
import { tcpProxy } from './tcp-proxy.ts'

async function echoThrough(t: TestContext) {
  const accepted = new Set<Socket>()
  const server = createServer((socket) => {
    accepted.add(socket)
    socket.on('error', () => undefined)
    socket.pipe(socket)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.after(() => {
    for (const socket of accepted) socket.destroy()
    server.close()
  })
  const { port } = server.address() as AddressInfo
  return tcpProxy(t, { host: '127.0.0.1', port })
}

function open(port: number) {
  const socket = connect({ host: '127.0.0.1', port })
  const received: string[] = []
  const errors: string[] = []
  socket.on('data', (data) => received.push(data.toString()))
  socket.on('error', (error) => errors.push('code' in error ? String(error.code) : error.message))
  return { socket, received, errors }
}

test('bytes pass both ways', async (t) => {
  const proxy = await echoThrough(t)
  const client = open(proxy.port)
  const large = 'x'.repeat(2_000_000)
  client.socket.end(large)
  await once(client.socket, 'close')
  assert.ok(client.received.join('') === large)
})

test('a cut resets what is open and what is opened, until it is restored', async (t) => {
  const proxy = await echoThrough(t)
  const before = open(proxy.port)
  before.socket.write('a')
  await eventually(() => before.received.join('') === 'a')
  proxy.cut()
  await eventually(() => assert.deepEqual(before.errors, ['ECONNRESET']))
  const during = open(proxy.port)
  await eventually(() => assert.deepEqual(during.errors, ['ECONNRESET']))
  proxy.restore()
  const after = open(proxy.port)
  after.socket.end('b')
  await eventually(() => after.received.join('') === 'b')
})

test('a stall holds bytes back without closing, and they arrive after it', async (t) => {
  const proxy = await echoThrough(t)
  const old = open(proxy.port)
  old.socket.write('a')
  await eventually(() => old.received.join('') === 'a')
  proxy.stall()
  const fresh = open(proxy.port)
  await once(fresh.socket, 'connect')
  old.socket.write('b')
  fresh.socket.write('c')
  // A round trip past the proxy: by then the stalled bytes would have come back, had they passed.
  const passing = await echoThrough(t)
  const witness = open(passing.port)
  witness.socket.end('w')
  await once(witness.socket, 'close')
  assert.equal(old.received.join(''), 'a')
  assert.deepEqual(fresh.received, [])
  proxy.restore()
  await eventually(() => assert.equal(old.received.join(''), 'ab'))
  await eventually(() => assert.equal(fresh.received.join(''), 'c'))
  old.socket.destroy()
  fresh.socket.destroy()
})
