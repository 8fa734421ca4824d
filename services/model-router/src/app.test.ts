import type { CompletionEvent } from '@tessera/shared/contracts/model-router/completion'
import { modelsContract } from '@tessera/shared/contracts/model-router'
import type { Result } from '@tessera/shared/fault/result'
import { newId } from '@tessera/shared/ids/ids'
import { eventually } from '@tessera/testkit/eventually'
import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import { fakeProvider, protocols, type Respond, sendEvents } from '../test/fake-provider.ts'
import { adapterAt, adapters, user } from '../test/providers.ts'
import { startRouter } from '../test/router.ts'

const [openai] = adapters
const { text, end } = protocols.openai
const question = [user('How long is the paid leave of new parents?')]
const whole: Respond = (response) => (
  sendEvents(response, [text('Sixteen '), text('weeks.'), ...end]),
  void response.end()
)

async function readAll(stream: AsyncIterable<Result<CompletionEvent>>) {
  const seen = {
    types: [] as string[],
    text: '',
    fault: undefined as string | undefined,
    end: undefined as CompletionEvent | undefined,
  }
  for await (const result of stream) {
    if (!result.ok) {
      seen.fault = result.fault.code
      continue
    }
    seen.types.push(result.value.type)
    if (result.value.type === 'text-delta') seen.text += result.value.text
    if (result.value.type === 'end') seen.end = result.value
  }
  return seen
}

/** A router whose provider `openai` answers so, and somebody who may ask it. */
async function routerWith(t: TestContext, respond: Respond) {
  const server = await fakeProvider(t, respond)
  const started = await startRouter(t, { providers: [await adapterAt(openai, server.url)] })
  return { ...started, server, ana: started.people.add('member') }
}

test('a member’s question is answered by the model they chose, and counted with its decisions', async (t) => {
  const { callOf, ana, db, buses, people } = await routerWith(t, whole)
  const decisionIds = [newId('dec'), newId('dec')]
  for (const id of decisionIds) people.carried.set(id, [])
  // As agents asks for a run.
  const caller = { ...ana, actors: [`agent:${newId('agt')}`] }
  const models = buses.agents.connectTo(modelsContract)
  const call = callOf(caller, undefined, buses.agents)
  const seen = await readAll(models.complete({ model: 'openai/gpt-x', messages: question, decisionIds }, call))
  assert.deepEqual(seen.types, ['start', 'text-delta', 'text-delta', 'end'])
  assert.equal(seen.text, 'Sixteen weeks.')
  const [row, ...more] = await db.selectFrom('ledger').selectAll().execute()
  assert.deepEqual(more, [])
  assert.ok(row && seen.end?.type === 'end')
  assert.deepEqual(row.decision_ids, decisionIds)
  assert.deepEqual([row.workspace_id, row.subject, row.actors], [caller.workspaceId, caller.subject, caller.actors])
  assert.deepEqual([row.model, row.operation, row.outcome], ['openai/gpt-x', 'complete', 'completed'])
  assert.deepEqual(
    [row.input_tokens, row.output_tokens, row.estimated],
    [seen.end.usage.inputTokens, seen.end.usage.outputTokens, true],
  )
  assert.ok(row.first_content_ms !== null && row.total_ms !== null && row.first_content_ms <= row.total_ms)
})

test('the built-in model answers without any key', async (t) => {
  const { models, callOf, people } = await startRouter(t)
  const messages = [
    {
      role: 'user' as const,
      content: [
        { type: 'passage' as const, id: '1', title: 'Leave', text: 'New parents get 16 weeks of paid leave.' },
        { type: 'text' as const, text: 'How much leave do new parents get?' },
      ],
    },
  ]
  const seen = await readAll(
    models.complete({ model: 'tessera/extractive', messages, decisionIds: [] }, callOf(people.add('member'))),
  )
  assert.match(seen.text, /16 weeks of paid leave\.” \[1\]/)
})

test('nobody but an active principal gets an answer, and nobody’s prompt reaches a provider before', async (t) => {
  const { models, callOf, people, server, buses } = await routerWith(t, whole)
  const strangers = [
    ['access.pending', people.add('pending')],
    ['access.deactivated', people.add('deactivated')],
    ['access.forbidden', { workspaceId: people.workspaceId, subject: `user:${newId('usr')}`, actors: [], scopes: [] }],
  ] as const
  for (const [code, caller] of strangers) {
    const seen = await readAll(
      models.complete(
        { model: 'openai/gpt-x', messages: question, decisionIds: [] },
        callOf({ ...caller, actors: [], scopes: [] }),
      ),
    )
    assert.equal(seen.fault, code)
    const embedded = await models.embed(
      { model: 'openai/e', texts: ['x'] },
      callOf({ ...caller, actors: [], scopes: [] }),
    )
    assert.equal(embedded.ok ? 'ok' : embedded.fault.code, code)
  }
  await buses.access.close()
  const seen = await readAll(
    models.complete({ model: 'openai/gpt-x', messages: question, decisionIds: [] }, callOf(people.add('member'))),
  )
  assert.equal(seen.fault, 'access.unavailable')
  assert.deepEqual(server.requests, [])
})

