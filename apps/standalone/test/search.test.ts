import assert from 'node:assert/strict'
import { test } from 'node:test'
import { LLMock } from '@copilotkit/aimock'
import type { FoundPassage } from '@tessera/shared/contracts/retrieval/search'
import { newId } from '@tessera/shared/ids/ids'
import { createAgent, createPerson, createPushSource, putDocument } from '@tessera/testkit/builders'
import { ApiError } from '../src/api.ts'
import { standaloneWorld } from './world.ts'

const page = (topic: string) => `# About ${topic}\n\nEverybody may ask for ${topic} once in a year, and gets an answer.`

test('search', async (t) => {
  const provider = new LLMock({ port: 0, logLevel: 'silent' })
  provider.onMessage(/[\s\S]*/, () => ({ content: 'Once in a year [1].' }))
  await provider.start()
  t.after(() => provider.stop())
  const world = await standaloneWorld(t, { OPENAI_COMPATIBLE_URL: `${provider.url}/v1` })
  const source = await createPushSource(world, 'Handbook')
  const [ana, boss] = await Promise.all(['ana', 'boss'].map((person) => createPerson(world, person)))
  assert.ok(ana && boss)
  const api = await world.as('ana')
  const { documentId } = await putDocument(world, source, 'leave.md', page('leave'), { allow: [ana] })
  for (const topic of ['laptops', 'training', 'travel']) {
    await putDocument(world, source, `${topic}.md`, page(topic), { allow: [ana] })
  }
  type Found = { passages: FoundPassage[]; notes?: string[]; how?: unknown }
  const search = (body: object) => api.send<Found>('POST', '/v1/search', body)
  const refusal = async (body: object) => {
    const error = await search(body).then(
      () => assert.fail(`${JSON.stringify(body).slice(0, 100)} was answered`),
      (error: unknown) => error,
    )
    assert.ok(error instanceof ApiError)
    return error
  }

  await t.test('a bad question is refused with its field and rule', async () => {
    const rules: [object, RegExp][] = [
      [{}, /query/],
      [{ query: '' }, /\/query/],
      [{ query: '  \n ' }, /\/query/],
      [{ query: 'x'.repeat(100_000) }, /\/query .*10,?000/],
      [{ query: 'leave', limit: 0 }, /\/limit .*1/],
      [{ query: 'leave', limit: 10_000 }, /\/limit .*50/],
      [{ query: 'leave', limit: 2.5 }, /\/limit/],
      [{ query: 'leave', k: 5 }, /k/],
      [{ query: 'leave', dataSourceIds: ['mine'] }, /\/dataSourceIds\/0/],
      [{ query: 'leave', mediaTypes: ['a/b'] }, /\/mediaTypes\/0/],
      [{ query: 'leave', updatedFrom: 'yesterday' }, /\/updatedFrom/],
      [{ query: 'leave', recency: { halfLifeDays: 0 } }, /\/recency\/halfLifeDays/],
      [{ query: 'leave', limit: 50, perDocument: 10, grouped: true, neighbours: 3 }, /\/limit/],
    ]
    for (const [body, told] of rules) {
      const error = await refusal(body)
      assert.equal(error.status, 400, JSON.stringify(body).slice(0, 100))
      assert.match(error.message, told)
    }
  })

  await t.test(
    'any text is a question: operators, other alphabets, characters of control, words without weight',
    async () => {
      for (const query of [
        'leave AND (travel OR',
        '{"match_all":{}}',
        '休暇はいつ',
        'отпуск',
        'leave\u0000\u0007',
        '*:*',
        '😀',
      ]) {
        assert.ok(Array.isArray((await search({ query })).passages), query)
      }
      const nothing = await search({ query: 'the of and to' })
      assert.deepEqual([nothing.passages, nothing.notes], [[], ['no-words']])
      assert.deepEqual((await search({ query: 'leave', dataSourceIds: [newId('src')] })).passages, [])
      assert.deepEqual((await search({ query: 'leave', spaces: ['space:spc_none'] })).passages, [])
    },
  )

  await t.test('what was found says where its words stand, and leads to its place and the whole document', async () => {
    const { passages } = await search({ query: 'leave', highlights: true, neighbours: 1 })
    const [first] = passages
    assert.ok(first)
    assert.deepEqual(
      first.highlights?.map(({ start, end }) => first.text.slice(start, end)),
      ['leave'],
    )
    assert.equal('why' in first || 'score' in first || 'hash' in first, false)
    const cited = await api.get<{ passage: FoundPassage; before: unknown[]; after: unknown[] }>(
      `/v1/citations/${first.passageId}`,
    )
    assert.equal(cited.passage.text, first.text)
    const whole = await api.get<{ title: string; passages: FoundPassage[] }>(`/v1/documents/${documentId}`)
    assert.deepEqual([whole.title, whole.passages[0]?.passageId], ['About leave', first.passageId])
    const other = await world.as('boss')
    for (const path of [`/v1/citations/${first.passageId}`, `/v1/documents/${documentId}`]) {
      await assert.rejects(other.get(path), (error: ApiError) => error.status === 404)
    }
  })

  await t.test('why is told to admins alone', async () => {
    assert.equal((await refusal({ query: 'leave', why: true })).code, 'access.forbidden')
    const { how } = await world.admin.send<Found>('POST', '/v1/search', { query: 'leave', why: true })
    assert.partialDeepStrictEqual(how, { strict: false, terms: ['leav'] })
  })

  await t.test('ranked strictly, neither results nor prompt tell of what is hidden', async () => {
    await world.admin.send('PATCH', '/v1/workspace', { strictRanking: true })
    await createAgent(world, 'helper', { model: 'openai-compatible/emulated' })
    const asked = async () => {
      const { id } = await api.send<{ id: string }>('POST', '/v1/conversations', { agent: 'helper' })
      await api.send('POST', `/v1/conversations/${id}/messages`, { text: 'How often may I ask for leave or travel?' })
      const prompt = provider.getRequests().at(-1)?.body
      const { passages } = await search({ query: 'leave travel' })
      return JSON.stringify({ prompt: (prompt as { messages?: unknown } | undefined)?.messages, passages })
    }
    const before = await asked()
    assert.match(before, /Everybody may ask for leave/)
    for (const topic of ['leave', 'travel', 'leave', 'sabbaticals']) {
      await putDocument(world, source, `secret-${topic}.md`, page(`hidden ${topic} leave leave`), { allow: [boss] })
      assert.equal(await asked(), before)
    }
    await world.admin.send('DELETE', `/v1/data-sources/${source.id}/documents/secret-leave.md`)
    assert.equal(await asked(), before)
  })
})
