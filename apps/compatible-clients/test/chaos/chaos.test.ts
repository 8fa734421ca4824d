import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import Anthropic from '@anthropic-ai/sdk'
import { eventually } from '@tessera/testkit/eventually'
import { fileScope } from '@tessera/testkit/file-scope'
import OpenAI from 'openai'
import { saying, type Script, text } from '../scripted-provider.ts'
import { chaosWorld } from './world.ts'

// What a client sees, and what is in the books, when something on the way of an open stream dies.

const scope = fileScope()
let world: Awaited<ReturnType<typeof chaosWorld>>
let openai: OpenAI
let anthropic: Anthropic

before(async () => {
  world = await chaosWorld(scope)
  const { url, key, lasting } = world
  openai = new OpenAI({ apiKey: key, baseURL: `${url}/v1`, maxRetries: 0 })
  anthropic = new Anthropic({ apiKey: key, baseURL: url, maxRetries: 0 })
  lasting.script('well', saying([text('All is well.')]))
  for (const model of ['killed', 'restarted']) lasting.script(model, endless)
  world.dying.script('dying', endless)
})

/** Goes on until its reader leaves. */
const endless: Script = (response) => {
  response.writeHead(200, { 'content-type': 'text/event-stream' })
  response.write(text('On '))
  const timer = setInterval(() => response.write(text('and on ')), 500)
  response.on('close', () => clearInterval(timer))
}

type Ended = { began: boolean; error: unknown }
const messages = [{ role: 'user' as const, content: 'Go on' }]

async function chat(model: string, begun: () => void): Promise<void> {
  for await (const { choices } of await openai.chat.completions.create({ model, messages, stream: true }))
    if (choices[0]?.delta.content) begun()
}

async function message(model: string, begun: () => void): Promise<void> {
  for await (const event of await anthropic.messages.create({ model, messages, max_tokens: 50, stream: true }))
    if (event.type === 'content_block_delta') begun()
}

/** Opens streams through the official clients of both APIs; `ended`: how each of them ended. */
async function openStreams(model: string, count: number) {
  let begun = 0
  const streams = Array.from({ length: count }, async (_, index): Promise<Ended> => {
    let began = false
    const say = () => {
      if (!began) begun++
      began = true
    }
    try {
      await (index % 2 === 0 ? chat : message)(model, say)
      return { began, error: undefined }
    } catch (error) {
      return { began, error }
    }
  })
  const ended = Promise.all(streams)
  await eventually(() => assert.equal(begun, count), { timeoutMs: 240_000 })
  return { ended }
}

/** Every client was told by its SDK that the answer is not whole. */
function assertAllBroken(ended: readonly Ended[]): void {
  const clean = ended.filter(({ error }) => error === undefined)
  assert.equal(clean.length, 0, `${clean.length} of ${ended.length} streams ended as if they were whole`)
  assert.ok(ended.every(({ error }) => error instanceof Error))
}

/** Each request to this model is counted once, with an end, and nothing is set aside any more. */
async function assertBooks(model: string, count: number) {
  const settled = await eventually(
    async () => {
      const books = await world.books()
      const rows = books.rows.filter((row) => row.model === model)
      assert.equal(rows.length, count)
      assert.deepEqual(
        rows.filter(({ outcome }) => outcome === 'started'),
        [],
      )
      assert.equal(books.reserved, 0)
      return { ...books, rows }
    },
    { timeoutMs: 240_000 },
  )
  assert.equal(settled.spent, settled.cost)
  assert.equal(new Set(settled.rows.map(({ id }) => id)).size, count)
  return settled.rows
}

const isWell = () =>
  eventually(
    async () => {
      const { choices } = await openai.chat.completions.create({ model: 'openai-compatible/well', messages })
      assert.equal(choices[0]?.message.content, 'All is well.')
    },
    { timeoutMs: 240_000 },
  )

test('model-router killed under 200 open streams: every client is told, none is asked or billed twice, nothing stays set aside', async () => {
  const model = 'openai-compatible/killed'
  const { ended } = await openStreams(model, 200)
  await world.services.models.kill()
  assertAllBroken(await ended)
  assert.equal(world.lasting.sentTo('killed').length, 200)
  await world.services.models.start()
  await isWell()
  const rows = await assertBooks(model, 200)
  assert.deepEqual([...new Set(rows.map(({ outcome }) => outcome))], ['lost'])
  assert.equal(world.lasting.sentTo('killed').length, 200)
})

test('NATS restarts under open streams: every client is told, their requests are counted once, and all works again', async () => {
  const model = 'openai-compatible/restarted'
  const { ended } = await openStreams(model, 20)
  await world.nats.restart()
  assertAllBroken(await ended)
  await isWell()
  await assertBooks(model, 20)
  assert.equal(world.lasting.sentTo('restarted').length, 20)
})

test('a provider dies: what it had begun ends in an error, and a route goes on to another model', async () => {
  const targets = [{ model: 'openai/dying' }, { model: 'openai-compatible/well' }]
  await world.admin.send('PUT', '/v1/routes/pair', { strategy: 'fallback', targets })
  const { ended } = await openStreams('openai/dying', 20)
  await world.dying.die()
  assertAllBroken(await ended)
  const rows = await assertBooks('openai/dying', 20)
  assert.deepEqual([...new Set(rows.map(({ outcome }) => outcome))], ['models.provider-cut'])
  const { data, response } = await openai.chat.completions.create({ model: 'pair', messages }).withResponse()
  assert.equal(data.choices[0]?.message.content, 'All is well.')
  assert.match(response.headers.get('x-tessera-route') ?? '', /^"openai-compatible\/well"; asked="pair"/)
  // So many breaks in a row spare it the next requests; nobody waits for it to fail again.
  await eventually(async () => {
    const { items } = await world.admin.get<{ items: { model: string; state: string }[] }>('/v1/models/health')
    assert.equal(items.find(({ model }) => model === 'openai/dying')?.state, 'cooling')
  })
})