test('an unknown provider is not found, and an unknown name is for the provider to judge', async (t) => {
  const { models, callOf, ana, server } = await routerWith(
    t,
    (response) => void response.writeHead(404, { 'content-type': 'application/json' }).end('{"error":{}}'),
  )
  const faults: (string | undefined)[] = []
  for (const model of ['nobody/gpt-x', 'tessera/gpt-x', 'openai/gpt-none'] as const) {
    faults.push((await readAll(models.complete({ model, messages: question, decisionIds: [] }, callOf(ana)))).fault)
  }
  assert.deepEqual(faults, ['models.not-found', 'models.not-found', 'models.not-found'])
  assert.equal(server.requests.length, 1)
})

test('when the caller leaves, the provider is hung up on, and what came is counted as an estimate', async (t) => {
  const { models, callOf, ana, db, server } = await routerWith(t, (response) =>
    sendEvents(response, [text('Sixteen weeks, more or less, and then some.')]),
  )
  for await (const result of models.complete(
    { model: 'openai/gpt-x', messages: question, decisionIds: [] },
    callOf(ana),
  )) {
    if (result.ok && result.value.type === 'text-delta') break
  }
  await server.clientLeft()
  const row = await eventually(async () => {
    const found = await db.selectFrom('ledger').selectAll().executeTakeFirstOrThrow()
    assert.notEqual(found.outcome, 'started')
    return found
  })
  assert.equal(row.outcome, 'cancelled')
  assert.ok(row.input_tokens > 0 && row.output_tokens >= 10 && row.estimated)
})

test('when the caller’s signal aborts before the first token, the provider is hung up on', async (t) => {
  const asked = Promise.withResolvers<void>()
  const { models, callOf, ana, server } = await routerWith(t, () => asked.resolve())
  const controller = new AbortController()
  const reading = readAll(
    models.complete({ model: 'openai/gpt-x', messages: question, decisionIds: [] }, callOf(ana, controller.signal)),
  )
  await asked.promise
  controller.abort()
  await server.clientLeft()
  assert.notEqual((await reading).types.at(-1), 'end')
})

test('a provider that fails before or after its first token is told apart, and both are counted', async (t) => {
  let asked = 0
  const { models, callOf, ana, db } = await routerWith(t, (response) => {
    // A server that fails is asked again twice.
    if (++asked <= 3) response.writeHead(500).end()
    else {
      sendEvents(response, [text('Sixteen')])
      setTimeout(() => response.destroy(), 30)
    }
  })
  const faults = []
  for (let round = 0; round < 2; round++) {
    for await (const result of models.complete(
      { model: 'openai/gpt-x', messages: question, decisionIds: [] },
      callOf(ana),
    )) {
      if (!result.ok) faults.push({ code: result.fault.code, meta: result.fault.meta })
    }
  }
  assert.deepEqual(faults, [
    {
      code: 'models.provider-failed',
      meta: {
        ...{ provider: 'openai', cause: 'failed', afterFirstToken: false },
        route: '"openai/gpt-x"; asked="openai/gpt-x"; by="named"; tried="openai/gpt-x failed, openai/gpt-x failed"',
      },
    },
    { code: 'models.provider-cut', meta: { provider: 'openai', cause: 'cut', afterFirstToken: true } },
  ])
  const rows = await db.selectFrom('ledger').select(['outcome', 'output_tokens']).orderBy('id').execute()
  assert.deepEqual(rows, [
    { outcome: 'models.provider-failed', output_tokens: 0 },
    { outcome: 'models.provider-cut', output_tokens: 2 },
  ])
})

test('without the database nothing is answered, because nothing could be counted', async (t) => {
  const { models, callOf, ana, closeDatabase, router, server } = await routerWith(t, whole)
  assert.deepEqual(await router.notReady(), [])
  await closeDatabase()
  assert.deepEqual(await router.notReady(), ['database'])
  const seen = await readAll(
    models.complete({ model: 'openai/gpt-x', messages: question, decisionIds: [] }, callOf(ana)),
  )
  assert.deepEqual([seen.types, seen.fault], [[], 'models.unavailable'])
  const usage = await models.listUsage({}, callOf(ana))
  assert.equal(usage.ok ? 'ok' : usage.fault.code, 'models.unavailable')
  assert.deepEqual(server.requests, [])
})

