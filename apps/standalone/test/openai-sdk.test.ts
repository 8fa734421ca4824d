import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import { fileScope } from '@tessera/testkit/file-scope'
import { fileURLToPath } from 'node:url'
import { python } from '@tessera/testkit/python'
import OpenAI from 'openai'
import { createAgent, createPerson, createPushSource, putDocument } from '@tessera/testkit/builders'
import { type ClusterWorld, clusterWorld } from './world.ts'

// The official SDKs as their users point them at Tessera, against an agent and against a raw model.

const scope = fileScope()
const question = 'When is the observatory open?'
let world: ClusterWorld
let client: OpenAI

before(async () => {
  world = await clusterWorld(scope)
  const ana = await createPerson(world, 'ana')
  await createAgent(world, 'guide')
  const source = await createPushSource(world, 'Guide')
  await putDocument(
    world,
    source,
    'observatory.md',
    '# Observatory\n\nThe observatory is open on clear nights from nine.',
    { allow: [ana] },
  )
  client = new OpenAI({ baseURL: `${world.url}/v1`, apiKey: await world.tokenFor('ana'), maxRetries: 0 })
})

for (const model of ['agent/guide', 'tessera/extractive']) {
  test(`the SDK for Node talks to ${model}, whole and streamed`, async () => {
    const messages = [{ role: 'user' as const, content: question }]
    const whole = await client.chat.completions.create({ model, messages })
    const stream = await client.chat.completions.create({
      model,
      messages,
      stream: true,
      stream_options: { include_usage: true },
    })
    let streamed = ''
    let finishReason: string | null = null
    let usage = 0
    for await (const chunk of stream) {
      streamed += chunk.choices[0]?.delta.content ?? ''
      finishReason = chunk.choices[0]?.finish_reason ?? finishReason
      usage = chunk.usage?.total_tokens ?? usage
    }
    assert.equal(streamed, whole.choices[0]?.message.content)
    assert.equal(finishReason, 'stop')
    assert.ok(usage > 0)
    if (model === 'agent/guide') assert.match(streamed, /clear nights from nine/)
  })

  test(`the SDK for Python talks to ${model}, whole and streamed`, async () => {
    const run = await python('openai==3.54.0')
    const script = fileURLToPath(new URL('./openai_client.py', import.meta.url))
    const seen = JSON.parse(
      await run(script, [`${world.url}/v1`, model, question], await world.tokenFor('ana')),
    ) as Record<string, unknown>
    assert.equal(seen['streamed'], seen['text'])
    assert.equal(seen['finishReason'], 'stop')
    assert.equal(seen['streamedFinishReason'], 'stop')
    assert.ok(Number(seen['streamedUsage']) > 0)
    assert.ok(String(seen['unknown']).includes('not'), String(seen['unknown']))
    assert.ok((seen['models'] as string[]).includes('agent/guide'))
  })
}

test('an answer of an agent cites its passages as annotations', async () => {
  const { choices } = await client.chat.completions.create({
    model: 'agent/guide',
    messages: [{ role: 'user', content: question }],
  })
  assert.ok((choices[0]?.message.annotations ?? []).length > 0)
})

test('the SDK sees our errors as its own', async () => {
  const messages = [{ role: 'user' as const, content: question }]
  await assert.rejects(client.chat.completions.create({ model: 'agent/nobody', messages }), OpenAI.NotFoundError)
  const stranger = new OpenAI({ baseURL: `${world.url}/v1`, apiKey: 'nonsense', maxRetries: 0 })
  await assert.rejects(stranger.chat.completions.create({ model: 'agent/guide', messages }), OpenAI.AuthenticationError)
})
