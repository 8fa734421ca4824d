import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { RunEvent } from '@tessera/shared/contracts/agents'
import { agentsFaults } from '@tessera/shared/contracts/agents/faults'
import type { CompletionEvent } from '@tessera/shared/contracts/model-router/completion'
import { modelsFaults } from '@tessera/shared/contracts/model-router/faults'
import { fail, ok } from '@tessera/shared/fault/result'
import { newId } from '@tessera/shared/ids/ids'
import { aRun, citation } from '../../../test/a-run.ts'
import { allEventsIn, type ReceivedEvent } from '../../../test/events.ts'
import type { Served } from '../../../test/in-test-services.ts'
import { startGateway } from '../../../test/start-gateway.ts'

const run = aRun()
const wholeRun: RunEvent[] = [run.started, run.found, run.said, run.saidMore, run.cited, run.completed]
const usage = { inputTokens: 3, outputTokens: 2, estimated: false }
const completion: CompletionEvent[] = [
  { type: 'start', model: 'openai/gpt', provider: 'openai' },
  { type: 'text-delta', text: 'Hel' },
  { type: 'text-delta', text: 'lo' },
  { type: 'end', finishReason: 'length', usage, totalMs: 5 },
]
const question = [{ role: 'user', content: 'How much leave?' }]

async function* ofEvents<E>(given: readonly E[]) {
  for (const event of given) yield ok(event)
}

type ErrorBody = { error: { message: string; type: string; param: string | null; code: string } }
type Chunk = {
  id: string
  object: string
  model: string
  choices: { delta: { role?: string; content?: string; annotations?: unknown[] }; finish_reason: string | null }[]
  usage?: { total_tokens: number } | null
}
const chunksOf = (events: ReceivedEvent[]) =>
  events.filter(({ data }) => data !== '[DONE]').map(({ data }) => data as Chunk)
const contentOf = (chunks: Chunk[]) => chunks.map(({ choices: [choice] }) => choice?.delta.content ?? '').join('')

async function startChat(t: Parameters<typeof startGateway>[0], served: Served) {
  const started = await startGateway(t, served)
  const bearer = await started.token()
  const chat = (body: object, headers: Record<string, string> = {}) =>
    started.ask('POST', '/v1/chat/completions', { token: bearer, body, headers })
  return { ...started, bearer, chat }
}

test('a chat with an agent brings its text, its citations as annotations, and where it is kept', async (t) => {
  const asked: unknown[] = []
  const { chat } = await startChat(t, {
    agents: {
      ask: (input) => {
        asked.push(input)
        return ofEvents(wholeRun)
      },
    },
  })
  const response = await chat({
    model: 'agent/helper',
    messages: [
      { role: 'developer', content: 'Be brief.' },
      { role: 'user', content: 'Hello' },
      { role: 'assistant', content: 'Hi', refusal: null, annotations: [] },
      { role: 'user', content: [{ type: 'text', text: 'How much leave?' }] },
    ],
    max_completion_tokens: 100,
    temperature: 0.5,
    user: 'somebody',
    n: 1,
  })
  assert.equal(response.status, 200)
  assert.match(response.headers.get('x-request-id') ?? '', /^[0-9a-f]{32}$/)
  const body = (await response.json()) as Record<string, unknown> & { created: number }
  assert.ok(body.created > 1_700_000_000)
  assert.deepEqual(
    { ...body, created: 0 },
    {
      id: `chatcmpl-${run.ids.messageId}`,
      object: 'chat.completion',
      created: 0,
      model: 'agent/helper',
      choices: [
        {
          index: 0,
          message: {
            role: 'assistant',
            content: run.text,
            refusal: null,
            annotations: [
              {
                type: 'url_citation',
                url_citation: { start_index: 10, end_index: 13, title: 'Leave', url: citation.url },
                tessera: { marker: '[1]', passage_id: citation.passageId, document_id: citation.documentId },
              },
            ],
          },
          logprobs: null,
          finish_reason: 'stop',
        },
      ],
      usage: {
        ...{ prompt_tokens: 12, completion_tokens: 5, total_tokens: 17 },
        prompt_tokens_details: { cached_tokens: 0 },
        completion_tokens_details: { reasoning_tokens: 0 },
      },
      tessera: {
        conversation_id: run.ids.conversationId,
        message_id: run.ids.messageId,
        run_id: run.ids.runId,
      },
    },
  )
  assert.deepEqual(asked, [
    {
      agent: 'helper',
      text: 'How much leave?',
      clientHistory: [
        { role: 'system', text: 'Be brief.' },
        { role: 'user', text: 'Hello' },
        { role: 'assistant', text: 'Hi' },
      ],
      cancelOnLeave: true,
      maxOutputTokens: 100,
      temperature: 0.5,
    },
  ])
})

