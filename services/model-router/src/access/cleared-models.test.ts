import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import { modelsContract } from '@tessera/shared/contracts/model-router'
import { newId } from '@tessera/shared/ids/ids'
import { fakeProvider, protocols, sendEvents } from '../../test/fake-provider.ts'
import { adapterAt, adapters, user } from '../../test/providers.ts'
import { startRouter } from '../../test/router.ts'
import type { Entries } from '../catalogue/catalogue.ts'

const [openai] = adapters
const { text, end } = protocols.openai

/** A router with a cloud provider that counts what reaches it, and somebody who may ask. */
async function start(t: TestContext, catalogue: Entries = new Map()) {
  let reached = 0
  const server = await fakeProvider(t, (response) => {
    reached++
    sendEvents(response, [text('Yes.'), ...end])
    response.end()
  })
  const providers = [await adapterAt(openai, server.url)]
  const router = await startRouter(t, { providers, catalogue })
  const { people, callOf, buses } = router
  const caller = { ...people.add('member'), actors: [`agent:${newId('agt')}`] }
  const models = buses.agents.connectTo(modelsContract)
  const decision = (...carries: string[]) => {
    const id = newId('dec')
    people.carried.set(id, carries)
    return id
  }
  const asked = async (model: string, ...decisionIds: string[]) => {
    const call = callOf(caller, undefined, buses.agents)
    const results = await Array.fromAsync(models.complete({ model, messages: [user('What?')], decisionIds }, call))
    const last = results.at(-1)
    return last?.ok ? last.value.type : `${last?.fault.code} ${last?.fault.detail}`
  }
  const uncleared = async (model: string, fallbacks: string[], ...decisionIds: string[]) => {
    const checked = await models.checkLabels({ model, fallbacks, decisionIds }, callOf(caller, undefined, buses.agents))
    return checked.ok ? checked.value.uncleared : checked.fault.code
  }
  return { asked, uncleared, decision, reached: () => reached }
}

test('labelled text goes only to models that are cleared for every label in force', async (t) => {
  const { asked, decision, reached } = await start(
    t,
    new Map([
      ['openai/*', { labels: ['internal'] }],
      ['openai/gpt-x', { labels: ['internal', 'hr'] }],
    ]),
  )
  assert.equal(await asked('openai/gpt-x', decision()), 'end')
  assert.equal(await asked('openai/gpt-x', decision('internal'), decision('hr')), 'end')
  assert.equal(reached(), 2)
  assert.match(
    await asked('openai/gpt-y', decision('internal'), decision('hr')),
    /^models\.not-cleared .*gpt-y.*: hr\./,
  )
  assert.match(await asked('openai/gpt-x', decision('board')), /^models\.not-cleared .*: board\./)
  assert.equal(reached(), 2)
})

test('nothing labelled leaves unless somebody cleared a model for it; the built-in model lets nothing leave', async (t) => {
  const { asked, decision, reached } = await start(t)
  assert.match(await asked('openai/gpt-x', decision('hr')), /^models\.not-cleared/)
  assert.equal(await asked('tessera/extractive', decision('hr')), 'end')
  assert.equal(reached(), 0)
})

test('a policy forbids what the catalogue clears, and a decision that nobody vouches for sends nothing', async (t) => {
  const { asked, decision, reached } = await start(t, new Map([['openai/*', { labels: ['*'] }]]))
  assert.match(await asked('openai/gpt-x', decision('own-machines-only')), /^models\.not-cleared .*own-machines/)
  assert.match(await asked('openai/gpt-x', newId('dec')), /^models\.not-cleared/)
  assert.equal(reached(), 0)
})

test('which labels stand in the way is said of the model that may have most, and nothing is sent for it', async (t) => {
  const { uncleared, decision, reached } = await start(
    t,
    new Map([
      ['openai/gpt-x', { labels: ['internal'] }],
      ['openai/gpt-z', { labels: ['*'], allow: ['group:nobody'] }],
    ]),
  )
  const [both, forbidden] = [decision('internal', 'hr'), decision('own-machines-only')]
  assert.deepEqual(await uncleared('openai/gpt-y', [], both), ['internal', 'hr'])
  assert.deepEqual(await uncleared('openai/gpt-y', ['openai/gpt-x'], both), ['hr'])
  assert.deepEqual(await uncleared('openai/gpt-y', ['tessera/extractive'], both), [])
  assert.deepEqual(await uncleared('openai/gpt-y', ['openai/gpt-z'], both), ['internal', 'hr'], 'not the caller’s')
  assert.deepEqual(await uncleared('openai/gpt-x', [], forbidden), ['own-machines-only'])
  assert.deepEqual(await uncleared('openai/gpt-x', [], newId('dec')), 'models.not-cleared')
  assert.equal(reached(), 0)
})

test('the class of raw calls is none of the words of a search', async (t) => {
  const server = await fakeProvider(t, (response) => void response.writeHead(500).end())
  const { people, callOf, buses } = await startRouter(t, { providers: [await adapterAt(openai, server.url)] })
  const [admin, ana] = [people.add('admin'), people.add('member')]
  const [gateway, retrieval] = [buses.gateway.connectTo(modelsContract), buses.retrieval.connectTo(modelsContract)]
  const put = await gateway.putGuardrails({ rules: [], rawLabels: ['own-machines'] }, callOf(admin))
  assert.ok(put.ok, JSON.stringify(put))
  const request = { model: 'openai/embed', texts: ['Leave?'] }
  const codeOf = (embedded: Awaited<ReturnType<typeof gateway.embed>>) => (embedded.ok ? '' : embedded.fault.code)
  assert.equal(codeOf(await gateway.embed(request, callOf(ana))), 'models.not-cleared')
  assert.equal(server.requests.length, 0)
  const found = await retrieval.embed({ ...request, ofSearch: true }, callOf(ana))
  assert.equal(codeOf(found), 'models.provider-failed')
  assert.ok(server.requests.length > 0)
})
