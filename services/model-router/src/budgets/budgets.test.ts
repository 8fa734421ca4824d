import type { BudgetDefinition } from '@tessera/shared/contracts/model-router/budgets'
import type { CatalogueFacts } from '@tessera/shared/contracts/model-router/catalogue'
import { newId } from '@tessera/shared/ids/ids'
import { eventually } from '@tessera/testkit/eventually'
import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import { fakeProvider, protocols, type Respond, sendEvents } from '../../test/fake-provider.ts'
import { adapterAt, adapters, user } from '../../test/providers.ts'
import { startRouter } from '../../test/router.ts'
import { ask } from '../../test/two-providers.ts'

const [openai] = adapters
const { text, end } = protocols.openai
const model = 'openai/gpt-x'
/** A request of ours costs exactly a hundred micros, at most and in the end: only what is written has a price. */
const facts = { prices: { inputMicros: 0, outputMicros: 10_000_000 }, maxOutputTokens: 10 }
const PRICE = 100

const usage = `data: ${JSON.stringify({ choices: [], usage: { prompt_tokens: 5, completion_tokens: 10 } })}\n\n`
const [finish = '', done = ''] = end
const costs: Respond = (response) => {
  sendEvents(response, [text('Yes.'), finish, usage, done])
  response.end()
}

async function withBudgets(
  t: TestContext,
  {
    respond = costs,
    leaseMs,
    facts: said = facts,
  }: { respond?: Respond; leaseMs?: number; facts?: CatalogueFacts } = {},
) {
  const server = await fakeProvider(t, respond)
  const catalogue = new Map([['openai/*', said]])
  const world = await startRouter(t, {
    ...{ providers: [await adapterAt(openai, server.url)], catalogue },
    ...(leaseMs !== undefined && { leaseMs }),
  })
  const { models, callOf, people, db } = world
  const [boss, ana] = [people.add('admin'), people.add('member')]
  const budget = async (definition: Partial<BudgetDefinition>) => {
    const whole = { title: 'Pot', unit: 'cost', per: 'ever', limit: 50 * PRICE, hard: true, ...definition } as const
    const made = await models.createBudget(whole, callOf(boss))
    assert.ok(made.ok)
    return made.value.id
  }
  const state = async (id: string) => {
    const rows = await db
      .selectFrom('budget_periods')
      .select(['counter', 'spent', 'held'])
      .where('budget_id', '=', id)
      .orderBy('counter')
      .execute()
    return rows
  }
  const code = async (caller = ana, request = {}) => {
    const { fault } = await ask(models, { model, ...request }, callOf(caller))
    return fault?.code ?? 'served'
  }
  return { ...world, server, boss, ana, budget, state, code }
}

test('five hundred at once against the price of fifty, on two replicas: fifty are served and no more', async (t) => {
  const { budget, state, models, callOf, ana, startAnother, server } = await withBudgets(t)
  const other = await startAnother()
  const id = await budget({})
  const told = await Promise.all(
    Array.from({ length: 500 }, (_, n) =>
      n % 2 === 0 ? ask(models, { model }, callOf(ana)) : ask(other.models, { model }, other.callOf(ana)),
    ),
  )
  const served = told.filter(({ fault }) => fault === undefined).length
  assert.ok(served <= 50 && served >= 40, String(served))
  assert.equal(server.requests.length, served)
  for (const { fault } of told) if (fault) assert.equal(fault.code, 'models.budget-exceeded')
  // What one replica set aside and did not need comes back to all.
  for (let left = 50 - served; left > 0; left--)
    await eventually(async () => assert.equal((await ask(models, { model }, callOf(ana))).fault, undefined))
  assert.equal((await ask(other.models, { model }, other.callOf(ana))).fault?.code, 'models.budget-exceeded')
  assert.equal(server.requests.length, 50)
  const [row] = await state(id)
  assert.equal(row?.spent, 50 * PRICE)
  await eventually(async () => assert.equal((await state(id))[0]?.held, 0))
})