test('a streamed chat ends with its usage, if wanted, and [DONE]', async (t) => {
  const { chat } = await startChat(t, { agents: { ask: () => ofEvents(wholeRun) } })
  const body = { model: 'agent/helper', messages: question, stream: true }
  const response = await chat({ ...body, stream_options: { include_usage: true } })
  assert.equal(response.headers.get('content-type'), 'text/event-stream; charset=utf-8')
  const events = await allEventsIn(response)
  assert.equal(events.at(-1)?.data, '[DONE]')
  const chunks = chunksOf(events)
  assert.equal(contentOf(chunks), run.text)
  assert.deepEqual(chunks[0]?.choices[0]?.delta, { role: 'assistant', content: '' })
  assert.equal(chunks.flatMap(({ choices: [choice] }) => choice?.delta.annotations ?? []).length, 1)
  assert.deepEqual(
    chunks.map(({ choices: [choice] }) => choice?.finish_reason).filter((reason) => reason !== null),
    ['stop', undefined],
  )
  assert.deepEqual([chunks.at(-1)?.choices, chunks.at(-1)?.usage?.total_tokens], [[], 17])
  assert.ok(chunks.every(({ object }) => object === 'chat.completion.chunk'))
  const without = chunksOf(await allEventsIn(await chat(body)))
  assert.ok(without.every((chunk) => chunk.usage === undefined))
})

test('a raw model gets the parameters as they are, in one piece and streamed', async (t) => {
  const asked: unknown[] = []
  const { chat } = await startChat(t, {
    models: {
      complete: (input) => {
        asked.push(input)
        return ofEvents(completion)
      },
    },
  })
  const body = { model: 'openai/gpt', messages: question, top_p: 0.9, stop: 'END', seed: 7, max_tokens: 5 }
  const whole = (await (await chat(body)).json()) as {
    model: string
    choices: { message: { content: string }; finish_reason: string }[]
  }
  assert.deepEqual(
    [whole.model, whole.choices[0]?.message.content, whole.choices[0]?.finish_reason],
    ['openai/gpt', 'Hello', 'length'],
  )
  const events = await allEventsIn(await chat({ ...body, stream: true, stop: ['END'] }))
  assert.equal(contentOf(chunksOf(events)), 'Hello')
  assert.equal(events.at(-1)?.data, '[DONE]')
  const sent = {
    model: 'openai/gpt',
    messages: [{ role: 'user', content: [{ type: 'text', text: 'How much leave?' }] }],
    decisionIds: [],
    maxOutputTokens: 5,
    topP: 0.9,
    seed: 7,
    stop: ['END'],
  }
  assert.deepEqual(asked, [{ ...sent, whole: true }, sent])
})

test('a failure before the first content is an HTTP error in the shape that clients know', async (t) => {
  const { chat, ask } = await startChat(t, {
    agents: {
      ask: async function* ({ agent }) {
        if (agent === 'unknown') yield fail(agentsFaults.fault('not-found', 'No such agent.'))
        yield ok(run.started)
        yield ok(run.found)
        yield ok<RunEvent>({ ...run.failed, text: '', partial: false } as RunEvent)
      },
    },
    models: {
      complete: async function* ({ model }) {
        if (/unknown|nonsense/.test(model)) yield fail(modelsFaults.fault('not-found', 'No such model.'))
        yield fail(
          modelsFaults.fault('provider-rate-limited', 'OpenAI limits our rate.', {
            retryAfterMs: 2000,
            meta: { provider: 'openai' },
          }),
        )
      },
    },
  })
  const cases: [string, number, string, string][] = [
    ['agent/unknown', 404, 'invalid_request_error', 'model_not_found'],
    ['agent/helper', 502, 'server_error', 'models.provider-cut'],
    ['openai/unknown', 404, 'invalid_request_error', 'model_not_found'],
    ['nonsense', 404, 'invalid_request_error', 'model_not_found'],
    ['openai/gpt', 429, 'rate_limit_error', 'models.provider-rate-limited'],
  ]
  for (const [model, status, type, code] of cases)
    for (const stream of [false, true]) {
      const response = await chat({ model, messages: question, stream })
      assert.equal(response.status, status, model)
      assert.equal(response.headers.get('content-type'), 'application/json; charset=utf-8')
      const { error } = (await response.json()) as ErrorBody
      assert.deepEqual([error.type, error.code], [type, code])
      if (status === 429) assert.equal(response.headers.get('retry-after'), '2')
    }
  const anonymous = await ask('POST', '/v1/chat/completions', { body: { model: 'a/b', messages: question } })
  assert.equal(anonymous.status, 401)
  assert.equal(((await anonymous.json()) as ErrorBody).error.type, 'authentication_error')
})

