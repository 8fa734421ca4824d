import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import { LLMock } from '@copilotkit/aimock'
import { createPerson } from '@tessera/testkit/builders'
import { fileScope } from '@tessera/testkit/file-scope'
import { standaloneWorld, type World } from './world.ts'

// What is sent raw carries the class that its key is registered for, and what the request adds. Every way to send text to a provider is held to it.

const scope = fileScope()
const cloud = 'openai-compatible/anything'
let world: World
let provider: LLMock

before(async () => {
  provider = new LLMock({ port: 0, logLevel: 'silent' })
  provider.onMessage(/[\s\S]*/, () => ({ content: 'Yes.' }))
  provider.onEmbedding(/[\s\S]*/, { embedding: [0.1, 0.2] })
  await provider.start()
  scope.after(() => provider.stop())
  world = await standaloneWorld(scope, { OPENAI_COMPATIBLE_URL: `${provider.url}/v1` })
  await createPerson(world, 'ana')
  await world.admin.send('PUT', `/v1/catalogue/${encodeURIComponent(cloud)}`, { labels: ['internal'] })
})

const messages = [{ role: 'user', content: 'What?' }]
const shapes = {
  '/v1/chat/completions': { messages },
  '/v1/responses': { input: 'What?' },
  '/v1/messages': { messages, max_tokens: 10 },
  '/v1/messages/count_tokens': { messages },
  '/v1/embeddings': { input: 'What?' },
}

/** What each route answers, and whether the provider heard of it. */
async function ask(credential: string, more: object = {}) {
  const answers: [number, boolean][] = []
  const told: string[] = []
  for (const [path, body] of Object.entries(shapes)) {
    provider.clearRequests()
    const response = await fetch(`${world.url}${path}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${credential}`, 'content-type': 'application/json' },
      body: JSON.stringify({ model: cloud, ...body, ...more }),
    })
    told.push(await response.text())
    answers.push([response.status, provider.getRequests().length > 0])
  }
  return { answers, told }
}

const served = Object.keys(shapes).map((path) => [200, !path.endsWith('count_tokens')])
const refused = Object.keys(shapes).map(() => [403, false])

async function keyOf(labels: string[]): Promise<string> {
  const { name } = await world.admin.get<{ name: string }>('/v1/me')
  const key = { title: 'App', principal: name, scopes: ['models'], labels }
  return (await world.admin.send<{ secret: string }>('POST', '/v1/keys', key)).secret
}

test('a raw call carries the class of its key, on every route, and only a model that is cleared for it hears of it', async () => {
  assert.deepEqual((await ask(await keyOf([]))).answers, served)
  assert.deepEqual((await ask(await keyOf(['internal']))).answers, served)
  const secret = await ask(await keyOf(['internal', 'secret']))
  assert.deepEqual(secret.answers, refused)
  for (const text of secret.told) assert.match(text, /not cleared for: secret/)
})

test('a request adds labels and takes none away', async () => {
  const token = await world.tokenFor('ana')
  assert.deepEqual((await ask(token, { labels: ['internal'] })).answers, served)
  assert.deepEqual((await ask(token, { labels: ['internal', 'secret'] })).answers, refused)
  assert.deepEqual((await ask(await keyOf(['secret']), { labels: ['internal'] })).answers, refused)
  assert.deepEqual((await ask(await keyOf(['secret']), { labels: [] })).answers, refused)
})

test('a comparison is held to it in each lane, and has no view that is more restricted', async () => {
  const ana = await world.as('ana')
  const compare = (more: object) =>
    ana.send<{ lanes: { fault?: { code: string } }[] }>('POST', '/v1/compare', {
      ...{ models: [cloud, 'tessera/extractive'], messages, ...more },
    })
  const codes = async (labels: string[]) => (await compare({ labels })).lanes.map(({ fault }) => fault?.code)
  assert.deepEqual(await codes(['internal']), [undefined, undefined])
  assert.deepEqual(await codes(['secret']), ['models.not-cleared', undefined])
  await assert.rejects(compare({ allow_restricted_view: true }), /allow_restricted_view/)
})

test('what has no class by a key has that of the workspace, where it is configured', async () => {
  const token = await world.tokenFor('ana')
  const [unclassified, classified] = [await keyOf([]), await keyOf(['internal'])]
  await world.admin.send('PUT', '/v1/guardrails', { rules: [], rawLabels: ['own-machines'] })
  for (const credential of [token, unclassified]) {
    const { answers, told } = await ask(credential)
    assert.deepEqual(answers, refused)
    assert.match(told[0] ?? '', /own-machines/)
    assert.deepEqual((await ask(credential, { labels: ['internal'] })).answers, refused)
  }
  assert.deepEqual((await ask(classified)).answers, served)
  await world.admin.send('PUT', '/v1/guardrails', { rules: [] })
  assert.deepEqual((await ask(token)).answers, served)
})
