import type { CompletionEvent, CompletionRequest } from '@tessera/shared/contracts/model-router/completion'
import { newId } from '@tessera/shared/ids/ids'
import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import { protocols, sendEvents } from '../../test/fake-provider.ts'
import { user } from '../../test/providers.ts'
import { answers, refuses, twoProviders } from '../../test/two-providers.ts'

const model = 'openai/gpt-x'
const prices = { inputMicros: 1_000_000, outputMicros: 2_000_000 }

async function start(t: TestContext) {
  const world = await twoProviders(t, { catalogue: new Map([[model, { prices, labels: ['internal'] }]]) })
  const { ask, models, callOf, ana, boss, db, servers } = world
  /** Whether a request is answered from the cache, and how often its model was asked by then. */
  const again = async (request: Partial<CompletionRequest> = {}, call = callOf(ana)) => {
    const { route, fault, text } = await ask({ cacheSeconds: 60, ...request }, call)
    if (fault) return fault.code
    return `${route?.includes('cached; age=') ? 'cached' : 'asked'}: ${text}`
  }
  const events = async (request: Partial<CompletionRequest>) => {
    const whole = { model, messages: [user('What?')], decisionIds: [], cacheSeconds: 60, ...request }
    const results = await Array.fromAsync(models.complete(whole, callOf(ana)))
    return results.flatMap((result) => (result.ok ? [result.value] : []))
  }
  const rows = () => db.selectFrom('ledger').selectAll().orderBy('id').execute()
  const budget = (unit: 'cost' | 'requests', limit: number) =>
    models.createBudget({ title: unit, unit, per: 'month', limit, hard: true }, callOf(boss))
  return { ...world, again, events, rows, budget, timesAsked: () => servers.one.requests.length }
}

test('the very same request of the same reader is answered again, with no model and at no cost, and the answer and the ledger say so', async (t) => {
  const { ask, again, rows, timesAsked, models, callOf, ana } = await start(t)
  assert.equal(await again(), 'asked: from one')
  const { route, served } = await ask({ cacheSeconds: 60 })
  assert.match(route ?? '', /^"openai\/gpt-x"; asked="openai\/gpt-x"; by="named"; cached; age=\d+$/)
  assert.equal(served, model)
  assert.equal(timesAsked(), 1)
  const [first, second] = await rows()
  assert.ok(first && second && (first.cost_micros ?? 0) > 0)
  assert.deepEqual(
    [second.outcome, second.cost_micros, second.input_tokens, second.output_tokens, second.estimated],
    ['cached', 0, 0, 0, false],
  )
  const totals = await models.totalUsage({ by: ['model'] }, callOf(ana))
  assert.ok(totals.ok)
  const [total] = totals.value.items
  assert.deepEqual([total?.requests, total?.completed, total?.cached], [2, 2, 1])
  assert.equal(total?.costMicros, first.cost_micros)
})

test('without being asked for, nothing is kept and nothing is taken from what is', async (t) => {
  const { again, timesAsked, models, callOf, boss } = await start(t)
  const plain = { cacheSeconds: undefined } as unknown as Partial<CompletionRequest>
  assert.equal(await again(plain), 'asked: from one')
  assert.equal(await again(), 'asked: from one')
  assert.equal(await again(plain), 'asked: from one')
  assert.equal(timesAsked(), 3)
  assert.equal(await again(), 'cached: from one')
  assert.ok((await models.putGuardrails({ rules: [], maxCacheSeconds: 0 }, callOf(boss))).ok)
  for (let times = 0; times < 2; times++) assert.equal(await again(), 'asked: from one')
})

test('no other reader, chain, key, purpose or request gets it', async (t) => {
  const { again, callOf, ana, people, timesAsked } = await start(t)
  assert.equal(await again(), 'asked: from one')
  const others = [
    people.add('member'),
    { ...ana, actors: [`agent:${newId('agt')}`] },
    { ...ana, keyId: newId('key') },
    { ...ana, purpose: 'support' },
  ]
  // Whoever is new here moves the revision: what is already there is asked for after all of them have come.
  assert.equal(await again(), 'asked: from one')
  for (const other of others) assert.equal(await again({}, callOf(other)), 'asked: from one')
  const tools = [{ name: 'look_up', parameters: { type: 'object' } }]
  const requests: Partial<CompletionRequest>[] = [
    { messages: [user('What else?')] },
    { temperature: 0.5 },
    { maxOutputTokens: 10 },
    { tools },
    { tools: [{ name: 'look_up', parameters: { type: 'object', required: ['x'] } }] },
    { tools, toolChoice: 'none' },
    { model: 'openai/gpt-y' },
  ]
  for (const request of requests) assert.equal(await again(request), 'asked: from one')
  assert.equal(timesAsked(), 2 + others.length + requests.length)
  assert.equal(await again(), 'cached: from one')
  assert.equal(await again({ metadata: { note: 'no provider gets it' } }), 'cached: from one')
})

