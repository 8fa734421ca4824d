import { type Adapter, echo, otherBuild, probing, signalled } from './probe.ts'
import { fail, ok } from '../../fault/result.ts'
import { suite, test } from 'node:test'
import { accessFaults } from '../../contracts/access-control/faults.ts'
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { setImmediate as turn, setTimeout as after } from 'node:timers/promises'

type Element = { ok: true; value: { n: number } } | { ok: false; fault: { code: string } }
const shown = (elements: readonly Element[]) =>
  elements.map((element) => (element.ok ? element.value.n : element.fault.code))

export function streamsConform(adapter: Adapter) {
  suite(`${adapter.name}: streams`, () => {
    test('10,000 events arrive in order, and the stream ends by itself', async (t) => {
      const { client, call } = await probing(adapter, t)
      const elements = await Array.fromAsync(client.count({ upTo: 10_000 }, call()))
      assert.deepEqual(
        shown(elements),
        Array.from({ length: 10_000 }, (_, n) => n + 1),
      )
    })

    test('events reach the reader while the source goes on', async (t) => {
      const read = signalled()
      const { client, call } = await probing(adapter, t, {
        async *count() {
          yield ok({ n: 1 })
          await read.promise
          yield ok({ n: 2 })
        },
      })
      const seen: number[] = []
      for await (const element of client.count({ upTo: 2 }, call())) {
        if (element.ok) seen.push(element.value.n)
        read.give()
      }
      assert.deepEqual(seen, [1, 2])
    })

    test('a fault is the last element, after all that was yielded before', async (t) => {
      const { client, call } = await probing(adapter, t, {
        async *count() {
          yield ok({ n: 1 })
          yield fail(accessFaults.fault('not-found', 'Gone.'))
          yield ok({ n: 2 })
        },
      })
      assert.deepEqual(shown(await Array.fromAsync(client.count({ upTo: 1 }, call()))), [1, 'access.not-found'])
    })

    test('a source that throws ends in bus.internal, one whose event does not fit in a mismatch', async (t) => {
      const { client, call } = await probing(adapter, t, {
        async *count({ upTo }) {
          yield ok({ n: 1 })
          if (upTo === 0) throw new Error('broken')
          yield ok({ n: 'two' as never })
        },
      })
      assert.deepEqual(shown(await Array.fromAsync(client.count({ upTo: 0 }, call()))), [1, 'bus.internal'])
      assert.deepEqual(shown(await Array.fromAsync(client.count({ upTo: 1 }, call()))), [1, 'bus.contract-mismatch'])
    })

    test('a reader refuses an event that does not fit, and the source is cancelled', async (t) => {
      const { network, server, client, call } = await probing(adapter, t)
      await server.close()
      const other = await network.join('access')
      const stopped = signalled()
      await other.serve(otherBuild, {
        ...(echo as never as Pick<typeof echo, 'ask' | 'write'>),
        async *count(_: unknown, { signal }: { signal: AbortSignal }) {
          signal.addEventListener('abort', () => stopped.give())
          yield ok({ n: 'one' })
          await stopped.promise
        },
      } as never)
      assert.deepEqual(shown(await Array.fromAsync(client.count({ upTo: 1 }, call()))), ['bus.contract-mismatch'])
      await stopped.promise
    })

    test('an event over the limit ends the stream, one just below it arrives', async (t) => {
      const megabyte = 1024 * 1024
      const { client, call } = await probing(adapter, t, {
        async *count() {
          yield ok({ n: 1, padding: 'x'.repeat(7 * megabyte) })
          await after(50)
          yield ok({ n: 2, padding: 'x'.repeat(9 * megabyte) })
        },
      })
      assert.deepEqual(shown(await Array.fromAsync(client.count({ upTo: 1 }, call()))), [1, 'bus.too-large'])
    })

    test('leaving the loop cancels the source', async (t) => {
      const stopped = signalled()
      const finalised = signalled()
      const { client, call, server } = await probing(adapter, t, {
        async *count(_, { signal }) {
          signal.addEventListener('abort', () => stopped.give())
          try {
            for (let n = 1; ; n++) {
              yield ok({ n })
              await turn()
            }
          } finally {
            finalised.give()
          }
        },
      })
      for await (const element of client.count({ upTo: 1 }, call())) if (element.ok && element.value.n > 3) break
      await Promise.all([stopped.promise, finalised.promise])
      await server.close()
      assert.equal(server.inFlight(), 0)
    })

    test('the signal of the call ends the stream at both ends, also while it is idle', async (t) => {
      const stopped = signalled()
      const { client, call } = await probing(adapter, t, {
        async *count(_, { signal }) {
          yield ok({ n: 1 })
          await once(signal, 'abort')
          stopped.give()
        },
      })
      const controller = new AbortController()
      const elements: Element[] = []
      for await (const element of client.count({ upTo: 1 }, call({ signal: controller.signal }))) {
        elements.push(element)
        controller.abort()
      }
      assert.deepEqual(shown(elements), [1, 'bus.cancelled'])
      await stopped.promise
    })

    test('a stream ends at its deadline', async (t) => {
      const { client, call } = await probing(adapter, t, {
        async *count(_, { signal }) {
          yield ok({ n: 1 })
          await once(signal, 'abort')
        },
      })
      const elements = await Array.fromAsync(client.count({ upTo: 1 }, call({ timeoutMs: 300 })))
      assert.deepEqual(shown(elements), [1, 'bus.timeout'])
    })

    test('a stream that is idle for many heartbeats goes on', async (t) => {
      const { client, call } = await probing(adapter, t, {
        async *count() {
          yield ok({ n: 1 })
          await after(2500)
          yield ok({ n: 2 })
        },
      })
      assert.deepEqual(shown(await Array.fromAsync(client.count({ upTo: 1 }, call()))), [1, 2])
    })

    test('a reader who leaves more than 1 MB unread is cut off: the source is cancelled, and what had arrived is still read', async (t) => {
      const stopped = signalled<number>()
      const { client, call } = await probing(adapter, t, {
        async *count(_, { signal }) {
          let n = 0
          signal.addEventListener('abort', () => stopped.give(n))
          while (!signal.aborted) {
            yield ok({ n: ++n, padding: 'x'.repeat(50_000) })
            await turn()
          }
        },
      })
      const reader = client.count({ upTo: 1 }, call())[Symbol.asyncIterator]()
      const first = await reader.next()
      await stopped.promise
      const rest: Element[] = []
      for (let next = await reader.next(); !next.done; next = await reader.next()) rest.push(next.value)
      const all = shown([...(first.done ? [] : [first.value]), ...rest])
      assert.equal(all.at(-1), 'stream.slow-consumer')
      const read = all.slice(0, -1)
      assert.deepEqual(
        read,
        Array.from(read, (_, n) => n + 1),
      )
      assert.ok(read.length >= 18 && read.length <= 24, `${read.length} of 50 KB each`)
    })

    test('nothing is sent before somebody reads, and each reading asks anew', async (t) => {
      let asked = 0
      const { client, call } = await probing(adapter, t, {
        async *count() {
          asked += 1
          yield ok({ n: asked })
        },
      })
      const stream = client.count({ upTo: 1 }, call())
      assert.equal(asked, 0)
      assert.deepEqual(shown(await Array.fromAsync(stream)), [1])
      assert.deepEqual(shown(await Array.fromAsync(stream)), [2])
    })
  })
}
