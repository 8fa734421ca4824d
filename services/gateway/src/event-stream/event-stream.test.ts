import assert from 'node:assert/strict'
import { once } from 'node:events'
import { get, type IncomingMessage } from 'node:http'
import { test, type TestContext } from 'node:test'
import { createApp } from '@tessera/shared/http/create-app'
import { frame, sendFrames } from './event-stream.ts'

const HEARTBEAT_MS = 50

/** A stream of these frames, and when its source is told to stop. */
async function streaming(t: TestContext, source: () => AsyncGenerator<string>) {
  const stopped = Promise.withResolvers<void>()
  const app = await createApp({ name: 'test', notReady: async () => [] })
  t.after(() => app.close())
  app.get('/', (_request, reply) => {
    const frames = source()
    const leave = frames.return.bind(frames)
    frames.return = (value) => (stopped.resolve(), leave(value))
    return sendFrames(reply, frames, HEARTBEAT_MS)
  })
  const url = await app.listen({ host: '127.0.0.1', port: 0 })
  const request = get(url)
  t.after(() => request.destroy())
  const [response] = (await once(request, 'response')) as [IncomingMessage]
  return { response, stopped: stopped.promise }
}

// More than the sockets between them hold.
const many = 400
const large = frame('x'.repeat(60_000))

for (const [what, source] of [
  ['while there is more to say', Array.from({ length: many }, () => large)],
  ['when all has been said', [large.repeat(many)]],
] as const)
  test(`a client that takes nothing is cut, and the source is told, ${what}`, async (t) => {
    const { response, stopped } = await streaming(t, async function* () {
      yield* source
    })
    response.pause()
    await stopped
    // By then it is cut: what the sockets hold still comes, and no end.
    await new Promise((resolve) => setTimeout(resolve, 8 * HEARTBEAT_MS))
    const broken = once(response, 'error')
    response.resume()
    await broken
    assert.equal(response.complete, false)
  })

test('a slow client that goes on taking gets everything', async (t) => {
  const { response } = await streaming(t, async function* () {
    for (let sent = 0; sent < many; sent++) yield large
  })
  let bytes = 0
  for await (const part of response) {
    bytes += (part as Buffer).length
    await new Promise((resolve) => setTimeout(resolve, 2))
  }
  assert.ok(bytes >= many * large.length)
})

test('a source that is silent is covered by comments, and a client that waits for it is not cut', async (t) => {
  const { response } = await streaming(t, async function* () {
    yield frame('first')
    await new Promise((resolve) => setTimeout(resolve, 8 * HEARTBEAT_MS))
    yield frame('last')
  })
  let text = ''
  for await (const part of response) text += String(part)
  assert.match(text, /^data: "first"\n\n(: still here\n\n)+data: "last"\n\n$/)
})
