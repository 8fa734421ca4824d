import { modelsContract } from '@tessera/shared/contracts/model-router'
import { newId } from '@tessera/shared/ids/ids'
import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import { fakeProvider } from '../../test/fake-provider.ts'
import { adapterAt, adapters } from '../../test/providers.ts'
import { startRouter } from '../../test/router.ts'

const compatible = adapters.find(({ name }) => name === 'openai-compatible')
const request = { model: 'openai-compatible/bge-reranker', query: 'How much leave?', texts: ['Lunch.', 'Leave.'] }

/** A router whose reranking server answers so, and retrieval, which asks it for somebody. */
async function routerWith(t: TestContext, answer: unknown, { hosting = 'own' } = {}) {
  const server = await fakeProvider(
    t,
    (response) => void response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(answer)),
  )
  assert.ok(compatible)
  const environment = { OPENAI_COMPATIBLE_HOSTING: hosting }
  const started = await startRouter(t, { providers: [await adapterAt(compatible, server.url, { environment })] })
  const { buses, people, callOf } = started
  const models = buses.retrieval.connectTo(modelsContract)
  const ana = people.add('member')
  const decision = (labels: string[]) => {
    const id = newId('dec')
    people.carried.set(id, labels)
    return id
  }
  const rerank = (decisionIds: string[], asked = request) => models.rerank({ ...asked, decisionIds }, callOf(ana))
  return { ...started, server, rerank, decision, ana }
}

const results = [
  { index: 1, relevance_score: 0.9, document: { text: 'Leave.' } },
  { index: 0, relevance_score: 0.1 },
]

test('scores come in the order of the texts, and the request is counted', async (t) => {
  const { rerank, decision, server, db, ana } = await routerWith(t, { results, usage: { total_tokens: 11 } })
  const reranked = await rerank([decision([])])
  assert.ok(reranked.ok, JSON.stringify(reranked))
  assert.deepEqual(reranked.value.scores, [0.1, 0.9])
  const [sent] = server.requests
  assert.equal(sent?.path, '/v1/rerank')
  assert.deepEqual(sent.body, { model: 'bge-reranker', query: request.query, documents: request.texts })
  const rows = await db.selectFrom('ledger').select(['subject', 'operation', 'outcome', 'input_tokens']).execute()
  assert.deepEqual(rows, [{ subject: ana.subject, operation: 'rerank', outcome: 'completed', input_tokens: 11 }])
})

test('labels of what was given out decide which models may read it', async (t) => {
  const { rerank, decision, server } = await routerWith(t, { results })
  const refused = await rerank([decision([]), decision(['salary'])])
  assert.equal(refused.ok ? '' : refused.fault.code, 'models.not-cleared')
  assert.equal(server.requests.length, 0, 'nothing was sent')
  const unknown = await rerank([newId('dec')])
  assert.ok(!unknown.ok)
  assert.equal(server.requests.length, 0)
})

test('an answer that is not one score for each text is garbage, and a model of another kind is refused', async (t) => {
  const answers = [{}, { results: [] }, { results: [results[0], results[0]] }, { results: [...results, results[0]] }]
  for (const answer of answers) {
    const { rerank, decision } = await routerWith(t, answer)
    const garbage = await rerank([decision([])])
    assert.equal(garbage.ok ? '' : garbage.fault.code, 'models.provider-garbage', JSON.stringify(answer))
  }
  const { rerank, decision } = await routerWith(t, { results })
  const other = await rerank([decision([])], { ...request, model: 'tessera/extractive' })
  assert.equal(other.ok ? '' : other.fault.code, 'models.request-refused')
})
