import { type Adapter, ana, echo, otherBuild, probe, probing, signalled } from './probe.ts'
import { fail, ok } from '../../fault/result.ts'
import { suite, test } from 'node:test'
import { accessFaults } from '../../contracts/access-control/faults.ts'
import assert from 'node:assert/strict'
import type { Handlers } from '../contract.ts'
import { ignore } from './ignore.ts'

const megabyte = 1024 * 1024
const codeOf = (result: { ok: boolean; fault?: { code: string } }) => (result.ok ? 'ok' : result.fault?.code)

const newerAnswer = async () => ok({ text: 'b', addedLater: true })

export function callsConform(adapter: Adapter) {
  suite(`${adapter.name}: calls`, () => {
    test('a request is answered, and its handler learns who asks, until when, and from whom to forward', async (t) => {
      const seen = signalled<Parameters<Handlers<typeof probe>['ask']>[1]>()
      const { client, call } = await probing(adapter, t, {
        ask: async ({ text }, call) => {
          seen.give(call)
          return ok({ text: text.toUpperCase() })
        },
      })
      const mine = call({ timeoutMs: 3000 })
      assert.deepEqual(await client.ask({ text: 'täglich' }, mine), { ok: true, value: { text: 'TÄGLICH' } })
      const { caller, assertion, deadlineMs, signal } = await seen.promise
      assert.deepEqual(caller, ana)
      assert.equal(assertion, mine.assertion)
      assert.ok(deadlineMs <= mine.deadlineMs + 1000)
      assert.equal(signal.aborted, false)
    })

    test('a call is forwarded for the same caller by what a handler passes on', async (t) => {
      const { network, call } = await probing(adapter, t, {
        ask: async (_, { caller }) => ok({ text: caller.subject }),
      })
      const between = await network.join('agents')
      const onward = between.connectTo(probe)
      assert.deepEqual(await onward.ask({ text: '' }, call()), { ok: true, value: { text: ana.subject } })
    })

    test('a fault arrives as it was returned', async (t) => {
      const fault = accessFaults.fault('not-found', 'No space here.', { retryAfterMs: 10, meta: { tried: 2 } })
      const { client, call } = await probing(adapter, t, { ask: async () => fail(fault) })
      assert.deepEqual(await client.ask({ text: '' }, call()), { ok: false, fault })
    })

    test('a fault that the contract does not list is a mismatch, and a handler that throws tells nothing of its error', async (t) => {
      const { server, network, call } = await probing(adapter, t)
      await server.close()
      const other = await network.join('access')
      await other.serve(otherBuild, {
        ask: async () => fail(accessFaults.fault('conflict', 'Not listed.') as never),
        write: async () => {
          throw new Error('password hunter2')
        },
        count: echo.count as never,
      })
      const client = (await network.join('gateway')).connectTo(probe)
      assert.equal(codeOf(await client.ask({ text: '' }, call())), 'bus.contract-mismatch')
      const internal = await client.write({ text: '' }, call())
      assert.equal(codeOf(internal), 'bus.internal')
      assert.doesNotMatch(JSON.stringify(internal), /hunter2/)
    })

    test('a call ends at the deadline of its caller, and the handler is told', async (t) => {
      const aborted = signalled()
      const { client, call, server } = await probing(adapter, t, {
        ask: async (_, { signal }) => {
          await new Promise((resolve) => signal.addEventListener('abort', resolve))
          aborted.give()
          return ok({ text: 'too late' })
        },
      })
      assert.equal(codeOf(await client.ask({ text: '' }, call({ timeoutMs: 100 }))), 'bus.timeout')
      await aborted.promise
      assert.equal(codeOf(await client.ask({ text: '' }, { ...call(), deadlineMs: Date.now() - 1 })), 'bus.timeout')
      await server.close()
    })

    test('cancelling crosses the bus', async (t) => {
      const begun = signalled()
      const aborted = signalled()
      const { client, call } = await probing(adapter, t, {
        ask: async (_, { signal }) => {
          signal.addEventListener('abort', () => aborted.give())
          begun.give()
          await aborted.promise
          return ok({ text: '' })
        },
      })
      const controller = new AbortController()
      const answer = client.ask({ text: '' }, call({ signal: controller.signal }))
      await begun.promise
      controller.abort()
      assert.equal(codeOf(await answer), 'bus.cancelled')
      await aborted.promise
      assert.equal(codeOf(await client.ask({ text: '' }, call({ signal: controller.signal }))), 'bus.cancelled')
    })

    test('where nobody serves, the service is unavailable', async (t) => {
      const network = await adapter.network(t)
      const gateway = await network.join('gateway')
      const client = gateway.connectTo(probe)
      const call = gateway.callFor(ana, { timeoutMs: 10_000 })
      for (const answer of [await client.write({ text: '' }, call), await client.ask({ text: '' }, call)])
        assert.equal(codeOf(answer), 'access.unavailable')
      const elements = await Array.fromAsync(client.count({ upTo: 1 }, call))
      assert.deepEqual(elements.map(codeOf), ['access.unavailable'])
    })

    test('an idempotent call finds a service that comes back meanwhile', async (t) => {
      const network = await adapter.network(t)
      const gateway = await network.join('gateway')
      const server = await network.join('access')
      const answer = gateway.connectTo(probe).ask({ text: 'again' }, gateway.callFor(ana, { timeoutMs: 10_000 }))
      await server.serve(probe, echo)
      assert.deepEqual(await answer, { ok: true, value: { text: 'again' } })
    })

    test('what does not fit the contract is refused on both ends and in both directions, and the field is named', async (t) => {
      const { network, gateway, server, client, call } = await probing(adapter, t)
      const strictSender = await client.ask({ text: 5 } as never, call())
      const strictReceiver = await gateway.connectTo(otherBuild).ask({ text: 5 }, call())
      await server.close()
      const other = await network.join('access')
      const wrong = { ask: async () => ok({ text: 5 }), write: async () => ok({}) }
      await other.serve(otherBuild, { ...wrong, count: echo.count as never })
      const strictReader = await client.ask({ text: '' }, call())
      const missing = await client.write({ text: '' }, call())
      await other.close()
      const last = await network.join('access')
      await last.serve(probe, { ...echo, ask: async () => ok({ text: 5 as never }) })
      const strictAnswerer = await gateway.connectTo(otherBuild).ask({ text: '' }, call())
      for (const answer of [strictSender, strictReceiver, strictReader, strictAnswerer, missing]) {
        assert.ok(!answer.ok)
        assert.equal(answer.fault.code, 'bus.contract-mismatch')
        assert.deepEqual(
          answer.fault.errors?.map(({ field }) => field),
          ['/text'],
        )
      }
    })

    test('fields that the other end does not know yet are ignored', async (t) => {
      const { network, gateway, server, client, call } = await probing(adapter, t)
      const newer = await gateway.connectTo(otherBuild).ask({ text: 'a', addedLater: true }, call())
      assert.deepEqual(newer, { ok: true, value: { text: 'a' } })
      await server.close()
      const other = await network.join('access')
      await other.serve(otherBuild, { ask: newerAnswer, write: newerAnswer, count: echo.count as never })
      const answered = await client.ask({ text: '' }, call())
      assert.ok(answered.ok)
      assert.equal(answered.value.text, 'b')
    })

    test('nearly 8 MB cross in both directions, and more is refused', async (t) => {
      const { client, call } = await probing(adapter, t, {
        write: async () => ok({ text: 'y'.repeat(9 * megabyte) }),
      })
      const text = 'x'.repeat(7.9 * megabyte)
      const answer = await client.ask({ text }, call())
      assert.ok(answer.ok && answer.value.text === text)
      assert.equal(codeOf(await client.ask({ text: 'x'.repeat(9 * megabyte) }, call())), 'bus.too-large')
      assert.equal(codeOf(await client.write({ text: '' }, call())), 'bus.too-large')
    })

    test('many calls at once each get their own answer, from every process of the service', async (t) => {
      const { network, client, call } = await probing(adapter, t)
      const second = await network.join('access')
      let served = 0
      await second.serve(probe, {
        ...echo,
        ask: async ({ text }) => {
          served += 1
          return ok({ text })
        },
      })
      const texts = Array.from({ length: 500 }, (_, n) => `${n}`)
      const answers = await Promise.all(texts.map((text) => client.ask({ text }, call())))
      assert.deepEqual(
        answers.map((answer) => (answer.ok ? answer.value.text : answer.fault.code)),
        texts,
      )
      assert.ok(served > 0 && served < 500)
    })

    test('what an object held before it crossed cannot be changed from the other side', async (t) => {
      const sent = { text: 'mine' }
      const { client, call } = await probing(adapter, t, {
        ask: async (input) => {
          input.text = 'changed'
          return ok(input)
        },
      })
      const answer = await client.ask(sent, call())
      assert.deepEqual([sent.text, answer.ok && answer.value.text], ['mine', 'changed'])
    })

    test('a service can neither call, serve, publish nor subscribe what its contract does not list it for', async (t) => {
      const { network, server, gateway, call } = await probing(adapter, t)
      const other = await network.join('access')
      await assert.rejects(async () => other.connectTo(probe).ask({ text: '' }, call()), /calledBy/)
      await assert.rejects(async () => gateway.serve(probe, echo), /cannot serve/)
      await assert.rejects(async () => gateway.publish(probe, 'changed', { n: 1 }, { dedupId: '1' }), /cannot publish/)
      await assert.rejects(async () => server.subscribe(probe, 'changed', ignore), /consumedBy/)
    })
  })
}
