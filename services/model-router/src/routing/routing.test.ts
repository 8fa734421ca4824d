import type { RouteDefinition } from '@tessera/shared/contracts/model-router/routes'
import { newId } from '@tessera/shared/ids/ids'
import { eventually } from '@tessera/testkit/eventually'
import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import { sendEvents, protocols } from '../../test/fake-provider.ts'
import { answers, refuses, twoProviders } from '../../test/two-providers.ts'

const [one, two] = ['openai/gpt-x', 'openai-compatible/large-x'] as const
const targets = [{ model: one }, { model: two }]

async function withRoute(t: TestContext, definition: Partial<RouteDefinition> = {}, catalogue = new Map()) {
  const world = await twoProviders(t, { catalogue })
  const put = (changed: Partial<RouteDefinition> = {}, name = 'fast') =>
    world.models.putRoute(
      { name, definition: { strategy: 'fallback', targets, ...definition, ...changed } },
      world.callOf(world.boss),
    )
  assert.ok((await put()).ok)
  return { ...world, put }
}

test('a route goes to its first model, and before the first content to the next one, and says so', async (t) => {
  const { ask, behave, asked } = await withRoute(t)
  assert.deepEqual(await ask({ model: 'fast' }), {
    ...{ text: 'from one', served: one, fault: undefined },
    route: '"openai/gpt-x"; asked="fast"; by="fallback"',
  })
  const failures = {
    'rate-limited': refuses(429, { 'retry-after': '1' }),
    failed: refuses(500),
    refused: refuses(401),
    garbage: answers(),
    empty: answers(''),
    'not-found': refuses(404),
  }
  failures.garbage = (response) => void response.writeHead(200, { 'content-type': 'text/html' }).end('<html>')
  for (const [cause, failing] of Object.entries(failures)) {
    behave.one = failing
    const told = await ask({ model: 'fast' })
    assert.deepEqual([told.text, told.served, told.fault], ['from two', two, undefined], cause)
    if (cause !== 'failed' && cause !== 'refused') continue
    assert.equal(told.route?.startsWith('"openai-compatible/large-x"; asked="fast"; by="fallback"'), true)
  }
  const [ofOne] = asked()
  assert.ok((ofOne ?? 0) < 7, 'what is known to limit its rate is not asked meanwhile')
})

test('a request that a provider refuses is not tried elsewhere, and spares nobody the target', async (t) => {
  const { ask, behave, asked } = await withRoute(t)
  behave.one = refuses(400)
  for (let round = 0; round < 5; round++) {
    const { fault } = await ask({ model: 'fast' })
    assert.equal(fault?.code, 'models.request-refused')
  }
  behave.one = refuses(401)
  for (let round = 0; round < 5; round++) assert.equal((await ask({ model: 'fast' })).served, two)
  assert.deepEqual(asked(), [10, 5])
  behave.one = answers('again')
  assert.equal((await ask({ model: 'fast' })).text, 'again')
})

test('after the first content nothing is tried elsewhere: what came is partial and ends in a fault', async (t) => {
  const { ask, behave, asked } = await withRoute(t)
  behave.one = (response) => {
    sendEvents(response, [protocols.openai.text('Half an ')])
    setTimeout(() => response.destroy(), 30)
  }
  const told = await ask({ model: 'fast' })
  assert.deepEqual([told.text, told.fault?.code], ['Half an ', 'models.provider-cut'])
  assert.deepEqual(asked(), [1, 0])
})

test('a model that was named is never exchanged, unless its caller names what may stand in', async (t) => {
  const { ask, behave } = await withRoute(t)
  behave.one = refuses(404)
  assert.equal((await ask({ model: one })).fault?.code, 'models.not-found')
  const told = await ask({ model: one, fallbacks: [two] })
  assert.equal(told.served, two)
  assert.equal(told.route, `"${two}"; asked="${one}"; by="stands-in"; tried="${one} not-found"`)
})

