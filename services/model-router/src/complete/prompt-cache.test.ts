import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fakeProvider, protocols, sendEvents } from '../../test/fake-provider.ts'
import { adapterAt, adapters, user } from '../../test/providers.ts'
import { startRouter } from '../../test/router.ts'
import { ask } from '../../test/two-providers.ts'

const [, anthropic] = adapters

test('a provider may cache the instructions of an agent, nothing that comes after them, and nothing of a raw call', async (t) => {
  const server = await fakeProvider(t, (response) => {
    sendEvents(response, [protocols.anthropic.text('Yes.'), ...protocols.anthropic.end])
    response.end()
  })
  const { people, callOf, models, buses } = await startRouter(t, {
    providers: [await adapterAt(anthropic, server.url)],
  })
  const ana = people.add('member')
  const request = {
    model: 'anthropic/claude',
    messages: [{ role: 'system' as const, content: [{ type: 'text' as const, text: 'Be kind.' }] }, user('A secret?')],
  }
  assert.equal((await ask(models, request, callOf(ana))).fault, undefined)
  const throughAgent = buses.agents.callFor({ ...ana, actors: ['agent:agt_1'] }, { timeoutMs: 20_000 })
  assert.equal((await ask(models, request, throughAgent)).fault, undefined)
  const [raw, agent] = server.requests.map(({ body }) => body as { system: unknown; messages: unknown })
  assert.equal(raw?.system, 'Be kind.')
  assert.deepEqual(agent?.system, [{ type: 'text', text: 'Be kind.', cache_control: { type: 'ephemeral' } }])
  assert.ok(!JSON.stringify([raw, agent?.messages]).includes('cache_control'))
})