test('an answer that ends while the database is away is counted when it is back', async (t) => {
  const held = Promise.withResolvers<void>()
  const { models, callOf, ana, db, proxy } = await routerWith(t, (response) => {
    sendEvents(response, [text('Sixteen ')])
    void held.promise.then(() => response.end(end.join('')))
  })
  const types: string[] = []
  for await (const result of models.complete(
    { model: 'openai/gpt-x', messages: question, decisionIds: [] },
    callOf(ana),
  )) {
    types.push(result.ok ? result.value.type : result.fault.code)
    if (types.at(-1) !== 'text-delta') continue
    proxy.cut()
    held.resolve()
  }
  assert.deepEqual(types, ['start', 'text-delta', 'end'])
  proxy.restore()
  await eventually(async () => {
    const { outcome } = await db.selectFrom('ledger').select('outcome').executeTakeFirstOrThrow()
    assert.equal(outcome, 'completed')
  })
})

test('vectors cross the bus as little-endian floats, for people and for a service of ours, and are counted', async (t) => {
  const data = [
    { index: 0, embedding: [1, -0.5] },
    { index: 1, embedding: [0.25, 3] },
  ]
  const { models, callOf, ana, people, buses, db } = await routerWith(
    t,
    (response) =>
      void response
        .writeHead(200, { 'content-type': 'application/json' })
        .end(JSON.stringify({ data, usage: { prompt_tokens: 4 } })),
  )
  const service = { workspaceId: people.workspaceId, subject: 'system:retrieval', actors: [], scopes: [] }
  const asked = { model: 'openai/text-embedding-3-small', texts: ['a', 'b'] }
  for (const embedded of [
    await models.embed(asked, callOf(ana)),
    await buses.retrieval.connectTo(modelsContract).embed(asked, callOf(service, undefined, buses.retrieval)),
  ]) {
    assert.ok(embedded.ok)
    assert.equal(embedded.value.dimensions, 2)
    const floats = embedded.value.vectors.map((vector) => {
      const bytes = Buffer.from(vector, 'base64')
      return [bytes.readFloatLE(0), bytes.readFloatLE(4)]
    })
    assert.deepEqual(floats, [
      [1, -0.5],
      [0.25, 3],
    ])
  }
  const rows = await db
    .selectFrom('ledger')
    .select(['subject', 'operation', 'outcome', 'input_tokens'])
    .orderBy('id')
    .execute()
  assert.deepEqual(rows, [
    { subject: ana.subject, operation: 'embed', outcome: 'completed', input_tokens: 4 },
    { subject: 'system:retrieval', operation: 'embed', outcome: 'completed', input_tokens: 4 },
  ])
  const refused = await models.embed({ model: 'tessera/extractive', texts: ['a'] }, callOf(ana))
  assert.equal(refused.ok ? 'ok' : refused.fault.code, 'models.request-refused')
})

test('everybody sees their own usage, an admin that of the workspace, newest first, in pages', async (t) => {
  const { models, callOf, people } = await startRouter(t)
  const [ana, ben, boss] = [people.add('member'), people.add('member'), people.add('admin')]
  const elsewhere = people.add('admin', newId('wsp'))
  for (const caller of [ana, ben, ana])
    await readAll(models.complete({ model: 'tessera/extractive', messages: question, decisionIds: [] }, callOf(caller)))
  const subjectsFor = async (caller: typeof ana, limit: number) => {
    const subjects: string[] = []
    let cursor: string | undefined
    do {
      const page = await models.listUsage({ limit, ...(cursor !== undefined && { cursor }) }, callOf(caller))
      assert.ok(page.ok)
      assert.ok(page.value.items.length <= limit)
      subjects.push(...page.value.items.map(({ subject }) => subject))
      cursor = page.value.nextCursor
    } while (cursor !== undefined)
    return subjects
  }
  assert.deepEqual(await subjectsFor(ana, 1), [ana.subject, ana.subject])
  assert.deepEqual(await subjectsFor(ben, 50), [ben.subject])
  assert.deepEqual(await subjectsFor(boss, 2), [ana.subject, ben.subject, ana.subject])
  assert.deepEqual(await subjectsFor(elsewhere, 50), [])
  const stranger = await models.listUsage({}, callOf(people.add('deactivated')))
  assert.equal(stranger.ok ? 'ok' : stranger.fault.code, 'access.deactivated')
  for (const cursor of ['x', '', 'LTE', Buffer.from('1 or 1=1').toString('base64url')]) {
    const refused = await models.listUsage({ cursor }, callOf(ana))
    assert.equal(refused.ok ? 'ok' : refused.fault.code, 'models.invalid')
  }
})

test('the models are listed by provider, with the default of the first', async (t) => {
  const { models, callOf, ana } = await routerWith(t, whole)
  const listed = await models.listModels({}, callOf(ana))
  assert.ok(listed.ok)
  assert.equal(listed.value.defaultModel, 'openai/gpt-5.4-mini')
  const names = listed.value.models.map(({ model }) => model)
  assert.ok(names.includes(listed.value.defaultModel) && names.at(-1) === 'tessera/extractive')
  assert.deepEqual(
    listed.value.models.find(({ model }) => model === 'openai/text-embedding-3-small')?.kind,
    'embedding',
  )
})