test('when all are cooling they are tried anyway, and when all fail the last failure is told with all that was tried', async (t) => {
  const { ask, behave, asked } = await withRoute(t)
  behave.one = refuses(429, { 'retry-after': '60' })
  behave.two = refuses(429, { 'retry-after': '90' })
  const first = await ask({ model: 'fast' })
  assert.equal(first.fault?.code, 'models.provider-rate-limited')
  assert.equal(first.fault?.meta?.['route'], `"${two}"; asked="fast"; by="fallback"; tried="${one} rate-limited"`)
  assert.ok((first.fault?.retryAfterMs ?? 0) > 60_000)
  const before = asked()
  behave.two = answers('from two')
  assert.equal((await ask({ model: 'fast' })).text, 'from two')
  assert.notDeepEqual(asked(), before)
})

test('what may do better in a moment is asked again, after as long as it says', async (t) => {
  const { ask, behave, asked } = await withRoute(t)
  let refusals = 0
  behave.one = (...answering) => {
    const respond = ++refusals <= 2 ? refuses(503, { 'retry-after-ms': '30' }) : answers('at last')
    return respond(...answering)
  }
  assert.equal((await ask({ model: one })).text, 'at last')
  assert.deepEqual(asked(), [3, 0])
})

test('by sensitivity: labelled text goes to the first model that is cleared for it, others to the first of all; none left is a refusal that names the labels', async (t) => {
  const {
    ask,
    buses,
    models: _models,
    people,
    callOf,
    ana,
    asked,
  } = await withRoute(
    t,
    {},
    new Map([
      ['openai/*', { labels: ['own-machines-only'] }],
      ['openai-compatible/*', { labels: ['hr', 'own-machines-only'], hosting: 'own' }],
    ]),
  )
  const decision = (...labels: string[]) => {
    const id = newId('dec')
    people.carried.set(id, labels)
    return [id]
  }
  const call = () => callOf({ ...ana, actors: ['agent:a'] }, undefined, buses.gateway)
  assert.equal((await ask({ model: 'fast', decisionIds: decision() }, call())).served, one)
  assert.equal((await ask({ model: 'fast', decisionIds: decision('hr') }, call())).served, two)
  assert.equal((await ask({ model: 'fast', decisionIds: decision('own-machines-only') }, call())).served, two)
  const { fault } = await ask({ model: 'fast', decisionIds: decision('hr', 'board') }, call())
  assert.deepEqual([fault?.code, fault?.status, fault?.meta?.['labels']], ['models.not-cleared', 403, 'hr,board'])
  assert.deepEqual(asked(), [1, 2])
})

test('constraints leave out what does not meet them, and say which when nothing does', async (t) => {
  const prices = { inputMicros: 1_000_000, outputMicros: 5_000_000 }
  const { ask, put } = await withRoute(
    t,
    {},
    new Map([
      [one, { region: 'us', retentionDays: 30, prices }],
      [two, { region: 'eu', retentionDays: 0, maxOutputTokens: 1000, prices: { ...prices, outputMicros: 9_000_000 } }],
    ]),
  )
  const servedWith = async (constraints: NonNullable<RouteDefinition['constraints']>, request = {}) => {
    assert.ok((await put({ constraints })).ok)
    const { served, fault } = await ask({ model: 'fast', maxOutputTokens: 100, ...request })
    return served ?? fault?.detail
  }
  assert.equal(await servedWith({}), one)
  assert.equal(await servedWith({ regions: ['eu'] }), two)
  assert.equal(await servedWith({ maxRetentionDays: 0 }), two)
  assert.equal(await servedWith({ maxCostMicros: 600 }), one)
  assert.equal(await servedWith({ hosting: 'own' }), 'No model of fast meets its constraints: hosting.')
  assert.equal(await servedWith({ regions: ['eu'] }, { maxOutputTokens: 1001 }), 'fast writes at most 1000 tokens.')
})