test('a budget counts whom it names: all, a user, a group, a key, an agent, one model, or each of them apart', async (t) => {
  const { budget, state, models, callOf, people, buses, ana } = await withBudgets(t)
  const ben = people.add('member')
  people.groups.set(ana.subject, ['group:grp_a'])
  const keyId = newId('key')
  const agent = `agent:${newId('agt')}`
  const soft = { hard: false } as const
  const ids = {
    all: await budget(soft),
    ana: await budget({ ...soft, of: ana.subject }),
    group: await budget({ ...soft, of: 'group:grp_a', unit: 'tokens' }),
    key: await budget({ ...soft, of: keyId, unit: 'requests' }),
    agent: await budget({ ...soft, of: agent }),
    model: await budget({ ...soft, model: 'openai/*' }),
    otherModel: await budget({ ...soft, model: 'openai/other' }),
    each: await budget({ ...soft, each: 'user' }),
    eachKey: await budget({ ...soft, each: 'key', unit: 'requests' }),
  }
  await ask(models, { model }, callOf(ana))
  await ask(models, { model }, callOf({ ...ben, keyId }))
  await ask(models, { model }, callOf({ ...ben, actors: [agent] }, undefined, buses.gateway))
  const spent = async (id: string) => Object.fromEntries((await state(id)).map((row) => [row.counter, row.spent]))
  assert.deepEqual(await spent(ids.all), { '': 300 })
  assert.deepEqual(await spent(ids.ana), { '': 100 })
  assert.deepEqual(await spent(ids.group), { '': 15 })
  assert.deepEqual(await spent(ids.key), { '': 1 })
  assert.deepEqual(await spent(ids.agent), { '': 100 })
  assert.deepEqual(await spent(ids.model), { '': 300 })
  assert.deepEqual(await spent(ids.otherModel), {})
  assert.deepEqual(await spent(ids.each), { [ana.subject]: 100, [ben.subject]: 200 })
  assert.deepEqual(await spent(ids.eachKey), { [keyId]: 1 })
  const listed = await models.listBudgets({}, callOf(ana))
  assert.ok(listed.ok)
  const seen = Object.fromEntries(listed.value.items.map(({ id, states }) => [id, states[0]?.spent]))
  const amounts = { [ids.all]: 300, [ids.ana]: 100, [ids.group]: 15, [ids.model]: 300, [ids.each]: 100 }
  assert.deepEqual(seen, { ...amounts, [ids.otherModel]: undefined })
})

test('a hard limit refuses what it has no room for before the provider is asked, in the words of the caller’s own budget alone', async (t) => {
  const { budget, models, callOf, ana, server, code, boss } = await withBudgets(t)
  const own = await budget({ of: ana.subject, limit: PRICE - 1, per: 'day', title: 'Mine' })
  const { fault } = await ask(models, { model }, callOf(ana))
  assert.equal(fault?.status, 429)
  assert.match(fault?.detail ?? '', /^Your budget Mine/)
  assert.equal(fault?.meta?.['budget'], own)
  assert.ok((fault?.retryAfterMs ?? 0) <= 86_400_000)
  assert.equal(await code(ana, { maxOutputTokens: 9 }), 'served', 'less may be asked for')
  assert.ok((await models.updateBudget({ id: own, limit: 10 * PRICE }, callOf(boss))).ok)
  assert.equal(await code(), 'served')
  await budget({ limit: 0, title: 'The secret of the board' })
  const other = await ask(models, { model }, callOf(ana))
  assert.match(other.fault?.detail ?? '', /^A budget that counts this request/)
  assert.equal(server.requests.length, 2)
  assert.ok((await models.deleteBudget({ id: own }, callOf(boss))).ok)
  const gone = await models.updateBudget({ id: own, limit: 1 }, callOf(boss))
  assert.equal(gone.ok ? 'ok' : gone.fault.code, 'models.not-found')
})

test('limits of requests and tokens a minute refuse with the time to wait', async (t) => {
  const { budget, models, callOf, ana, code } = await withBudgets(t)
  await budget({ each: 'user', unit: 'requests', per: 'minute', limit: 2 })
  const codes = [await code(), await code(), await code()]
  const full = codes.filter((one) => one === 'served').length
  // A minute may end in between.
  assert.ok(full === 2 || full === 3, codes.join())
  const { fault } = await ask(models, { model }, callOf(ana))
  if (fault) {
    assert.equal(fault.code, 'models.rate-limited')
    assert.ok((fault.retryAfterMs ?? Infinity) <= 60_000)
  }
})