test('a failure in the middle is an error event, and [DONE] does not come', async (t) => {
  const { chat } = await startChat(t, {
    agents: {
      ask: ({ agent }) =>
        agent === 'restarts'
          ? ofEvents<RunEvent>([run.started, run.said, { id: 4, step: 0, type: 'step.restarted' }, run.completed])
          : ofEvents([run.started, run.said, run.failed]),
    },
    models: { complete: () => ofEvents(completion.slice(0, 2)) },
  })
  for (const [model, code] of [
    ['agent/fails', 'models.provider-cut'],
    ['agent/restarts', 'stream.cut'],
    ['openai/cut', 'stream.cut'],
  ]) {
    const response = await chat({ model, messages: question, stream: true })
    assert.equal(response.status, 200)
    const events = await allEventsIn(response)
    assert.equal((events.at(-1)?.data as ErrorBody | undefined)?.error.code, code, model)
    assert.ok(!events.some(({ data }) => data === '[DONE]'))
  }
})

test('a parameter that is unknown, not supported or wrong is 400 and named', async (t) => {
  const { chat } = await startChat(t, {})
  const cases: [object, string][] = [
    [{ nonsense: 1 }, 'nonsense'],
    [{ functions: [] }, 'functions'],
    [{ n: 2 }, 'n'],
    [{ logprobs: true }, 'logprobs'],
    [{ tools: [{ type: 'function', function: { name: 'look_up' } }] }, 'tools'],
    [{ response_format: { type: 'json_object' } }, 'response_format'],
    [{ temperature: '1' }, 'temperature'],
    [{ temperature: 3 }, 'temperature'],
    [{ stream: 'yes' }, 'stream'],
    [{ messages: [] }, 'messages'],
    [{ messages: [{ role: 'tool', content: 'a' }] }, 'messages[0].tool_call_id'],
    [{ messages: [{ role: 'user', content: 'a', name: 'b' }] }, 'messages[0].name'],
    [{ messages: [{ role: 'assistant', content: 'a' }] }, 'messages'],
    [{ top_p: 0.5 }, 'top_p'],
    [{ stop: ['a'] }, 'stop'],
    [{ seed: 1 }, 'seed'],
  ]
  for (const [given, param] of cases) {
    const response = await chat({ model: 'agent/helper', messages: question, ...given })
    assert.equal(response.status, 400, JSON.stringify(given))
    const { error } = (await response.json()) as ErrorBody
    assert.deepEqual([error.type, error.param], ['invalid_request_error', param])
  }
  const keyed = await chat({ model: 'openai/gpt', messages: question }, { 'idempotency-key': 'a' })
  assert.equal(((await keyed.json()) as ErrorBody).error.param, 'Idempotency-Key')
})

test('the models are those that are switched on, and the agents that the caller may run', async (t) => {
  const agent = (handle: string, published = true) => ({
    id: newId('agt'),
    handle,
    title: handle,
    active: true,
    createdAt: '2026-01-01T00:00:00Z',
    ...(published && { publishedVersion: 1 }),
  })
  const [mine, readable, draft] = [agent('mine'), agent('readable'), agent('draft', false)]
  const { ask, people, bearer } = await startChat(t, {
    models: {
      listModels: async () =>
        ok({
          models: [
            { model: 'tessera/extractive', provider: 'tessera', kind: 'completion' },
            { model: 'openai/embed', provider: 'openai', kind: 'embedding' },
          ],
          routes: ['fast'],
          defaultModel: 'tessera/extractive',
        }),
    },
    agents: {
      listAgents: async ({ cursor }) =>
        ok(
          cursor === undefined
            ? { items: [mine, draft], nextCursor: 'next', revision: 1 }
            : { items: [readable], revision: 1 },
        ),
    },
    access: { checkAgents: async () => ok({ allowed: [`agent:${mine.id}`], revision: 1 }) },
  })
  const list = async (token: string) => {
    const { object, data } = (await (await ask('GET', '/v1/models', { token })).json()) as {
      object: string
      data: { id: string; object: string }[]
    }
    assert.equal(object, 'list')
    return data.map(({ id }) => id)
  }
  assert.deepEqual(await list(bearer), ['agent/mine', 'fast', 'tessera/extractive', 'openai/embed'])
  people.addKey('tsk_models', { principal: 'service:svc_1', scopes: ['models'] })
  assert.deepEqual(await list('tsk_models'), ['fast', 'tessera/extractive', 'openai/embed'])
  assert.equal((await ask('GET', '/v1/models/agent%2Fmine', { token: bearer })).status, 200)
  assert.equal((await ask('GET', '/v1/models/agent%2Freadable', { token: bearer })).status, 404)
})

test('a client that leaves a chat cancels the model', async (t) => {
  const cancelled = Promise.withResolvers<void>()
  const { ask, bearer } = await startChat(t, {
    models: {
      complete: async function* (_input, { signal }) {
        yield* ofEvents(completion.slice(0, 2))
        await new Promise((resolve) => signal.addEventListener('abort', resolve))
        cancelled.resolve()
      },
    },
  })
  const leaving = new AbortController()
  const response = await ask('POST', '/v1/chat/completions', {
    token: bearer,
    body: { model: 'openai/gpt', messages: question, stream: true },
    signal: leaving.signal,
  })
  assert.equal(response.status, 200)
  leaving.abort()
  await cancelled.promise
})
