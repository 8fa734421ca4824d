import type { CompareEvent, CompareRequest } from '@tessera/shared/contracts/model-router/comparisons'
import { newId } from '@tessera/shared/ids/ids'
import { eventually } from '@tessera/testkit/eventually'
import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import { protocols, sendEvents } from '../../test/fake-provider.ts'
import { user } from '../../test/providers.ts'
import { answers, refuses, twoProviders } from '../../test/two-providers.ts'

const [one, two] = ['openai/gpt-x', 'openai-compatible/large-x'] as const
const prices = { inputMicros: 1_000_000, outputMicros: 2_000_000 }

async function start(t: TestContext) {
  const catalogue = new Map([
    [one, { prices, labels: [] }],
    ['openai-compatible/*', { hosting: 'own' as const, labels: ['hr'] }],
  ])
  const world = await twoProviders(t, { catalogue })
  const { models, callOf, ana } = world
  /** Everything that is told, in its order, and by lane. */
  async function compare(request: Partial<CompareRequest> = {}, call = callOf(ana)) {
    const told: CompareEvent[] = []
    const input = { models: [one, two], messages: [user('What?')], decisionIds: [], ...request }
    for await (const event of models.compare(input, call)) {
      if (!event.ok) return { told, fault: event.fault, id: '', lane: () => assert.fail() }
      told.push(event.value)
    }
    const [first] = told
    const lane = (number: number) => {
      const events = told.filter((event) => 'lane' in event && event.lane === number)
      const contents = events.flatMap((event) => (event.type === 'lane.content' ? event.content : []))
      const text = contents.map((content) => (content.type === 'text-delta' ? content.text : '')).join('')
      return { events, text, last: events.at(-1) }
    }
    return { told, lane, fault: undefined, id: first?.type === 'comparison.started' ? first.id : '' }
  }
  const vote = (id: string, winner: number | 'none', call = callOf(ana)) => models.vote({ id, winner }, call)
  const rates = async (input: Parameters<typeof models.listWinRates>[0] = {}, by = world.boss) => {
    const listed = await models.listWinRates(input, callOf(by))
    return listed.ok ? listed.value.items : listed.fault.code
  }
  return { ...world, compare, vote, rates }
}

test('several models answer the same side by side, and what each took and cost is told and kept, without a word of text', async (t) => {
  const { compare, db, rates } = await start(t)
  const { told, lane, id } = await compare()
  assert.deepEqual([lane(0).text, lane(1).text], ['from one', 'from two'])
  assert.deepEqual(told[0], {
    type: 'comparison.started',
    id,
    lanes: [
      { lane: 0, asked: one },
      { lane: 1, asked: two },
    ],
  })
  assert.deepEqual(told.at(-1), { type: 'comparison.completed', id })
  const [began] = lane(0).events
  assert.ok(began?.type === 'lane.started' && began.model === one && began.firstContentMs > 0)
  assert.equal(began.route, `"${one}"; asked="${one}"; by="named"`)
  const { last } = lane(0)
  assert.ok(last?.type === 'lane.completed' && last.usage.outputTokens > 0)
  assert.equal(last.costMicros, last.usage.inputTokens + 2 * last.usage.outputTokens)
  assert.ok(last.totalMs >= began.firstContentMs)
  assert.equal((lane(1).last as { costMicros?: number }).costMicros, undefined)

  const kept = JSON.stringify(await db.selectFrom('comparison_lanes').selectAll().execute())
  assert.doesNotMatch(kept, /from one|What/)
  const counted = await db.selectFrom('ledger').select(['model', 'outcome', 'cost_micros']).orderBy('model').execute()
  assert.deepEqual(counted, [
    { model: two, outcome: 'completed', cost_micros: null },
    { model: one, outcome: 'completed', cost_micros: last.costMicros },
  ])
  const [rate] = (await rates()) as { model: string; votes: number; comparisons: number }[]
  assert.deepEqual([rate?.comparisons, rate?.votes], [1, 0])
})

test('a lane that is refused or fails says so and disturbs no other', async (t) => {
  const { compare, behave, people, asked, models, callOf, boss } = await start(t)
  behave.one = refuses(500)
  const failing = await compare({ models: [two, one, 'nobody/nothing'] })
  assert.equal(failing.lane(0).text, 'from two')
  const codes = (comparison: typeof failing) =>
    [0, 1, 2].map((lane) => {
      const { last } = comparison.lane(lane)
      return last?.type === 'lane.failed' ? last.fault.code : last?.type
    })
  assert.deepEqual(codes(failing), ['lane.completed', 'models.provider-failed', 'models.not-found'])

  behave.one = answers('from one')
  const carries = newId('dec')
  people.carried.set(carries, ['hr'])
  const before = asked()
  const labelled = await compare({ decisionIds: [carries] })
  assert.deepEqual(codes(labelled).slice(0, 2), ['models.not-cleared', 'lane.completed'])
  assert.equal(asked()[0], before[0], 'nothing of it went to the model that is not cleared')

  const budget = { title: 'One', model: one, unit: 'requests', per: 'month', limit: 0, hard: true } as const
  assert.ok((await models.createBudget(budget, callOf(boss))).ok)
  assert.deepEqual(codes(await compare()).slice(0, 2), ['models.rate-limited', 'lane.completed'])
  await models.putGuardrails({ rules: [{ kind: 'iban', act: 'block' }] }, callOf(boss))
  const secret = await compare({ models: ['openai/gpt-y', two], messages: [user('DE89 3704 0044 0532 0130 00')] })
  assert.deepEqual(codes(secret).slice(0, 2), ['models.blocked', 'lane.completed'])
})

