import { type Adapter, echo, probe, probing, signalled } from './probe.ts'
import { suite, test } from 'node:test'
import assert from 'node:assert/strict'
import { ok } from '../../fault/result.ts'

export function stoppingConforms(adapter: Adapter) {
  suite(`${adapter.name}: stopping`, () => {
    test('a service that stops serves nothing new, and finishes what is in flight', async (t) => {
      const begun = signalled()
      const go = signalled()
      const { server, client, call } = await probing(adapter, t, {
        write: async ({ text }) => {
          begun.give()
          await go.promise
          return ok({ text })
        },
        async *count() {
          yield ok({ n: 1 })
          await go.promise
          yield ok({ n: 2 })
        },
      })
      const stream = client.count({ upTo: 2 }, call())[Symbol.asyncIterator]()
      const first = await stream.next()
      const answer = client.write({ text: 'kept' }, call())
      await begun.promise
      assert.equal(server.inFlight(), 2)
      const closed = server.close({ graceMs: 10_000 })
      while (true) {
        const refused = await client.write({ text: '' }, call({ timeoutMs: 200 }))
        if (!refused.ok && refused.fault.code === 'access.unavailable') break
      }
      go.give()
      assert.deepEqual(await answer, { ok: true, value: { text: 'kept' } })
      assert.deepEqual(
        [first.value, (await stream.next()).value, (await stream.next()).done],
        [ok({ n: 1 }), ok({ n: 2 }), true],
      )
      await closed
      assert.equal(server.inFlight(), 0)
      assert.equal(server.connected(), false)
    })

    test('what does not end within the grace is cancelled, and its callers are told at once', async (t) => {
      const begun = signalled()
      const aborted: string[] = []
      const never = new Promise<never>(() => undefined)
      const { server, client, call } = await probing(adapter, t, {
        write: async (_, { signal }) => {
          signal.addEventListener('abort', () => aborted.push('write'))
          begun.give()
          return never
        },
        async *count(_, { signal }) {
          signal.addEventListener('abort', () => aborted.push('count'))
          yield ok({ n: 1 })
          await never
        },
      })
      const answer = client.write({ text: '' }, call())
      await begun.promise
      const elements: unknown[] = []
      for await (const element of client.count({ upTo: 2 }, call())) {
        elements.push(element.ok ? element.value.n : element.fault.code)
        if (element.ok) void server.close({ graceMs: 50 })
      }
      const answered = await answer
      assert.equal(!answered.ok && answered.fault.code, 'access.unavailable')
      assert.deepEqual(elements, [1, 'stream.cut'])
      assert.deepEqual(aborted.toSorted(), ['count', 'write'])
    })

    test('a stop loses no request: each is answered, or finds that nobody serves', async (t) => {
      const { network, server, client, call } = await probing(adapter, t)
      const second = await network.join('access')
      await second.serve(probe, echo)
      const answers: Promise<string>[] = []
      const closing = (async () => {
        for (let n = 0; n < 300; n++) {
          if (n === 100) void server.close()
          answers.push(client.ask({ text: `${n}` }, call()).then((answer) => (answer.ok ? 'ok' : answer.fault.code)))
          if (n % 10 === 0) await new Promise((resolve) => setImmediate(resolve))
        }
      })()
      await closing
      assert.deepEqual([...new Set(await Promise.all(answers))], ['ok'])
    })

    test('calls under way end when their own bus closes', async (t) => {
      const never = new Promise<never>(() => undefined)
      const begun = signalled()
      const { gateway, client, call } = await probing(adapter, t, {
        write: () => {
          begun.give()
          return never
        },
      })
      const answer = client.write({ text: '' }, call())
      await begun.promise
      await gateway.close()
      const answered = await answer
      assert.equal(!answered.ok && answered.fault.code, 'bus.unavailable')
      const later = await client.write({ text: '' }, call())
      assert.equal(!later.ok && later.fault.code, 'bus.unavailable')
    })
  })
}
