import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import { LLMock } from '@copilotkit/aimock'
import { createPerson, createPushSource } from '@tessera/testkit/builders'
import { eventually } from '@tessera/testkit/eventually'
import { fileScope } from '@tessera/testkit/file-scope'
import type { Api, ApiError } from '../src/api.ts'
import { standaloneWorld, type World } from './world.ts'

// An agent whose model is in somebody's cloud and cleared for nothing. Its asker is cleared for everything, and may read what the model may not.

const scope = fileScope()
const cloud = 'openai-compatible/anything'
const text = 'The zebra keeper is Jane Doe, and earns 85,000 EUR.'
let world: World
let hr: Api
let provider: LLMock
let agent: { id: string; handle: string }

before(async () => {
  provider = new LLMock({ port: 0, logLevel: 'silent' })
  provider.onMessage(/[\s\S]*/, () => ({ content: 'She earns what is written there [1].' }))
  await provider.start()
  scope.after(() => provider.stop())
  world = await standaloneWorld(scope, { OPENAI_COMPATIBLE_URL: `${provider.url}/v1` })
  const source = await createPushSource(world, 'Pay')
  const name = await createPerson(world, 'hr')
  hr = await world.as('hr')
  for (const [label, below] of [
    ['pay', 'redacted'],
    ['board', 'none'],
  ])
    await world.admin.send('PUT', `/v1/labels/${label}`, { title: label, requires: ['hr'], below, hidesTitle: false })
  await world.admin.send('PUT', `/v1/clearances/${encodeURIComponent(name)}`, { clearances: ['hr'] })
  const definition = { instructions: 'Answer.', model: cloud, scope: { kind: 'everything' } }
  const grants = { run: [name] }
  const made = await world.admin.send<{ agent: typeof agent }>('POST', '/v1/agents', {
    ...{ handle: 'pay', title: 'Pay', definition, grants },
  })
  agent = made.agent
  await world.admin.send('PUT', `/v1/clearances/${encodeURIComponent(`agent:${agent.id}`)}`, { clearances: ['hr'] })
  await world.admin.send('POST', `/v1/agents/${agent.id}/versions/1/publish`)
  const put = (externalId: string, content: object, labels: string[] = []) =>
    world.admin.send('PUT', `/v1/data-sources/${source.id}/documents/${externalId}?wait=indexed`, {
      content: { mediaType: 'text/markdown', ...content },
      access: { allow: [name], labels },
    })
  await put('jane.md', { text: `# Keepers\n\n${text}`, marks: [{ label: 'pay', kind: 'salary', quote: '85,000 EUR' }] })
  await put('sale.md', { text: '# Secret sale\n\nThe zebra will be sold.' }, ['board'])
})

const question = 'What does the zebra keeper earn?'
const sent = () => JSON.stringify(provider.getRequests().map(({ body }) => body))
const refused = (error: ApiError) => {
  assert.deepEqual([error.status, error.code], [403, 'models.not-cleared'])
  assert.match(error.message, /board, pay/)
  return true
}

type Answer = { text: string; unclearedLabels?: string[]; citations: { title: string; view?: string }[] }

test('an agent whose model may not have what was found is refused, or answers from what is left below its labels where the asker allows it', async () => {
  const { id } = await hr.send<{ id: string }>('POST', '/v1/conversations', { agent: agent.id })
  const ask = (more: object = {}) =>
    hr.send<Answer>('POST', `/v1/conversations/${id}/messages`, { text: question, ...more })
  await eventually(() => assert.rejects(ask(), refused))
  assert.equal(sent(), '[]')

  const answer = await ask({ allowRestrictedView: true })
  assert.deepEqual(answer.unclearedLabels?.toSorted(), ['board', 'pay'])
  assert.deepEqual(
    answer.citations.map(({ title, view }) => [title, view]),
    [['Keepers', 'redacted']],
  )
  assert.match(sent(), /Jane Doe, and earns \[salary\]/)
  assert.doesNotMatch(sent(), /85,000|sold|Secret sale/)
})

test('what an earlier answer was made from in full goes to no such model as history either', async () => {
  const version = (model: string) => ({ instructions: 'Answer.', model, scope: { kind: 'everything' } })
  const publish = async (model: string) => {
    const { version: made } = await world.admin.send<{ version: { number: number } }>(
      'POST',
      `/v1/agents/${agent.id}/versions`,
      version(model),
    )
    await world.admin.send('POST', `/v1/agents/${agent.id}/versions/${made.number}/publish`)
  }
  const { id } = await hr.send<{ id: string }>('POST', '/v1/conversations', { agent: agent.id })
  const ask = (more: object = {}) =>
    hr.send<Answer>('POST', `/v1/conversations/${id}/messages`, { text: question, ...more })
  await publish('tessera/extractive')
  const first = await ask({ allowRestrictedView: true })
  assert.equal(first.unclearedLabels, undefined, 'the built-in model may have everything: nothing is left out')
  assert.match(first.text, /85,000 EUR/)
  await publish(cloud)
  provider.clearRequests()
  await assert.rejects(ask({ text: 'And who feeds it?' }), refused)
  await ask({ text: 'And who feeds it?', allowRestrictedView: true })
  assert.match(sent(), /who feeds it/)
  assert.doesNotMatch(sent(), /85,000|sold/)
})

test('the compatible routes take it for an agent, and name it to whoever asks a raw model, which has one view alone', async () => {
  provider.clearRequests()
  const ask = async (path: string, body: object) => {
    const response = await fetch(`${world.url}${path}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${await world.tokenFor('hr')}`, 'content-type': 'application/json' },
      body: JSON.stringify(body),
    })
    return [response.status, await response.text()] as const
  }
  const messages = [{ role: 'user', content: question }]
  const shapes = {
    '/v1/chat/completions': { messages },
    '/v1/responses': { input: question },
    '/v1/messages': { messages, max_tokens: 100 },
  }
  for (const [path, request] of Object.entries(shapes)) {
    const [status, error] = await ask(path, { model: `agent/${agent.handle}`, ...request })
    assert.equal(status, 403, error)
    assert.match(error, /board, pay/)
    const allowed = { ...request, allow_restricted_view: true }
    const [served, answer] = await ask(path, { model: `agent/${agent.handle}`, ...allowed })
    assert.equal(served, 200, answer)
    const [raw, told] = await ask(path, { model: cloud, ...allowed })
    assert.equal(raw, 400, told)
    assert.match(told, /allow_restricted_view/)
  }
  assert.doesNotMatch(sent(), /85,000/)
})
