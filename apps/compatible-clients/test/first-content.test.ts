import assert from 'node:assert/strict'
import { before, suite, test } from 'node:test'
import { fileScope } from '@tessera/testkit/file-scope'
import { post } from './post.ts'
import {
  chunk,
  done,
  saying,
  type Script,
  type ScriptedProvider,
  scriptedProvider,
  stall,
  streaming,
  text,
} from './scripted-provider.ts'
import { compatibleWorld, providersAt } from './world.ts'

// Whatever a provider sends before its first content, a client gets no 200 for it: either content comes, or another model is asked.

const scope = fileScope()
const data = (value: object) => `data: ${JSON.stringify(value)}\n\n`
const event = (value: { type: string; [field: string]: unknown }) => `event: ${value.type}\n${data(value)}`

/** What each protocol has before its first content, a text, its end, and an error within a stream. */
type Wire = { before: string[]; text: (said: string) => string; end: string[]; error: string }

const chat: Wire = {
  before: [chunk({ role: 'assistant', content: '' })],
  text,
  end: [chunk({}, 'stop'), done],
  error: data({ error: { message: 'a secret', type: 'server_error' } }),
}
const wires: Record<string, Wire> = {
  openai: chat,
  mistral: chat,
  'openai-compatible': chat,
  anthropic: {
    before: [
      event({
        type: 'message_start',
        message: {
          id: 'm',
          type: 'message',
          role: 'assistant',
          model: 'm',
          content: [],
          usage: { input_tokens: 3, output_tokens: 1 },
        },
      }),
      event({ type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } }),
      event({ type: 'ping' }),
    ],
    text: (said) => event({ type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: said } }),
    end: [
      event({ type: 'content_block_stop', index: 0 }),
      event({ type: 'message_delta', delta: { stop_reason: 'end_turn' }, usage: { output_tokens: 2 } }),
      event({ type: 'message_stop' }),
    ],
    error: event({ type: 'error', error: { type: 'overloaded_error', message: 'a secret' } }),
  },
  gemini: {
    before: [
      data({
        candidates: [{ content: { role: 'model', parts: [{ text: '' }] }, index: 0 }],
        usageMetadata: { promptTokenCount: 3 },
      }),
    ],
    text: (said) => data({ candidates: [{ content: { role: 'model', parts: [{ text: said }] }, index: 0 }] }),
    end: [data({ candidates: [{ content: { role: 'model', parts: [] }, finishReason: 'STOP', index: 0 }] })],
    error: data({ error: { code: 503, message: 'a secret', status: 'UNAVAILABLE' } }),
  },
}
const responses: Wire = {
  before: [
    event({
      type: 'response.created',
      response: { id: 'r', object: 'response', status: 'in_progress', model: 'm', output: [] },
    }),
    event({
      type: 'response.output_item.added',
      output_index: 0,
      item: { type: 'message', id: 'i', role: 'assistant', content: [] },
    }),
  ],
  text: (said) =>
    event({ type: 'response.output_text.delta', item_id: 'i', output_index: 0, content_index: 0, delta: said }),
  end: [
    event({
      type: 'response.completed',
      response: {
        id: 'r',
        object: 'response',
        status: 'completed',
        model: 'm',
        output: [],
        usage: { input_tokens: 3, output_tokens: 2 },
      },
    }),
  ],
  error: event({ type: 'error', message: 'a secret', code: 'server_error' }),
}

const shapes = {
  '/v1/chat/completions': { messages: [{ role: 'user', content: 'Hi' }] },
  '/v1/responses': { input: 'Hi' },
  '/v1/messages': { messages: [{ role: 'user', content: 'Hi' }], max_tokens: 100 },
}

let url: string
let provider: ScriptedProvider
let token: string

before(async () => {
  provider = await scriptedProvider(scope)
  const world = await compatibleWorld(scope, { ...providersAt(provider.url), FIRST_TOKEN_TIMEOUT_MS: '3000' })
  ;({ url } = world)
  token = await world.member('ana')
  provider.script('second', saying([text('From elsewhere.')]))
})

const ask = (path: string, body: object) => post(`${url}${path}`, token, JSON.stringify({ stream: true, ...body }))

const all: [string, string, Wire][] = [
  ...Object.entries(wires).map(([name, wire]): [string, string, Wire] => [name, `${name}/x`, wire]),
  ['openai, responses', 'openai/x-pro', responses],
]

for (const [name, model, wire] of all)
  suite(name, { concurrency: 4 }, () => {
    /** A model of this provider that does this. */
    const modelThat = (does: string, script: Script) => {
      const own = `${does.replaceAll(/\W/g, '-')}${model.endsWith('-pro') ? '-pro' : ''}`
      provider.script(own, script)
      return `${model.split('/')[0]}/${own}`
    }

    for (const [path, body] of Object.entries(shapes))
      test(`${path}: 200 comes with the first content`, async () => {
        let contentSent = false
        const late: Script = streaming(wire.before, (response) => {
          setTimeout(() => {
            contentSent = true
            for (const one of [wire.text('Hello'), ...wire.end]) response.write(one)
            response.end()
          }, 150)
        })
        const response = await ask(path, { model: modelThat(`${name}-${path}`, late), ...body })
        assert.deepEqual([response.status, contentSent], [200, true])
        assert.match(await response.text(), /Hello/)
      })

    const faults: [string, Script][] = [
      ['an error', streaming([...wire.before, wire.error])],
      ['no event', streaming([])],
      ['no content', streaming(wire.before)],
      ['an end at once', streaming([...wire.before, ...wire.end])],
      ['silence', streaming(wire.before, stall)],
      ['no answer', stall],
    ]
    for (const [fault, script] of faults)
      test(`${fault} before it: the next model answers, and the answer says so`, async () => {
        const first = modelThat(`${name}-${fault}`, script)
        const response = await ask('/v1/chat/completions', {
          ...shapes['/v1/chat/completions'],
          model: first,
          fallbacks: ['openai-compatible/second'],
        })
        const told = await response.text()
        assert.equal(response.status, 200, told)
        assert.match(told, /From elsewhere\.[^]*\[DONE\]/)
        const route = response.headers.get('x-tessera-route') ?? ''
        assert.ok(route.startsWith('"openai-compatible/second"') && route.includes(`tried="${first} `), route)
      })
  })
