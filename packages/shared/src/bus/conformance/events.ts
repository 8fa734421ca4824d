import { type Adapter, probe } from './probe.ts'
import { suite, test } from 'node:test'
import assert from 'node:assert/strict'
import { eventually } from '@tessera/testkit/eventually'
import { ok } from '../../fault/result.ts'

async function joined(adapter: Adapter, t: Parameters<Adapter['network']>[0]) {
  const network = await adapter.network(t)
  const access = await network.join('access')
  let published = 0
  const publish = (n: number, dedupId = `own-${++published}`) => access.publish(probe, 'changed', { n }, { dedupId })
  return { network, access, retrieval: await network.join('retrieval'), publish }
}

export function eventsConform(adapter: Adapter) {
  suite(`${adapter.name}: events`, () => {
    test('a fact is delivered with its deduplication id, and only to what subscribes it', async (t) => {
      const { access, retrieval, publish } = await joined(adapter, t)
      const seen: unknown[] = []
      await retrieval.subscribe(probe, 'changed', async (payload, delivery) => void seen.push([payload, delivery]))
      await access.publish(probe, 'removed', { n: 0 }, { dedupId: 'other' })
      assert.deepEqual(await publish(1, 'wsp_1:1'), ok())
      await eventually(() => assert.deepEqual(seen, [[{ n: 1 }, { dedupId: 'wsp_1:1', attempt: 1 }]]))
    })

    test('the same deduplication id is delivered once, and is of its own event only', async (t) => {
      const { access, retrieval, publish } = await joined(adapter, t)
      const seen: string[] = []
      await retrieval.subscribe(probe, 'changed', async ({ n }) => void seen.push(`changed ${n}`))
      await retrieval.subscribe(probe, 'removed', async ({ n }) => void seen.push(`removed ${n}`))
      for (const n of [1, 2]) assert.deepEqual(await publish(n, 'same id'), ok())
      await access.publish(probe, 'removed', { n: 3 }, { dedupId: 'same id' })
      await publish(4)
      await eventually(() => assert.deepEqual(seen.toSorted(), ['changed 1', 'changed 4', 'removed 3']))
    })

    test('a handler that throws gets the fact again, and others do not wait for it', async (t) => {
      const { retrieval, publish } = await joined(adapter, t)
      const seen: string[] = []
      await retrieval.subscribe(probe, 'changed', async ({ n }, { attempt }) => {
        seen.push(`${n}.${attempt}`)
        if (n === 1 && attempt < 3) throw new Error('not yet')
      })
      await publish(1)
      await publish(2)
      await eventually(() => assert.deepEqual(seen.toSorted(), ['1.1', '1.2', '1.3', '2.1']))
    })

    test('of several processes of a service, one gets a fact', async (t) => {
      const { network, retrieval, publish } = await joined(adapter, t)
      const second = await network.join('retrieval')
      const seen: number[] = []
      for (const bus of [retrieval, second]) await bus.subscribe(probe, 'changed', async ({ n }) => void seen.push(n))
      const numbers = Array.from({ length: 50 }, (_, n) => n)
      for (const n of numbers) await publish(n)
      await eventually(() => assert.equal(seen.length, 50))
      assert.deepEqual(
        seen.toSorted((a, b) => a - b),
        numbers,
      )
    })

    test('what is published while no process of the service runs is delivered when one does', async (t) => {
      const { network, retrieval, publish } = await joined(adapter, t)
      const seen: number[] = []
      await retrieval.subscribe(probe, 'changed', async ({ n }) => void seen.push(n))
      await publish(1)
      await eventually(() => assert.deepEqual(seen, [1]))
      await retrieval.close()
      await publish(2)
      const again = await network.join('retrieval')
      await again.subscribe(probe, 'changed', async ({ n }) => void seen.push(n))
      await eventually(() => assert.deepEqual(seen, [1, 2]))
    })

    test('closing waits for the handler in hand, and gives back what waits behind it', async (t) => {
      const { network, retrieval, publish } = await joined(adapter, t)
      const begun = Promise.withResolvers<void>()
      const done = Promise.withResolvers<void>()
      const seen: string[] = []
      await retrieval.subscribe(probe, 'changed', async ({ n }) => {
        begun.resolve()
        await done.promise
        seen.push(`first ${n}`)
      })
      await publish(1)
      await begun.promise
      await publish(2)
      const closed = retrieval.close()
      const again = await network.join('retrieval')
      await again.subscribe(probe, 'changed', async ({ n }) => void seen.push(`second ${n}`))
      done.resolve()
      await closed
      await eventually(() => assert.deepEqual(seen.toSorted(), ['first 1', 'second 2']))
    })

    test('a fact that does not fit its contract is not published', async (t) => {
      const { access } = await joined(adapter, t)
      const result = await access.publish(probe, 'changed', { n: 'one' as never }, { dedupId: 'bad' })
      assert.equal(!result.ok && result.fault.code, 'bus.contract-mismatch')
    })
  })
}