test('after any change in the workspace, or of what it says of its models, it is not given again', async (t) => {
  const { again, people, ana, models, callOf, boss } = await start(t)
  const filled = async () => {
    await again()
    assert.equal(await again(), 'cached: from one')
  }
  await filled()
  people.groups.set(ana.subject, ['group:hr'])
  assert.equal(await again(), 'asked: from one')
  await filled()
  assert.ok((await models.putCatalogueModel({ model, facts: { allow: [boss.subject] } }, callOf(boss))).ok)
  assert.equal(await again(), 'models.not-found')
  assert.ok((await models.deleteCatalogueModel({ model }, callOf(boss))).ok)
  await filled()
  people.states.set(ana.subject, 'deactivated')
  assert.equal(await again(), 'access.deactivated')
})

test('labels and policies are asked about at each hit, by the decisions of the request', async (t) => {
  const { again, people, timesAsked } = await start(t)
  const decision = newId('dec')
  people.carried.set(decision, ['internal'])
  const of = { decisionIds: [decision] }
  assert.equal(await again(of), 'asked: from one')
  assert.equal(await again(of), 'cached: from one')
  for (const label of ['hr', 'own-machines-only']) {
    people.carried.set(decision, ['internal', label])
    assert.equal(await again(of), 'models.not-cleared')
  }
  people.carried.delete(decision)
  assert.equal(await again(of), 'models.not-cleared')
  people.carried.set(decision, ['internal'])
  assert.equal(await again(of), 'cached: from one')
  const another = newId('dec')
  people.carried.set(another, ['internal'])
  assert.equal(await again({ decisionIds: [another] }), 'asked: from one')
  assert.equal(timesAsked(), 2)
})

test('what fails, breaks off, is cut short or declined is not kept', async (t) => {
  const { again, behave } = await start(t)
  const { text } = protocols.openai
  const finish = (reason: string) =>
    `data: ${JSON.stringify({ id: 'c', object: 'chat.completion.chunk', created: 1, model: 'm', choices: [{ index: 0, delta: {}, finish_reason: reason }] })}\n\n`
  const cut: typeof behave.one = (response) => {
    sendEvents(response, [text('Half')])
    setTimeout(() => response.destroy(), 20)
  }
  const ending =
    (reason: string): typeof behave.one =>
    (response) => {
      sendEvents(response, [text('Some'), finish(reason), 'data: [DONE]\n\n'])
      response.end()
    }
  for (const [behaves, told] of [
    [refuses(400), 'models.request-refused'],
    [cut, 'models.provider-cut'],
    [ending('length'), 'asked: Some'],
    [ending('content_filter'), 'asked: Some'],
  ] as const) {
    behave.one = behaves
    assert.equal(await again(), told)
  }
  behave.one = answers('whole')
  assert.equal(await again(), 'asked: whole')
  assert.equal(await again(), 'cached: whole')
})

test('a hit takes nothing from a budget of cost, and is a request to one of requests', async (t) => {
  const { again, budget } = await start(t)
  const asked = { maxOutputTokens: 20 }
  assert.ok((await budget('cost', 120)).ok)
  assert.ok((await budget('requests', 4)).ok)
  assert.equal(await again(asked), 'asked: from one')
  assert.equal(await again({ maxOutputTokens: 60 }), 'models.budget-exceeded')
  for (let times = 0; times < 3; times++) assert.equal(await again(asked), 'cached: from one')
  assert.equal(await again(asked), 'models.rate-limited')
})

test('a tool call, and everything else of an answer, comes again as it was', async (t) => {
  const { events, behave, timesAsked } = await start(t)
  const chunk = (delta: object, reason: string | null = null) =>
    `data: ${JSON.stringify({ id: 'c', object: 'chat.completion.chunk', created: 1, model: 'm', choices: [{ index: 0, delta, finish_reason: reason }] })}\n\n`
  const called = (index: number, id: string, rest: string) => [
    chunk({ tool_calls: [{ index, id, type: 'function', function: { name: 'look_up', arguments: '' } }] }),
    chunk({ tool_calls: [{ index, function: { arguments: rest } }] }),
  ]
  behave.one = (response) => {
    const content = [chunk({ content: 'Let me ' }), chunk({ content: 'look.' })]
    sendEvents(response, [
      ...content,
      ...called(0, 'a', '{"x":1}'),
      ...called(1, 'b', '{"x":2}'),
      chunk({}, 'tool_calls'),
      'data: [DONE]\n\n',
    ])
    response.end()
  }
  const request = { tools: [{ name: 'look_up', parameters: { type: 'object' } }] }
  const [first, second] = [await events(request), await events(request)]
  assert.equal(timesAsked(), 1)
  const said = (all: CompletionEvent[]) => ({
    text: all.map((event) => (event.type === 'text-delta' ? event.text : '')).join(''),
    rest: all.filter(({ type }) => type.startsWith('tool-call')),
    end: all.flatMap((event) => (event.type === 'end' ? [event.finishReason, event.usage] : [])),
  })
  assert.equal(said(first).text, 'Let me look.')
  assert.equal(said(first).rest.filter(({ type }) => type === 'tool-call-start').length, 2)
  assert.deepEqual(said(second), said(first))
  assert.deepEqual(
    second.map(({ type }) => type).filter((type) => !type.startsWith('tool')),
    ['start', 'text-delta', 'end'],
  )
})
