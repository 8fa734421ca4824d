import type { Guardrails } from '@tessera/shared/contracts/model-router/guardrails'
import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import { user } from '../../test/providers.ts'
import { twoProviders } from '../../test/two-providers.ts'
import { mapPromptTexts, promptTexts } from './prompt-texts.ts'

const [cloud, own] = ['openai/gpt-x', 'openai-compatible/large-x'] as const
const iban = 'DE89 3704 0044 0532 0130 00'
const said = `Pay ${iban}, and write to ana@example.org.`

/** One model of a cloud, one on machines of our own, and a route over both. */
async function withGuardrails(t: TestContext, rules: Guardrails['rules'], limits: Partial<Guardrails> = {}) {
  const world = await twoProviders(t, { catalogue: new Map([['openai-compatible/*', { hosting: 'own' }]]) })
  const { models, callOf, boss } = world
  const targets = [{ model: cloud }, { model: own }]
  assert.ok((await models.putRoute({ name: 'fast', definition: { strategy: 'fallback', targets } }, callOf(boss))).ok)
  assert.ok((await models.putGuardrails({ rules, ...limits }, callOf(boss))).ok)
  const notes = async () => {
    const row = await world.db.selectFrom('ledger').select('notes').orderBy('id', 'desc').executeTakeFirstOrThrow()
    return row.notes
  }
  return { ...world, notes }
}

test('what is blocked does not go to a cloud model: a route goes on to one of our own, a named model is refused', async (t) => {
  const { ask, asked } = await withGuardrails(t, [{ kind: 'iban', act: 'block' }])
  assert.equal((await ask({ model: 'fast' })).served, cloud)
  assert.equal((await ask({ model: 'fast', messages: [user(said)] })).served, own)
  const { fault } = await ask({ model: cloud, messages: [user(said)] })
  assert.deepEqual([fault?.code, fault?.status, fault?.meta?.['kinds']], ['models.blocked', 403, 'iban'])
  assert.doesNotMatch(fault?.detail ?? '', /DE89/)
  assert.deepEqual(asked(), [1, 1])
})

test('what is masked reaches a cloud model as its kind alone, in every part of the prompt, and our own models as it is', async (t) => {
  const { ask, servers, notes } = await withGuardrails(t, [
    { kind: 'iban', act: 'mask' },
    { kind: 'email', act: 'mask' },
  ])
  const messages = [
    { role: 'system' as const, content: [{ type: 'text' as const, text: `About ${iban}` }] },
    {
      role: 'user' as const,
      content: [
        { type: 'passage' as const, id: '1', title: 'Accounts of ana@example.org', text: said },
        { type: 'text' as const, text: said },
      ],
    },
  ]
  assert.equal((await ask({ model: cloud, messages })).served, cloud)
  assert.deepEqual(await notes(), ['found iban', 'found email'])
  const sent = JSON.stringify(servers.one.requests[0]?.body)
  assert.doesNotMatch(sent, /DE89|ana@example/)
  assert.equal(sent.match(/\[iban\]/g)?.length, 3)
  assert.equal((await ask({ model: own, messages: [user(said)] })).served, own)
  assert.match(JSON.stringify(servers.two.requests[0]?.body), /DE89.*ana@example/)
})

test('what is flagged goes as it is, and the answer and the ledger say so', async (t) => {
  const { models, callOf, ana, servers, notes } = await withGuardrails(t, [{ kind: 'email', act: 'flag' }])
  const request = { model: cloud, messages: [user(said)], decisionIds: [] }
  const events = await Array.fromAsync(models.complete(request, callOf(ana)))
  const start = events.flatMap((event) => (event.ok && event.value.type === 'start' ? [event.value] : []))
  assert.deepEqual(start[0]?.notes, ['found email'])
  assert.deepEqual(await notes(), ['found email'])
  assert.match(JSON.stringify(servers.one.requests[0]?.body), /ana@example/)
})

test('texts for vectors are held to the same rules', async (t) => {
  const { models, callOf, ana, asked } = await withGuardrails(t, [{ kind: 'iban', act: 'block' }])
  const embedded = await models.embed({ model: 'openai/e', texts: [said] }, callOf(ana))
  assert.equal(embedded.ok ? 'ok' : embedded.fault.code, 'models.blocked')
  assert.deepEqual(asked(), [0, 0])
})

test('a prompt over the size that the workspace permits is refused, in bytes', async (t) => {
  const { ask, models, callOf, boss } = await withGuardrails(t, [], { maxPromptBytes: 10 })
  assert.equal((await ask({ messages: [user('ä'.repeat(5))] })).served, cloud)
  const { fault } = await ask({ messages: [user(`${'ä'.repeat(5)}x`)] })
  assert.deepEqual([fault?.code, fault?.status], ['models.prompt-too-large', 413])
  const twice = await models.putGuardrails(
    {
      rules: [
        { kind: 'iban', act: 'flag' },
        { kind: 'iban', act: 'mask' },
      ],
    },
    callOf(boss),
  )
  assert.deepEqual(twice.ok ? [] : twice.fault.errors?.map(({ field }) => field), ['/rules/1/kind'])
})

test('every text of a prompt is looked at and can be changed, what tools were given and found included', () => {
  const text = (said: string) => ({ type: 'text' as const, text: said })
  const prompt = {
    messages: [
      { role: 'system' as const, content: [text('a')] },
      { role: 'user' as const, content: [text('b'), { type: 'passage' as const, id: '1', title: 'c', text: 'd' }] },
      {
        role: 'assistant' as const,
        content: [
          text('e'),
          { type: 'reasoning' as const, text: 'f' },
          { type: 'tool-call' as const, id: '1', name: 'n', arguments: 'g' },
        ],
      },
      { role: 'tool' as const, content: [{ type: 'tool-result' as const, callId: '1', content: [text('h')] }] },
    ],
    tools: [{ name: 'n', description: 'i', parameters: {} }],
  }
  assert.equal(promptTexts(prompt).join(''), 'abcdefghi')
  const changed = mapPromptTexts(prompt, (given) => given.toUpperCase())
  assert.equal(promptTexts(changed).join(''), 'ABCDEFGHI')
  assert.equal(promptTexts(prompt).join(''), 'abcdefghi')
})
