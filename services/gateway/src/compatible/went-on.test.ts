import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { CompletionEvent } from '@tessera/shared/contracts/model-router/completion'
import { ok } from '@tessera/shared/fault/result'
import { allEventsIn } from '../../test/events.ts'
import { startGateway } from '../../test/start-gateway.ts'

const notes = ['a/one broke off: cut']
const route = '"b/two"; asked="fast"; by="fallback"'
const answer: CompletionEvent[] = [
  { type: 'start', model: 'a/one', provider: 'a' },
  { type: 'text-delta', text: 'Half an ' },
  { type: 'start', model: 'b/two', provider: 'b', route, notes },
  { type: 'text-delta', text: 'answer' },
  { type: 'end', finishReason: 'stop', usage: { inputTokens: 3, outputTokens: 2, estimated: false }, totalMs: 5 },
]
const wentOn = { went_on: { model: 'b/two', route, notes } }

const asking = { model: 'fast', go_on_elsewhere: true }
const messages = [{ role: 'user', content: 'How much leave?' }]
const shapes = {
  '/v1/chat/completions': { ...asking, messages },
  '/v1/responses': { ...asking, input: 'How much leave?' },
  '/v1/messages': { ...asking, messages, max_tokens: 100 },
}

for (const [path, body] of Object.entries(shapes)) {
  test(`${path} says when another model goes on, in the stream or in a header`, async (t) => {
    const asked: unknown[] = []
    const { ask, token } = await startGateway(t, {
      models: {
        complete: async function* ({ goOnElsewhere }) {
          asked.push(goOnElsewhere)
          for (const event of answer) yield ok(event)
        },
      },
    })
    const bearer = await token()
    const post = (given: object) => ask('POST', path, { token: bearer, body: { ...body, ...given } })
    const datas = (await allEventsIn(await post({ stream: true }))).map(({ data }) => data)
    const text = JSON.stringify(datas)
    const told = datas.findIndex((data) => JSON.stringify(data).includes('went_on'))
    const found = datas[told] as { tessera?: unknown; response?: { tessera?: unknown } }
    assert.deepEqual(found.tessera ?? found.response?.tessera, wentOn)
    assert.ok(text.indexOf('Half an ') < text.indexOf('went_on') && text.indexOf('went_on') < text.indexOf('answer'))
    const whole = await post({})
    assert.equal(whole.headers.get('x-tessera-route'), route)
    assert.equal(whole.headers.get('x-tessera-notes'), notes[0])
    const said = await whole.text()
    assert.ok(said.includes('Half an answer') && said.includes('"model":"b/two"'))
    assert.deepEqual(asked, [true, true])
  })
}