test('switching the default is one call, in force at once, and can be undone', async (t) => {
  const { ask, models, callOf, boss, put, people } = await withRoute(t)
  assert.equal((await ask({ model: 'default' })).served, 'openai/gpt-5.4-mini')
  assert.ok((await put({ targets: [{ model: one }] }, 'default')).ok)
  assert.ok((await put({ targets: [{ model: two }] }, 'default')).ok)
  assert.equal((await ask({ model: 'default' })).served, two)
  const undone = await models.undoRoute({ name: 'default' }, callOf(boss))
  assert.ok(undone.ok)
  assert.deepEqual([undone.value.route?.targets, undone.value.route?.version], [[{ model: one }], 3])
  assert.equal((await ask({ model: 'default' })).served, one)
  assert.ok((await models.deleteRoute({ name: 'default' }, callOf(boss))).ok)
  assert.equal((await ask({ model: 'default' })).served, 'openai/gpt-5.4-mini')
  assert.ok((await models.undoRoute({ name: 'default' }, callOf(boss))).ok)
  assert.equal((await ask({ model: 'default' })).served, one)
  const nothing = await models.undoRoute({ name: 'nothing' }, callOf(boss))
  assert.equal(nothing.ok ? 'ok' : nothing.fault.code, 'models.not-found')
  assert.equal(people.logged.filter(({ operation }) => operation === 'models.undoRoute').length, 3)
})

test('a route that could serve nothing is refused, and its fields are named', async (t) => {
  const { put } = await withRoute(t)
  const fieldsOf = async (changed: Partial<RouteDefinition>) => {
    const stored = await put(changed)
    return stored.ok ? 'stored' : stored.fault.errors?.map(({ field }) => field)
  }
  assert.deepEqual(await fieldsOf({ targets: [{ model: one }, { model: 'nobody/x' }] }), ['/targets/1/model'])
  assert.deepEqual(await fieldsOf({ targets: [{ model: 'openai/*' }] }), ['/targets/0/model'])
  assert.deepEqual(await fieldsOf({ targets: [{ model: one, weight: 0 }] }), ['/targets'])
  assert.deepEqual(await fieldsOf({ targets: [{ model: one }, { model: one }] }), ['/targets'])
})

test('an experiment keeps a conversation with its model', async (t) => {
  const { ask } = await withRoute(t, { strategy: 'experiment' })
  const served = async (conversation: string) => (await ask({ model: 'fast', conversation })).served
  const seen = new Map<string, string | undefined>()
  for (let n = 0; n < 12; n++) seen.set(`c${n}`, await served(`c${n}`))
  assert.equal(new Set(seen.values()).size, 2)
  for (const [conversation, by] of seen) assert.equal(await served(conversation), by)
})

test('how the models do is told to those who may use them; how much they are used, to admins', async (t) => {
  const { ask, behave, models, callOf, ana, boss } = await withRoute(t)
  behave.one = refuses(429, { 'retry-after': '60' })
  await ask({ model: 'fast' })
  const healthFor = async (caller: typeof ana) => {
    const listed = await models.listHealth({}, callOf(caller))
    return listed.ok ? listed.value.items : []
  }
  const [second, first] = await eventually(async () => {
    const items = await healthFor(boss)
    assert.equal(items.length, 2)
    return items
  })
  assert.deepEqual([first?.model, first?.state, first?.cause, first?.requests], [one, 'cooling', 'rate-limited', 1])
  assert.ok((first?.forMs ?? 0) > 50_000)
  assert.deepEqual([second?.model, second?.state, second?.failures], [two, 'ok', 0])
  const seen = (await healthFor(ana)).map(({ model, state, requests }) => [model, state, requests])
  assert.deepEqual(seen, [
    [two, 'ok', undefined],
    [one, 'cooling', undefined],
  ])
  assert.ok((await models.putCatalogueModel({ model: one, facts: { allow: [boss.subject] } }, callOf(boss))).ok)
  assert.deepEqual(
    (await healthFor(ana)).map(({ model }) => model),
    [two],
  )
})
