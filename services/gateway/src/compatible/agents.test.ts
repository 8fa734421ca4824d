import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { RunEvent } from '@tessera/shared/contracts/agents'
import { ok } from '@tessera/shared/fault/result'
import { aRun, citation } from '../../test/a-run.ts'
import { allEventsIn, type ReceivedEvent } from '../../test/events.ts'
import type { Served } from '../../test/in-test-services.ts'
import { startGateway } from '../../test/start-gateway.ts'

// Agents by the routes that chat.test.ts leaves out.

const run = aRun()
const wholeRun: RunEvent[] = [run.started, run.found, run.said, run.saidMore, run.cited, run.completed]
const restart: RunEvent = { id: 4, step: 0, type: 'step.restarted' }
const kept = { conversation_id: run.ids.conversationId, message_id: run.ids.messageId, run_id: run.ids.runId }
const tessera = { marker: '[1]', passage_id: citation.passageId, document_id: citation.documentId }

async function* ofEvents<E>(given: readonly E[]) {
  for (const event of given) yield ok(event)
}

type Body = Record<string, unknown>

/** Each API: its path, a question in its words, and what it takes from an answer. */
const shapes = {
  responses: {
    path: '/v1/responses',
    body: { model: 'agent/helper', instructions: 'Be brief.', input: 'How much leave?', max_output_tokens: 100 },
    history: {
      input: [
        { role: 'user', content: 'Hello' },
        { role: 'assistant', content: 'Hi' },
      ],
    },
    textOf: (event: Body) => (event['type'] === 'response.output_text.delta' ? String(event['delta']) : ''),
    refused: {
      tools: [{ tools: [{ type: 'function', name: 'look_up', parameters: {} }] }, 'tools'],
      image: [
        { input: [{ role: 'user', content: [{ type: 'input_image', image_url: 'https://example.com/a.png' }] }] },
        'input',
      ],
      topP: [{ top_p: 0.5 }, 'top_p'],
      form: [{ text: { format: { type: 'json_object' } } }, 'text.format'],
      effort: [{ reasoning: { effort: 'low' } }, 'reasoning'],
      metadata: [{ metadata: { a: 'b' } }, 'metadata'],
      fallbacks: [{ fallbacks: ['a/b'] }, 'fallbacks'],
      goOn: [{ go_on_elsewhere: true }, 'go_on_elsewhere'],
    },
  },
  messages: {
    path: '/v1/messages',
    body: {
      model: 'agent/helper',
      system: 'Be brief.',
      messages: [{ role: 'user', content: 'How much leave?' }],
      max_tokens: 100,
    },
    history: {},
    textOf: ({ delta }: Body) => (delta as { text?: string } | undefined)?.text ?? '',
    refused: {
      tools: [{ tools: [{ name: 'look_up', input_schema: { type: 'object' } }] }, 'tools'],
      thinking: [{ thinking: { type: 'enabled', budget_tokens: 1024 } }, 'thinking'],
      stop: [{ stop_sequences: ['END'] }, 'stop_sequences'],
    },
  },
} as const

async function startAsking(t: Parameters<typeof startGateway>[0], served: Served) {
  const started = await startGateway(t, served)
  const token = await started.token()
  const post = (path: string, body: object) => started.ask('POST', path, { token, body })
  return { post }
}

for (const [name, { path, body, textOf, refused }] of Object.entries(shapes)) {
  test(`${name} ask an agent: the last message is the question, and what stood before is history`, async (t) => {
    const asked: unknown[] = []
    const { post } = await startAsking(t, {
      agents: {
        ask: (input) => {
          asked.push(input)
          return ofEvents(wholeRun)
        },
      },
    })
    assert.equal((await post(path, body)).status, 200)
    assert.deepEqual(asked, [
      {
        ...{ agent: 'helper', text: 'How much leave?', cancelOnLeave: true, maxOutputTokens: 100 },
        clientHistory: [{ role: 'system', text: 'Be brief.' }],
      },
    ])
  })

  test(`${name} show an agent’s citations and where its answer is kept, in one piece and streamed`, async (t) => {
    const { post } = await startAsking(t, { agents: { ask: () => ofEvents(wholeRun) } })
    const whole = (await (await post(path, body)).json()) as Body
    const events = await allEventsIn(await post(path, { ...body, stream: true }))
    const datas = events.map(({ data }) => data as Body)
    assert.equal(datas.map(textOf).join(''), run.text)
    assert.deepEqual(whole['tessera'], kept)
    const text = JSON.stringify(whole)
    assert.ok(text.includes(run.text) && text.includes(run.ids.messageId))
    const cited = name === 'responses' ? responseCitation(whole, events) : messageCitation(whole, events)
    for (const one of cited) assert.deepEqual(one, cited[0])
    assert.deepEqual((cited[0] as Body)['tessera'], tessera)
  })

  test(`${name} end in an error where an agent begins again, and give only the last attempt in one piece`, async (t) => {
    const restarted = [run.started, run.said, restart, run.completed]
    const { post } = await startAsking(t, { agents: { ask: () => ofEvents(restarted) } })
    const whole = JSON.stringify(await (await post(path, body)).json())
    assert.equal(whole.split('Take leave').length, 2)
    const last = (await allEventsIn(await post(path, { ...body, stream: true }))).at(-1)
    assert.equal(last?.event, 'error')
  })

  test(`${name} name what an agent does not take, or drop it where the request says so`, async (t) => {
    const { post } = await startAsking(t, { agents: { ask: () => ofEvents(wholeRun) } })
    for (const [given, param] of Object.values(refused) as [object, string][]) {
      const response = await post(path, { ...body, ...given })
      assert.equal(response.status, 400, JSON.stringify(given))
      const { error } = (await response.json()) as { error: { message: string; param?: string } }
      assert.ok(error.param === param || error.message.includes(`/${param}`), JSON.stringify([given, error]))
      const isPrompt = 'input' in given
      const dropped = await post(path, { ...body, ...given, drop_unsupported: true })
      assert.equal(dropped.status, isPrompt ? 400 : 200, JSON.stringify(given))
    }
  })
}

const responseCitation = (whole: Body, events: ReceivedEvent[]) => {
  const output = whole['output'] as { content: { annotations: unknown[] }[] }[]
  const added = events.filter(({ event }) => event === 'response.output_text.annotation.added')
  return [
    ...output.flatMap(({ content }) => content.flatMap(({ annotations }) => annotations)),
    ...added.map(({ data }) => (data as Body)['annotation']),
  ]
}

const messageCitation = (whole: Body, events: ReceivedEvent[]) => {
  const content = whole['content'] as { citations: unknown[] }[]
  const deltas = events.flatMap(({ data }) => (data as { delta?: { citation?: unknown } }).delta?.citation ?? [])
  return [...content.flatMap(({ citations }) => citations), ...deltas]
}