test('where nobody can say what a request may cost, a hard limit lets it not pass', async (t) => {
  const { budget, code, ana } = await withBudgets(t, { facts: { prices: facts.prices } })
  await budget({})
  assert.equal(await code(), 'models.budget-exceeded')
  assert.equal(await code(ana, { maxOutputTokens: 10 }), 'served')
})

test('without a price there is no cost to count, and none to limit', async (t) => {
  const { budget, code, db } = await withBudgets(t, { facts: { maxOutputTokens: 10 } })
  assert.equal(await code(), 'served')
  assert.equal((await db.selectFrom('ledger').select('cost_micros').executeTakeFirstOrThrow()).cost_micros, null)
  await budget({})
  assert.equal(await code(), 'models.budget-exceeded')
})

test('what a request did not use is free again, however it ends', async (t) => {
  let respond = costs
  const { budget, state, models, callOf, ana } = await withBudgets(t, { respond: (...asked) => respond(...asked) })
  const id = await budget({ limit: PRICE })
  const stopped = new AbortController()
  respond = (response) => sendEvents(response, [text('On and on ')])
  for await (const event of models.complete(
    { model, messages: [user('x')], decisionIds: [] },
    callOf(ana, stopped.signal),
  )) {
    if (event.ok && event.value.type === 'text-delta') stopped.abort()
  }
  respond = (response) => void response.writeHead(400).end()
  await eventually(async () =>
    assert.equal((await ask(models, { model, maxOutputTokens: 5 }, callOf(ana))).fault?.code, 'models.request-refused'),
  )
  await eventually(async () => {
    const [row] = await state(id)
    assert.ok(row && row.spent < PRICE && row.spent > 0)
    assert.equal(row.held, 0)
  })
})

test('what a replica held that died is free after its lease, and its requests are closed once, as lost', async (t) => {
  let isStuck = true
  const { budget, state, models, callOf, ana, db, code } = await withBudgets(t, {
    leaseMs: 1500,
    respond: (...asked) => (isStuck ? sendEvents(asked[0], [text('On ')]) : costs(...asked)),
  })
  const id = await budget({ limit: 2 * PRICE })
  const dead = newId('rpl')
  await db.insertInto('replicas').values({ id: dead }).execute()
  const reading = Array.fromAsync(models.complete({ model, messages: [user('x')], decisionIds: [] }, callOf(ana)))
  const row = await eventually(async () => {
    const found = await db.selectFrom('ledger').select(['id', 'replica_id']).executeTakeFirst()
    assert.ok(found)
    return found
  })
  // As if the process that serves it had been killed: its rows are another's, which gives no sign of life.
  await db.updateTable('ledger').set({ replica_id: dead }).execute()
  await db.updateTable('budget_blocks').set({ replica_id: dead }).execute()
  isStuck = false
  const lost = await eventually(
    async () => {
      const found = await db.selectFrom('ledger').selectAll().where('id', '=', row.id).executeTakeFirstOrThrow()
      assert.equal(found.outcome, 'lost')
      return found
    },
    { timeoutMs: 15_000 },
  )
  assert.equal(lost.cost_micros, 0)
  assert.deepEqual(await db.selectFrom('budget_blocks').selectAll().where('replica_id', '=', dead).execute(), [])
  assert.ok(((await state(id))[0]?.held ?? 0) <= PRICE)
  assert.equal(await code(), 'served')
  void reading
})

test('a soft limit refuses nothing: who goes over it is told, and so is the ledger', async (t) => {
  const { budget, models, callOf, ana, db } = await withBudgets(t)
  const own = await budget({ of: ana.subject, hard: false, limit: PRICE })
  await budget({ hard: false, limit: PRICE, title: 'Of all' })
  const notes = async () => {
    const request = { model, messages: [user('What?')], decisionIds: [] }
    const events = await Array.fromAsync(models.complete(request, callOf(ana)))
    return events.flatMap((event) => (event.ok && event.value.type === 'start' ? (event.value.notes ?? []) : []))
  }
  assert.deepEqual(await notes(), [])
  const over = await eventually(async () => {
    const told = await notes()
    assert.notDeepEqual(told, [])
    return told
  })
  assert.deepEqual(over.toSorted(), ['over budget', `over budget ${own}`])
  const row = await db.selectFrom('ledger').select('notes').orderBy('id', 'desc').executeTakeFirstOrThrow()
  assert.deepEqual(row.notes, over)
})
