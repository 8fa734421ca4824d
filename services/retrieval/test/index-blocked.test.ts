import assert from 'node:assert/strict'
import { test } from 'node:test'
import { eventually } from '@tessera/testkit/eventually'
import { startRetrieval } from './start-retrieval.ts'

const patiently = { timeoutMs: 30_000 }

test('an index that takes no writes (its disk is full) is searched, what comes waits with the reason, and goes in when there is room', async (t) => {
  const { put, found, access, elastic, indexNames, retrieval, callOf } = await startRetrieval(t)
  access.covering.set('user:admin', ['role:admin'])
  const first = await put('vacation')
  const [name] = await indexNames()
  const block = async (blocked: boolean | null) => {
    const settings = { 'index.blocks.read_only_allow_delete': blocked }
    const answer = await fetch(`${elastic.url}/${name}/_settings`, {
      method: 'PUT',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(settings),
    })
    assert.equal(answer.status, 200)
  }
  const failed = async () => {
    const status = await retrieval.indexStatus({}, callOf('user:admin'))
    assert.ok(status.ok)
    return status.value.failed
  }
  await block(true)
  const second = await put('vacation, too', { indexed: false })
  await access.put(first.documentId, { allow: ['user:ben'] })
  await eventually(async () => {
    const reasons = (await failed()).map(({ reason }) => reason)
    assert.equal(reasons.length, 2)
    for (const reason of reasons) assert.match(reason, /tried again: .*read-only/)
  }, patiently)
  assert.deepEqual(await found('user:ana', 'vacation'), [], 'the index lags, the check does not')
  await block(null)
  await eventually(async () => {
    assert.deepEqual(await found('user:ben', 'vacation'), ['vacation'])
    assert.deepEqual(await found('user:ana', 'vacation'), ['vacation, too'])
  }, patiently)
  await eventually(async () => assert.deepEqual(await failed(), []), patiently)
  assert.notEqual(second.documentId, first.documentId)
})

test('an index that is closed is an outage to searches and to what comes, and no more', async (t) => {
  const { put, found, elastic, indexNames, retrieval, callOf } = await startRetrieval(t)
  await put('vacation')
  const [name] = await indexNames()
  const turn = async (how: '_close' | '_open') =>
    assert.equal((await fetch(`${elastic.url}/${name}/${how}`, { method: 'POST' })).status, 200)
  await turn('_close')
  for (const strict of [false, true]) {
    const answer = await retrieval.search({ query: `vacation ${strict}` }, callOf('user:ana'))
    assert.equal(answer.ok ? 'ok' : answer.fault.code, 'retrieval.unavailable')
  }
  await put('vacation, too', { indexed: false })
  await turn('_open')
  await eventually(async () => assert.equal((await found('user:ana', 'vacation')).length, 2), patiently)
})
