import type { CompletionRequest } from '@tessera/shared/contracts/model-router/completion'
import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import { protocols, type Respond, sendEvents } from '../../test/fake-provider.ts'
import { user } from '../../test/providers.ts'
import { answers, refuses, twoProviders } from '../../test/two-providers.ts'

const [one, two] = ['openai/gpt-x', 'openai-compatible/large-x'] as const
const { text } = protocols.openai

const breaksOffAfter =
  (...events: string[]): Respond =>
  (response) => {
    sendEvents(response, events)
    setTimeout(() => response.destroy(), 30)
  }

/** What a request tells that may go on elsewhere, and what the second model was sent. */
async function goingOn(t: TestContext, first: Respond, second: Respond, request: Partial<CompletionRequest> = {}) {
  const { models, callOf, ana, behave, servers, db } = await twoProviders(t)
  behave.one = first
  behave.two = second
  const asked = {
    model: one,
    fallbacks: [two],
    messages: [user('What?')],
    decisionIds: [],
    goOnElsewhere: true,
    ...request,
  }
  const told = { text: '', starts: [] as unknown[], fault: '', outputTokens: 0 }
  for await (const event of models.complete(asked, callOf(ana))) {
    if (!event.ok) told.fault = event.fault.code
    else if (event.value.type === 'text-delta') told.text += event.value.text
    else if (event.value.type === 'start') told.starts.push([event.value.model, event.value.notes])
    else if (event.value.type === 'end') told.outputTokens = event.value.usage.outputTokens
  }
  const rows = await db.selectFrom('ledger').select(['model', 'outcome', 'output_tokens']).orderBy('id').execute()
  return { ...told, rows, sent: servers.two.requests.map(({ body }) => body as Record<string, unknown>) }
}

test('another model goes on with a text that broke off, if the caller wants it: it is announced, and each is counted', async (t) => {
  const told = await goingOn(t, breaksOffAfter(text('Half an ')), answers('answer.'), { maxOutputTokens: 100 })
  assert.deepEqual([told.text, told.fault], ['Half an answer.', ''])
  assert.deepEqual(told.starts, [
    [one, []],
    [two, [`${one} broke off: cut`]],
  ])
  const [sent] = told.sent
  assert.ok(sent)
  assert.deepEqual((sent['messages'] as { role: string; content: unknown }[]).slice(0, 2), [
    { role: 'user', content: 'What?' },
    { role: 'assistant', content: 'Half an ' },
  ])
  const [cut, whole] = told.rows
  assert.deepEqual([cut?.outcome, whole?.outcome], ['models.provider-cut', 'completed'])
  assert.ok(cut && whole && cut.output_tokens > 0)
  assert.equal(told.outputTokens, cut.output_tokens + whole.output_tokens)
  assert.equal(sent['max_tokens'], 100 - cut.output_tokens)
})

test('where nobody can go on, what broke off is told', async (t) => {
  const call = `data: ${JSON.stringify({ choices: [{ index: 0, delta: { tool_calls: [{ index: 0, id: 'c', function: { name: 'f', arguments: '{' } }] } }] })}\n\n`
  const others: [string, Respond, Respond, Partial<CompletionRequest>][] = [
    ['the other one fails, too', breaksOffAfter(text('Half')), refuses(500), {}],
    ['there is no other one', breaksOffAfter(text('Half')), answers('x'), { fallbacks: [] }],
    ['the caller does not want it', breaksOffAfter(text('Half')), answers('x'), { goOnElsewhere: false }],
    ['a tool call is open', breaksOffAfter(text('Half'), call), answers('x'), {}],
    ['it has a form', breaksOffAfter(text('Half')), answers('x'), { outputFormat: { type: 'json' } }],
  ]
  for (const [what, first, second, request] of others) {
    const told = await goingOn(t, first, second, request)
    assert.deepEqual([told.text, told.fault, told.starts.length], ['Half', 'models.provider-cut', 1], what)
  }
})
