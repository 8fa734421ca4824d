import { modelsContract } from '@tessera/shared/contracts/model-router'
import { newId } from '@tessera/shared/ids/ids'
import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { fakeProvider, protocols, sendEvents } from '../../test/fake-provider.ts'
import { adapterAt, adapters, user } from '../../test/providers.ts'
import { startRouter } from '../../test/router.ts'
import { nearestNames } from './nearest-names.ts'
import { readCatalogue } from './read-catalogue.ts'

const [openai] = adapters
const { text, end } = protocols.openai

test('what an admin says of a model is in force for the next request, on every replica, and is logged', async (t) => {
  const server = await fakeProvider(t, (response) => {
    sendEvents(response, [text('Yes.'), ...end])
    response.end()
  })
  const { models, callOf, people, buses, startAnother } = await startRouter(t, {
    providers: [await adapterAt(openai, server.url)],
  })
  const other = await startAnother()
  const [boss, ana] = [people.add('admin'), people.add('member')]
  const decision = newId('dec')
  people.carried.set(decision, ['hr'])
  const caller = { ...ana, actors: ['agent:a'] }
  const asked = async (client: typeof models, call: ReturnType<typeof callOf>) => {
    const request = { model: 'openai/gpt-x', messages: [user('What?')], decisionIds: [decision] }
    const last = (await Array.fromAsync(client.complete(request, call))).at(-1)
    return last?.ok ? last.value.type : last?.fault.code
  }
  const agents = buses.agents.connectTo(modelsContract)
  const everywhere = async () => [
    await asked(agents, callOf(caller, undefined, buses.agents)),
    await asked(other.agents, other.callAsAgents(caller)),
  ]
  assert.deepEqual(await everywhere(), ['models.not-cleared', 'models.not-cleared'])
  const put = { model: 'openai/gpt-x', facts: { labels: ['hr'], region: 'eu' } }
  const refused = await models.putCatalogueModel(put, callOf(ana))
  assert.equal(refused.ok ? 'ok' : refused.fault.code, 'access.forbidden')
  const stored = await models.putCatalogueModel(put, callOf(boss))
  assert.ok(stored.ok)
  assert.deepEqual(stored.value.own, put.facts)
  assert.deepEqual(await everywhere(), ['end', 'end'])
  // The provider's entry counts where the model's own says nothing, and another workspace hears nothing of it.
  assert.ok((await models.putCatalogueModel({ model: 'openai/*', facts: { enabled: false } }, callOf(boss))).ok)
  assert.deepEqual(await everywhere(), ['models.not-found', 'models.not-found'])
  const listed = await models.listCatalogue({}, callOf(boss))
  assert.ok(listed.ok)
  const item = listed.value.items.find(({ model }) => model === 'openai/gpt-x')
  assert.deepEqual(item?.facts, { enabled: false, ...put.facts })
  assert.ok((await models.deleteCatalogueModel({ model: 'openai/*' }, callOf(boss))).ok)
  assert.ok((await models.deleteCatalogueModel({ model: 'openai/gpt-x' }, callOf(boss))).ok)
  assert.deepEqual(await everywhere(), ['models.not-cleared', 'models.not-cleared'])
  assert.deepEqual(
    people.logged.map(({ operation }) => operation),
    ['putCatalogueModel', 'putCatalogueModel', 'deleteCatalogueModel', 'deleteCatalogueModel'].map(
      (name) => `models.${name}`,
    ),
  )
})

test('a model is seen, suggested and served to those alone whom its entry allows', async (t) => {
  const { models, callOf, people } = await startRouter(t)
  const [boss, ana, ben] = [people.add('admin'), people.add('member'), people.add('member')]
  people.groups.set(ben.subject, ['group:grp_hr'])
  const facts = { allow: ['group:grp_hr'] }
  assert.ok((await models.putCatalogueModel({ model: 'tessera/extractive', facts }, callOf(boss))).ok)
  const faultFor = async (caller: typeof ana, model: string) => {
    const request = { model, messages: [user('What?')], decisionIds: [] }
    const last = (await Array.fromAsync(models.complete(request, callOf(caller)))).at(-1)
    return last?.ok ? last.value.type : `${last?.fault.code}: ${last?.fault.detail}`
  }
  const seenBy = async (caller: typeof ana) => {
    const listed = await models.listModels({}, callOf(caller))
    return listed.ok ? listed.value.models.map(({ model }) => model) : listed.fault.code
  }
  assert.deepEqual([await seenBy(ana), await seenBy(ben)], [[], ['tessera/extractive']])
  assert.equal(await faultFor(ben, 'tessera/extractive'), 'end')
  const none = 'models.not-found: There is no model tessera/extractive, or you may not use it.'
  assert.equal(await faultFor(ana, 'tessera/extractive'), none)
  assert.match(await faultFor(ben, 'tessera/extractiv'), /Near to it: tessera\/extractive\.$/)
  assert.doesNotMatch(await faultFor(ana, 'tessera/extractiv'), /Near/)
  const throughAgent = { ...ana, actors: ['agent:agt_1'] }
  const byAgent = { allow: ['agent:agt_1'] }
  assert.ok((await models.putCatalogueModel({ model: 'tessera/extractive', facts: byAgent }, callOf(boss))).ok)
  assert.deepEqual([await seenBy(ana), await seenBy(throughAgent)], [[], ['tessera/extractive']])
})

test('the file of the installation adds to what comes with the program, field by field, and is read strictly', async (t) => {
  const directory = await mkdtemp(join(tmpdir(), 'tessera-catalogue-'))
  t.after(() => rm(directory, { recursive: true }))
  const read = async (content: unknown) => {
    const file = join(directory, 'models.json')
    await writeFile(file, typeof content === 'string' ? content : JSON.stringify(content))
    return readCatalogue(file)
  }
  const shipped = (await readCatalogue()).get('openai/gpt-4.1')
  const entries = await read({ models: { 'openai/gpt-4.1': { labels: ['hr'] }, 'own/*': { hosting: 'own' } } })
  assert.deepEqual(entries.get('openai/gpt-4.1'), { ...shipped, labels: ['hr'] })
  assert.deepEqual(entries.get('own/*'), { hosting: 'own' })
  for (const wrong of [
    '',
    '[]',
    { models: { gpt: {} } },
    { models: { 'openai/x': { label: ['hr'] } } },
    { models: { 'openai/x': { labels: 'hr' } } },
    { models: { 'openai/x': { prices: { inputMicros: 1 } } } },
    { models: { 'openai/x': { hosting: 'elsewhere' } } },
  ])
    await assert.rejects(read(wrong), JSON.stringify(wrong))
})

test('the names most like one that is not known are those that somebody may have meant', () => {
  const names = ['openai/gpt-5.4-mini', 'openai/gpt-5.4', 'anthropic/claude-sonnet-5-5', 'mistral/mistral-embed']
  assert.equal(nearestNames('gpt-5.4-mini', names)[0], 'openai/gpt-5.4-mini')
  assert.equal(nearestNames('openai/gtp-5.4', names)[0], 'openai/gpt-5.4')
  assert.equal(nearestNames('anthropic/claude-sonet-5.5', names)[0], 'anthropic/claude-sonnet-5-5')
  assert.deepEqual(nearestNames('x', names), [])
})