test('an answer that breaks off is partial, and no answer of this comparison', async (t) => {
  const { compare, behave, vote } = await start(t)
  behave.one = (response) => {
    sendEvents(response, [protocols.openai.text('Half an ')])
    setTimeout(() => response.destroy(), 30)
  }
  const { lane, id } = await compare()
  assert.equal(lane(0).text, 'Half an ')
  assert.equal(lane(0).last?.type, 'lane.failed')
  const voted = await vote(id, 1)
  assert.deepEqual(voted.ok ? '' : voted.fault.errors, [
    { field: '/winner', rule: 'must be of a comparison with two answers or more' },
  ])
})

test('a caller who leaves ends every lane at its provider', async (t) => {
  const { models, callOf, ana, behave, db } = await start(t)
  let open = 0
  const goesOn: typeof behave.one = (response) => {
    open++
    sendEvents(response, [protocols.openai.text('On and ')])
    response.once('close', () => open--)
  }
  ;[behave.one, behave.two] = [goesOn, goesOn]
  const leaving = new AbortController()
  const input = { models: [one, two], messages: [user('What?')], decisionIds: [] }
  let contents = 0
  for await (const event of models.compare(input, callOf(ana, leaving.signal))) {
    if (event.ok && event.value.type === 'lane.content') contents++
    if (contents === 2) leaving.abort()
  }
  await eventually(() => assert.equal(open, 0))
  await eventually(async () => {
    const rows = await db.selectFrom('ledger').select('outcome').execute()
    assert.deepEqual(
      rows.map(({ outcome }) => outcome),
      ['cancelled', 'cancelled'],
    )
  })
})

test('the vote is of whoever asked, and may be changed', async (t) => {
  const { compare, vote, rates, people, callOf, behave } = await start(t)
  const { id } = await compare()
  const other = people.add('member')
  for (const someone of [callOf(other), callOf(people.add('admin'))]) {
    const refused = await vote(id, 0, someone)
    assert.equal(refused.ok ? '' : refused.fault.code, 'models.unknown-comparison')
  }
  const missing = await vote(id, 5)
  assert.equal(missing.ok ? '' : missing.fault.code, 'models.invalid')
  type Rate = { model: string; votes: number; wins: number; undecided: number; winRate?: number }
  const told = async () =>
    ((await rates()) as Rate[]).map(({ model, wins, votes, undecided, winRate }) => [
      model,
      wins,
      votes,
      undecided,
      winRate,
    ])
  assert.ok((await vote(id, 0)).ok)
  assert.deepEqual(await told(), [
    [one, 1, 1, 0, 1],
    [two, 0, 1, 0, 0],
  ])
  assert.ok((await vote(id, 1)).ok)
  assert.deepEqual(await told(), [
    [two, 1, 1, 0, 1],
    [one, 0, 1, 0, 0],
  ])
  behave.one = answers('again')
  assert.ok((await vote((await compare()).id, 'none')).ok)
  assert.deepEqual(await told(), [
    [two, 1, 2, 1, 0.5],
    [one, 0, 2, 1, 0],
  ])
})

test('admins and builders see how models did, of agents a builder only those that they may read', async (t) => {
  const { compare, vote, rates, people, ana } = await start(t)
  const [mine, theirs] = [newId('agt'), newId('agt')]
  for (const agent of [mine, theirs]) assert.ok((await vote((await compare({ agent })).id, 0)).ok)
  assert.equal(await rates({}, ana), 'access.forbidden')
  assert.equal(((await rates({ by: 'agent' })) as unknown[]).length, 4)
  const builder = people.add('builder')
  people.readable.set(builder.subject, [`agent:${mine}`])
  const seen = (await rates({ by: 'agent' }, builder)) as { agent?: string }[]
  assert.deepEqual(new Set(seen.map(({ agent }) => agent)), new Set([mine]))
  assert.deepEqual(await rates({ agent: theirs }, builder), [])
  assert.equal(((await rates({}, builder)) as unknown[]).length, 2)
  assert.deepEqual(await rates({}, people.add('admin', newId('wsp'))), [])
  assert.equal(await rates({ to: '2020-01-01T00:00:00Z' }).then((items) => items.length), 0)
})

test('nobody who is not active compares anything', async (t) => {
  const { compare, people, callOf, asked } = await start(t)
  const { fault } = await compare({}, callOf(people.add('deactivated')))
  assert.equal(fault?.code, 'access.deactivated')
  assert.deepEqual(asked(), [0, 0])
})
