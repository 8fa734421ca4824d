import assert from 'node:assert/strict'
import { test } from 'node:test'
import { newId } from '@tessera/shared/ids/ids'
import { startRetrieval } from '../../test/start-retrieval.ts'

test('a reader finds what they may read, with title, headings, place and one decision for all of it', async (t) => {
  const { put, retrieval, callOf, found, access } = await startRetrieval(t)
  await put('# Handbook\n\n## Holidays\n\nEverybody has 25 days of vacation.')
  await put('# Secret\n\nThe vacation budget is cut.', { allow: ['user:ben'] })
  const answer = await retrieval.search({ query: 'vacation' }, callOf('user:ana'))
  assert.ok(answer.ok)
  assert.deepEqual(
    answer.value.passages.map(({ title, headings, text, view, entitledView, position }) => ({
      title,
      headings,
      text,
      view,
      entitledView,
      position,
    })),
    [
      {
        title: 'Handbook',
        headings: ['Holidays'],
        text: 'Everybody has 25 days of vacation.',
        view: 'full',
        entitledView: 'full',
        position: {
          firstBlock: 2,
          lastBlock: 2,
          characters: { start: 20, end: 54 },
          place: { kind: 'lines', first: 5, last: 5 },
        },
      },
    ],
  )
  assert.equal(access.checks.at(-1)?.decisionId, answer.value.decisionId)
  assert.match(access.checks.at(-1)?.queryHash ?? '', /^[0-9a-f]{64}$/)
  assert.deepEqual(await found('user:ben', 'vacation'), ['The vacation budget is cut.'])
  assert.deepEqual(await found('user:nobody', 'vacation'), [])
  assert.equal(access.checks.at(-1)?.candidates, 0, 'an empty answer is decided and logged, too')
})

test('what the check refuses is never served, though the index still has it, and is made up for once', async (t) => {
  const { put, found, access, retrieval, callOf } = await startRetrieval(t)
  const documents = []
  for (let at = 0; at < 8; at++) documents.push(await put(`vacation ${'vacation '.repeat(8 - at)} number ${at}`))
  // Revoked without a hint, and before the index can know.
  access.state.hints = false
  for (const { documentId } of documents.slice(0, 3)) {
    const facts = access.documents.get(documentId)
    assert.ok(facts)
    access.documents.set(documentId, { ...facts, allow: [] })
  }
  const before = access.checks.length
  const answer = await retrieval.search({ query: 'vacation', limit: 4 }, callOf('user:ana'))
  assert.ok(answer.ok)
  assert.deepEqual(
    answer.value.passages.map(({ documentId }) => documentId).toSorted(),
    documents
      .slice(3, 7)
      .map(({ documentId }) => documentId)
      .toSorted(),
  )
  assert.equal(access.checks.length, before + 2)
  assert.equal(access.checks.at(-1)?.decisionId, answer.value.decisionId)
  assert.equal(access.checks.at(-1)?.candidates, 4, 'the second decision covers all that is served')
  assert.equal((await found('user:ana', 'vacation', { limit: 50 })).length, 5)
})

test('an agent finds within its scope only, and what denies it is hidden from it alone', async (t) => {
  const { put, found, access } = await startRetrieval(t)
  const one = await put('vacation one')
  await put('vacation two')
  const agent = `agent:${newId('agt')}`
  assert.equal((await found('user:ana', 'vacation', { actors: [agent] })).length, 2)
  access.scopes.set(agent, { kind: 'selected', spaces: ['space:other'] })
  assert.deepEqual(await found('user:ana', 'vacation', { actors: [agent] }), [])
  access.scopes.delete(agent)
  const revision = await access.put(one.documentId, { denyAgents: [agent] })
  assert.deepEqual(await found('user:ana', 'vacation', { actors: [agent], atLeast: revision }), ['vacation two'])
  assert.equal((await found('user:ana', 'vacation', { atLeast: revision })).length, 2)
})

test('a search narrows to data sources and spaces, and an empty list is nowhere', async (t) => {
  const { put, retrieval, callOf, dataSourceId } = await startRetrieval(t)
  await put('vacation')
  const count = async (input: object) => {
    const answer = await retrieval.search({ query: 'vacation', ...input }, callOf('user:ana'))
    return answer.ok ? answer.value.passages.length : answer.fault.code
  }
  assert.equal(await count({ dataSourceIds: [dataSourceId], spaces: ['space:one'] }), 1)
  assert.equal(await count({ dataSourceIds: [newId('src')] }), 0)
  assert.equal(await count({ spaces: ['space:two'] }), 0)
  assert.equal(await count({ dataSourceIds: [] }), 0)
})

test('with an embedding model, what is near counts beside what is named; without its answer there is none', async (t) => {
  const { put, found, retrieval, callOf, models } = await startRetrieval(t, { embeddingModel: 'test/letters' })
  await put('zzzz zzz zzzzz')
  await put('the holidays of the year')
  await put('zzzz for ben alone', { allow: ['user:ben'] })
  assert.deepEqual(await found('user:ana', 'zzzzzz'), ['zzzz zzz zzzzz', 'the holidays of the year'])
  assert.equal((await found('user:ana', 'holidays'))[0], 'the holidays of the year')
  models.down = true
  const failed = await retrieval.search({ query: 'holidays' }, callOf('user:ana'))
  assert.equal(failed.ok ? '' : failed.fault.code, 'retrieval.embedding-failed')
})
