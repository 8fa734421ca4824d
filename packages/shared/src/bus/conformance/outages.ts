import { type Adapter, ana, echo, probe, signalled } from './probe.ts'
import { suite, test } from 'node:test'
import assert from 'node:assert/strict'
import type { Bus } from '../bus.ts'
import { eventually } from '@tessera/testkit/eventually'
import { ok } from '../../fault/result.ts'

const codeOf = (result: { ok: boolean; fault?: { code: string } }) => (result.ok ? 'ok' : result.fault?.code)
const callOf = (bus: Bus) => bus.callFor(ana, { timeoutMs: 10_000 })

export function outagesConform(name: string, breakable: NonNullable<Adapter['breakable']>) {
  suite(`${name}: outages`, () => {
    test('a reader notices within seconds that the process behind an idle stream was killed', async (t) => {
      const place = await breakable(t)
      const { network } = place
      const service = await place.spawnService()
      const gateway = await network.join('gateway')
      const seen: unknown[] = []
      for await (const element of gateway.connectTo(probe).count({ upTo: 1 }, callOf(gateway))) {
        seen.push(element.ok ? element.value.n : element.fault.code)
        if (element.ok) await service.kill()
      }
      assert.deepEqual(seen, [1, 'stream.cut'])
      assert.equal(codeOf(await gateway.connectTo(probe).write({ text: '' }, callOf(gateway))), 'access.unavailable')
    })

    test('while the server is away calls fail at once and streams are cut; afterwards all works again', async (t) => {
      const { network, server } = await breakable(t)
      const access = await network.join('access')
      const gateway = await network.join('gateway')
      const retrieval = await network.join('retrieval')
      const stopped = signalled()
      const never = new Promise<never>(() => undefined)
      await access.serve(probe, {
        ...echo,
        write: ({ text }) => (text === 'hang' ? never : Promise.resolve(ok({ text }))),
        async *count(_, { signal }) {
          signal.addEventListener('abort', () => stopped.give())
          yield ok({ n: 1 })
          await never
        },
      })
      const facts: number[] = []
      await retrieval.subscribe(probe, 'changed', async ({ n }) => void facts.push(n))
      assert.deepEqual(await access.publish(probe, 'changed', { n: 1 }, { dedupId: '1' }), ok())
      const client = gateway.connectTo(probe)
      const hanging = client.write({ text: 'hang' }, callOf(gateway))
      const stream = client.count({ upTo: 1 }, callOf(gateway))[Symbol.asyncIterator]()
      await stream.next()

      await server.kill()
      assert.equal(codeOf(await hanging), 'bus.unavailable')
      const cut = await stream.next()
      assert.equal(!cut.done && codeOf(cut.value), 'stream.cut')
      await stopped.promise
      assert.equal(codeOf(await client.write({ text: '' }, callOf(gateway))), 'bus.unavailable')
      assert.equal(codeOf(await client.ask({ text: '' }, callOf(gateway))), 'bus.unavailable')
      assert.equal(gateway.connected(), false)
      await eventually(() => !access.connected())
      assert.equal(codeOf(await access.publish(probe, 'changed', { n: 2 }, { dedupId: '2' })), 'bus.unavailable')

      await server.restart()
      await eventually(async () => assert.equal(codeOf(await client.write({ text: '' }, callOf(gateway))), 'ok'))
      await eventually(async () =>
        assert.deepEqual(await access.publish(probe, 'changed', { n: 3 }, { dedupId: '3' }), ok()),
      )
      await eventually(() => assert.deepEqual(facts, [1, 3]))
    })
  })
}
