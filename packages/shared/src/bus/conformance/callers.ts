import { type Adapter, ana, probe, probing } from './probe.ts'
import { createAssertionKeys, parseSigningKey } from '../assertion-keys.ts'
import { suite, test } from 'node:test'
import assert from 'node:assert/strict'
import type { Call } from '../call.ts'
import { createAssertions } from '../assertion.ts'
import { createDatabase, inTransaction } from '../../database/database.ts'
import { database } from '@tessera/testkit/database'
import { systemClock } from '../../time/clock.ts'

async function refused(
  adapter: Adapter,
  t: Parameters<typeof probing>[1],
  change: (call: Call, tools: Awaited<ReturnType<typeof probing>>) => Call,
) {
  const tools = await probing(adapter, t, {
    ask: async () => {
      throw new Error('It must not come this far.')
    },
  })
  const call = change(tools.call(), tools)
  const answers = [
    await tools.client.ask({ text: '' }, call),
    ...(await Array.fromAsync(tools.client.count({ upTo: 1 }, call))),
  ]
  assert.deepEqual(
    answers.map((answer) => !answer.ok && answer.fault.code),
    ['bus.unauthenticated', 'bus.unauthenticated'],
  )
}

export function callersConform(adapter: Adapter) {
  suite(`${adapter.name}: callers`, () => {
    test('a caller without an assertion is refused', (t) => refused(adapter, t, (call) => ({ ...call, assertion: '' })))

    test('an assertion that was changed after it was signed is refused', (t) =>
      refused(adapter, t, (call) => {
        const [claims = '', signature] = call.assertion.split('.')
        const changed = Buffer.from(claims, 'base64url').toString().replace('usr_ana', 'usr_bob')
        return { ...call, assertion: `${Buffer.from(changed).toString('base64url')}.${signature}` }
      }))

    test('an assertion older than a minute is refused', (t) =>
      refused(adapter, t, (call, { network }) => {
        const old = network.assertions('gateway', { nowMs: Date.now() - 70_000 })
        return { ...call, assertion: old.sign(ana) }
      }))

    test('an assertion that was made to last longer than a minute is refused', (t) =>
      refused(adapter, t, (call, { network }) => {
        const early = network.assertions('gateway', { nowMs: Date.now() + 3_600_000 })
        return { ...call, assertion: early.sign(ana) }
      }))

    test('an assertion signed with a key that nobody trusts is refused', (t) =>
      refused(adapter, t, (call) => {
        const foreign = createAssertionKeys()
        const signingKey = parseSigningKey(foreign.signingKeys.gateway)
        const assertions = createAssertions({ service: 'gateway', signingKey, trust: new Map(), clock: systemClock })
        return { ...call, assertion: assertions.sign(ana) }
      }))

    test('a service that asserts what it may not is refused, with a good signature', async (t) => {
      const { network } = await probing(adapter, t)
      const retrieval = await network.join('retrieval')
      const client = retrieval.connectTo(probe)
      const asked = (subject: string, actors: string[] = []) =>
        client.ask({ text: '' }, retrieval.callFor({ ...ana, subject, actors }, { timeoutMs: 5000 }))
      const codes = []
      for (const subject of [ana.subject, 'system:gateway', 'connector:src_1', 'system:retrieval']) {
        const answer = await asked(subject)
        codes.push(answer.ok ? 'ok' : answer.fault.code)
      }
      assert.deepEqual(codes, ['bus.unauthenticated', 'bus.unauthenticated', 'bus.unauthenticated', 'ok'])
    })

    test('a bus call inside an open database transaction throws, and so does a publication', async (t) => {
      const { client, call, server } = await probing(adapter, t)
      const { url, schema } = await database(t)
      const db = createDatabase({ url, schema })
      t.after(() => db.destroy())
      const inside = (work: () => Promise<unknown>) => inTransaction(db, async () => void (await work()))
      await assert.rejects(
        inside(async () => client.ask({ text: '' }, call())),
        /open database transaction/,
      )
      await assert.rejects(
        inside(async () => Array.fromAsync(client.count({ upTo: 1 }, call()))),
        /open database transaction/,
      )
      await assert.rejects(
        inside(async () => server.publish(probe, 'changed', { n: 1 }, { dedupId: 'x' })),
        /open database transaction/,
      )
      assert.ok((await client.ask({ text: '' }, call())).ok)
    })
  })
}
