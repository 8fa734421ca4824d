import assert from 'node:assert/strict'
import { createServer } from 'node:net'
import { suite, test, type TestContext } from 'node:test'
import { fakeProvider, protocols, type Respond, sendEvents } from '../../test/fake-provider.ts'
import { type Adapter, adapterAt, adapters, KEY, read, readableLogger, user } from '../../test/providers.ts'

const PROMPT = 'the prompt of somebody, which is nobody else’s business'

async function misbehaving(
  t: TestContext,
  adapter: Adapter,
  respond: Respond,
  environment: Record<string, string> = {},
) {
  const { lines, logger } = readableLogger()
  const server = await fakeProvider(t, respond)
  return { server, lines, provider: await adapterAt(adapter, server.url, { environment, logger }) }
}

for (const adapter of adapters) {
  const { text, end } = protocols[adapter.protocol]
  const faultOf = (cause: string, afterFirstToken: boolean) => ({ provider: adapter.name, cause, afterFirstToken })

  suite(`${adapter.name}, misbehaving`, () => {
    const garbage: [string, Respond][] = [
      [
        'a web page',
        (response) => void response.writeHead(200, { 'content-type': 'text/html' }).end('<html>Sign in</html>'),
      ],
      [
        'JSON that is no stream',
        (response) => void response.writeHead(200, { 'content-type': 'application/json' }).end('{"ok":true}'),
      ],
      [
        'events that are not JSON',
        (response) => (sendEvents(response, ['data: {"choices": [\n\n']), void response.end()),
      ],
      [
        'JSON of another shape',
        (response) => (
          sendEvents(response, ['data: {"type": 7, "candidates": "many", "choices": "many"}\n\n']),
          void response.end()
        ),
      ],
      ['a redirect to elsewhere', (response) => void response.writeHead(302, { location: 'http://192.0.2.1/' }).end()],
    ]
    for (const [what, respond] of garbage) {
      test(`${what} is garbage`, async (t) => {
        const { provider } = await misbehaving(t, adapter, respond)
        const { events, fault } = await read(provider)
        assert.equal(fault?.code, 'models.provider-garbage')
        assert.deepEqual(fault.meta, faultOf('garbage', false))
        assert.deepEqual(
          events.filter(({ type }) => type !== 'start'),
          [],
        )
      })
    }

    test('bytes that are not UTF-8 end the answer instead of becoming other characters', async (t) => {
      const { provider } = await misbehaving(t, adapter, (response) => {
        sendEvents(response, [text('good')])
        const [head, tail] = text('@').split('@')
        setImmediate(() =>
          response.end(Buffer.concat([Buffer.from(head ?? ''), Buffer.from([0xc3, 0x28]), Buffer.from(tail ?? '')])),
        )
      })
      const seen = await read(provider)
      assert.doesNotMatch(seen.text, /\ufffd/)
      assert.equal(seen.fault?.meta?.['cause'], 'garbage')
    })

    test('a socket cut in the middle of a piece is cut, after what had come whole', async (t) => {
      const { provider } = await misbehaving(t, adapter, (response) => {
        sendEvents(response, [text('half an answer'), 'data: {"cho'])
        setTimeout(() => response.destroy(), 50)
      })
      const seen = await read(provider)
      assert.equal(seen.fault?.code, 'models.provider-cut')
      assert.deepEqual(seen.fault.meta, faultOf('cut', true))
      assert.equal(seen.text, 'half an answer')
    })

    test('an answer that ends without saying why is cut, even if nothing of it came', async (t) => {
      const { provider } = await misbehaving(t, adapter, (response) => (sendEvents(response, []), void response.end()))
      const { fault } = await read(provider)
      assert.equal(fault?.code, 'models.provider-cut')
      assert.deepEqual(fault.meta, faultOf('cut', false))
    })

    test('a provider that never answers times out before the first token, and is hung up on', async (t) => {
      const { server, provider } = await misbehaving(t, adapter, () => undefined, { FIRST_TOKEN_TIMEOUT_MS: '150' })
      const { fault } = await read(provider)
      assert.equal(fault?.code, 'models.provider-timeout')
      assert.deepEqual(fault.meta, faultOf('timeout', false))
      await server.clientLeft()
    })

    test('a provider that falls silent within an answer times out after the first token', async (t) => {
      const { server, provider } = await misbehaving(t, adapter, (response) => sendEvents(response, [text('so far')]), {
        IDLE_TIMEOUT_MS: '150',
      })
      const seen = await read(provider)
      assert.equal(seen.fault?.code, 'models.provider-timeout')
      assert.deepEqual(seen.fault.meta, faultOf('timeout', true))
      assert.equal(seen.text, 'so far')
      await server.clientLeft()
    })

    test('a slow reader is not the provider’s fault', async (t) => {
      const { provider } = await misbehaving(
        t,
        adapter,
        (response) => (sendEvents(response, [text('a'), text('b'), ...end]), void response.end()),
        {
          IDLE_TIMEOUT_MS: '100',
          FIRST_TOKEN_TIMEOUT_MS: '5000',
        },
      )
      const types: string[] = []
      const request = { model: 'some-model', messages: [user('hello')] }
      for await (const result of provider.complete(request, { signal: new AbortController().signal }).events) {
        types.push(result.ok ? result.value.type : result.fault.code)
        await new Promise((resolve) => setTimeout(resolve, 150))
      }
      assert.deepEqual(types, ['start', 'text-delta', 'text-delta', 'end'])
    })

    test('a caller who leaves ends the provider’s work, by signal or by leaving the loop', async (t) => {
      const respond: Respond = (response) => sendEvents(response, [text('one'), text('two')])
      const bySignal = await misbehaving(t, adapter, respond)
      const controller = new AbortController()
      const seen = read(bySignal.provider, {}, { signal: controller.signal })
      setTimeout(() => controller.abort(), 100)
      assert.equal((await seen).fault, undefined)
      assert.equal(
        (await seen).events.some(({ type }) => type === 'end'),
        false,
      )
      await bySignal.server.clientLeft()

      const byLeaving = await misbehaving(t, adapter, respond)
      const request = { model: 'some-model', messages: [user('hello')] }
      for await (const result of byLeaving.provider.complete(request, { signal: new AbortController().signal })
        .events) {
        if (result.ok && result.value.type === 'text-delta') break
      }
      await byLeaving.server.clientLeft()
    })

    test('a piece of a megabyte arrives whole, in pieces that fit the bus; one of ten is nobody’s answer', async (t) => {
      const saying =
        (said: string): Respond =>
        (response) => (sendEvents(response, [text('so '), text(said), ...end]), void response.end())
      const large = 'ü🧪x'.repeat(125_000)
      const whole = await read((await misbehaving(t, adapter, saying(large))).provider)
      assert.equal(whole.fault, undefined)
      assert.ok(whole.text === `so ${large}`)
      assert.ok(whole.events.every((event) => event.type !== 'text-delta' || event.text.length <= 32_768))
      const { server, provider } = await misbehaving(t, adapter, saying(large.repeat(10)))
      const seen = await read(provider)
      assert.equal(seen.fault?.code, 'models.provider-garbage')
      await server.clientLeft()
    })

    test('no answer at all is unreachable: a refused connection, an unknown host, a connection dropped', async (t) => {
      const dropping = createServer((socket) => void socket.destroy())
      await new Promise<void>((resolve) => dropping.listen(0, '127.0.0.1', resolve))
      t.after(() => void dropping.close())
      const address = dropping.address()
      assert.ok(address !== null && typeof address === 'object')
      for (const url of ['http://127.0.0.1:1', 'http://no-such-host.invalid', `http://127.0.0.1:${address.port}`]) {
        const { events, fault } = await read(await adapterAt(adapter, url))
        assert.equal(fault?.code, 'models.provider-unreachable', url)
        assert.deepEqual(fault.meta, faultOf('unreachable', false))
        assert.deepEqual(events, [])
      }
    })

    test('the log has neither the prompt, nor the key, nor what the provider wrote', async (t) => {
      const responses: Respond[] = [
        (response) =>
          void response
            .writeHead(500, { 'content-type': 'application/json' })
            .end(JSON.stringify({ error: { message: `${KEY} ${PROMPT}` } })),
        (response) => (sendEvents(response, [`event: x\ndata: {"${PROMPT} ${KEY}\n\n`]), void response.end()),
        (response) => (sendEvents(response, [text(PROMPT)]), void response.destroy()),
      ]
      for (const respond of responses) {
        const { provider, lines } = await misbehaving(t, adapter, respond)
        const { fault } = await read(provider, { messages: [user(PROMPT)] })
        assert.ok(fault)
        assert.ok(lines.length > 0)
        assert.doesNotMatch(lines.join('\n') + JSON.stringify(fault), /somebody|secret/)
      }
    })

    test('the time to wait after a 429 is passed on', async (t) => {
      const soon = new Date(Date.now() + 60_000)
      const cases: [Record<string, string>, (ms: number) => boolean][] = [
        [{ 'retry-after': '7' }, (ms) => ms === 7000],
        [{ 'retry-after-ms': '250', 'retry-after': '1' }, (ms) => ms === 250],
        [{ 'retry-after': soon.toUTCString() }, (ms) => ms > 50_000 && ms <= 60_000],
      ]
      for (const [headers, isRight] of cases) {
        const { provider } = await misbehaving(
          t,
          adapter,
          (response) =>
            void response
              .writeHead(429, { 'content-type': 'application/json', ...headers })
              .end(JSON.stringify({ error: { message: 'slow down' } })),
        )
        const { fault } = await read(provider)
        assert.equal(fault?.code, 'models.provider-rate-limited')
        assert.ok(isRight(fault.retryAfterMs ?? -1), `${JSON.stringify(headers)}: ${fault.retryAfterMs}`)
      }
    })
  })
}
