import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startRetrieval } from '../../test/start-retrieval.ts'

test('a model reads what may be served, under its decision, and its order counts; without its answer the order of the index does', async (t) => {
  const { put, retrieval, callOf, access, reranked, models } = await startRetrieval(t, { rerankModel: 'test/short' })
  await access.define('salary')
  await put('vacation vacation vacation and a long text about it all')
  await put('a vacation')
  await put('vacation of 4711 euros', { marks: [{ label: 'salary', quote: '4711 euros' }] })
  await put('vacation of the boss', { allow: ['user:ben'] })
  access.covering.set('user:ana', ['role:admin'])
  const ask = async (input: object = {}) => {
    const answer = await retrieval.search({ query: 'vacation', ...input }, callOf('user:ana'))
    assert.ok(answer.ok, JSON.stringify(answer))
    return answer.value
  }
  const answer = await ask({ why: true })
  assert.deepEqual(
    answer.passages.map(({ text }) => text),
    ['a vacation', 'vacation of [salary]', 'vacation vacation vacation and a long text about it all'],
  )
  assert.deepEqual(answer.passages[0]?.why?.byReranking?.rank, 1)
  assert.equal(answer.how?.rerankModel, 'test/short')
  assert.deepEqual(
    [reranked[0]?.decisionIds, answer.decisionId],
    [[access.checks[0]?.decisionId], access.checks[1]?.decisionId],
  )
  const sent = reranked[0]?.texts.join(' ') ?? ''
  assert.doesNotMatch(sent, /4711|boss/, 'no model reads what its reader may not')
  assert.equal((await ask({ limit: 1 })).passages[0]?.text, 'a vacation')
  await ask({ rerank: false })
  assert.equal(reranked.length, 2)
  models.down = true
  const without = await ask()
  assert.deepEqual(without.notes, ['not-reranked'])
  assert.equal(without.passages.length, 3)
})

test('what is taken away while the model reranks is not served', async (t) => {
  const { put, retrieval, callOf, access, models, dataSourceId } = await startRetrieval(t, {
    rerankModel: 'test/short',
  })
  await put('a vacation')
  const { documentId, contentVersion } = await put('the vacation of 4711 euros')
  for (const down of [false, true]) {
    await access.put(documentId, { dataSourceId, contentVersion, allow: ['user:ana'], labels: [] })
    models.meanwhile = async () => {
      await access.put(documentId, { dataSourceId, contentVersion, allow: [], labels: [] })
      if (down) throw new Error('Switched off by the test')
    }
    const answer = await retrieval.search({ query: 'vacation' }, callOf('user:ana'))
    assert.ok(answer.ok, JSON.stringify(answer))
    assert.deepEqual(
      answer.value.passages.map(({ text }) => text),
      ['a vacation'],
    )
    assert.equal(answer.value.decisionId, access.checks.at(-1)?.decisionId)
  }
})
