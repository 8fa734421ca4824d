import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Client } from '@elastic/elasticsearch'
import { eventually } from '@tessera/testkit/eventually'
import { startRetrieval } from '../../test/start-retrieval.ts'

test('a search at a revision sees the changes up to it, or says that the index is behind', async (t) => {
  const { put, found, access, retrieval, callOf, elasticProxy } = await startRetrieval(t)
  const { documentId } = await put('vacation')
  access.state.hints = false
  const granted = await access.put(documentId, { allow: ['user:ben'] })
  assert.deepEqual(await found('user:ben', 'vacation', { atLeast: granted }), ['vacation'])
  assert.deepEqual(await found('user:ana', 'vacation', { atLeast: granted }), [])
  const future = await retrieval.search({ query: 'vacation', atLeast: granted + 1 }, callOf('user:ben'))
  assert.equal(future.ok ? '' : future.fault.code, 'access.future-revision')
  elasticProxy.cut()
  const written = await access.put(documentId, { allow: ['user:ana', 'user:ben'] })
  const late = await retrieval.search({ query: 'vacation', atLeast: written }, callOf('user:ben'))
  assert.equal(late.ok ? '' : late.fault.code, 'retrieval.behind')
  elasticProxy.restore()
  assert.deepEqual(await found('user:ana', 'vacation', { atLeast: written }), ['vacation'])
})

test('an index, a database or an access-control that is down is a fault, never an empty answer', async (t) => {
  const { put, found, access, retrieval, callOf, elasticProxy, postgres } = await startRetrieval(t)
  await put('vacation')
  const code = async () => {
    const answer = await retrieval.search({ query: 'vacation' }, callOf('user:ana', [], 4000))
    return answer.ok ? answer.value.passages.length : answer.fault.code
  }
  elasticProxy.cut()
  assert.equal(await code(), 'retrieval.unavailable')
  elasticProxy.restore()
  elasticProxy.stall()
  assert.equal(await code(), 'retrieval.unavailable')
  elasticProxy.restore()
  postgres.cut()
  assert.equal(await code(), 'retrieval.unavailable')
  postgres.restore()
  access.state.down = true
  assert.equal(await code(), 'access.unavailable')
  access.state.down = false
  assert.deepEqual(await found('user:ana', 'vacation'), ['vacation'])
})

test('a workspace without content finds nothing; one whose index was lost says so and gets it back', async (t) => {
  const { put, retrieval, callOf, found, elastic } = await startRetrieval(t)
  assert.deepEqual(await found('user:ana', 'vacation'), [])
  await put('vacation')
  const client = new Client({ node: elastic.url })
  t.after(() => client.close())
  const names = Object.keys(await client.indices.get({ index: `${elastic.prefix}*` }))
  await client.indices.delete({ index: names })
  const lost = await retrieval.search({ query: 'vacation' }, callOf('user:ana'))
  assert.equal(lost.ok ? '' : lost.fault.code, 'retrieval.unavailable')
  await eventually(async () => assert.deepEqual(await found('user:ana', 'vacation'), ['vacation']))
})
