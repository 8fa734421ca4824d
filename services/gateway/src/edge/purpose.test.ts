import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import { ok } from '@tessera/shared/fault/result'
import { newId } from '@tessera/shared/ids/ids'
import { aRun } from '../../test/a-run.ts'
import { problemIn, startGateway } from '../../test/start-gateway.ts'

type Said = { ofKey: string | undefined; ofAgent?: string | undefined }

async function withPurposes(t: TestContext) {
  const said: Said[] = []
  const run = aRun()
  const started = await startGateway(t, {
    retrieval: {
      search: async (_input, { caller }) => {
        said.push({ ofKey: caller.purpose })
        return ok({ passages: [], decisionId: newId('dec'), revision: 1 })
      },
    },
    agents: {
      ask: async function* ({ purpose }, { caller }) {
        said.push({ ofKey: caller.purpose, ofAgent: purpose })
        yield ok(run.started)
        yield ok(run.completed)
      },
    },
  })
  const principal = `service:${newId('svc')}`
  started.people.addKey('tsk_bound', { principal, scopes: ['all'], purposes: ['support', 'sales'] })
  started.people.addKey('tsk_free', { principal, scopes: ['all'] })
  const bearer = await started.token()
  const send = async (path: string, body: unknown, token: string, purpose?: string) => {
    said.length = 0
    const headers = purpose === undefined ? {} : { 'tessera-purpose': purpose }
    const response = await started.ask('POST', path, { token, body, headers })
    const [last] = said
    return { status: response.status, said: last, response }
  }
  const question = `/v1/conversations/${newId('cnv')}/messages`
  return {
    bearer,
    search: (token: string, purpose?: string) => send('/v1/search', { query: 'a' }, token, purpose),
    ask: (token: string, purpose?: string, inBody?: string) =>
      send(question, { text: 'a', ...(inBody !== undefined && { purpose: inBody }) }, token, purpose),
    chat: (token: string, purpose?: string) =>
      send('/v1/chat/completions', { model: 'agent/a', messages: [{ role: 'user', content: 'a' }] }, token, purpose),
  }
}

test('a request is for the first purpose of its key, or for the one of them that it names', async (t) => {
  const { search, ask, chat } = await withPurposes(t)
  assert.deepEqual((await search('tsk_bound')).said, { ofKey: 'support' })
  assert.deepEqual((await search('tsk_bound', 'sales')).said, { ofKey: 'sales' })
  assert.deepEqual((await search('tsk_free')).said, { ofKey: undefined })
  assert.deepEqual((await ask('tsk_bound', 'sales')).said, { ofKey: 'sales', ofAgent: undefined })
  assert.deepEqual((await ask('tsk_bound', undefined, 'sales')).said, { ofKey: 'sales', ofAgent: 'sales' })
  assert.deepEqual((await chat('tsk_bound', 'sales')).said, { ofKey: 'sales', ofAgent: undefined })
})

test('what no key binds is put to the agent, which judges it', async (t) => {
  const { ask, chat, bearer } = await withPurposes(t)
  for (const credential of [bearer, 'tsk_free']) {
    assert.deepEqual((await ask(credential, 'hiring')).said, { ofKey: undefined, ofAgent: 'hiring' })
    assert.deepEqual((await ask(credential, undefined, 'hiring')).said, { ofKey: undefined, ofAgent: 'hiring' })
    assert.deepEqual((await chat(credential, 'hiring')).said, { ofKey: undefined, ofAgent: 'hiring' })
  }
})

test('a purpose that nobody allowed is 400, names where it came from, and reaches no service', async (t) => {
  const { search, ask, chat, bearer } = await withPurposes(t)
  const refused = [
    [await search('tsk_bound', 'hiring'), 'Tessera-Purpose'],
    [await search(bearer, 'support'), 'Tessera-Purpose'],
    [await search('tsk_free', 'support'), 'Tessera-Purpose'],
    [await search('tsk_bound', 'Not A Word'), 'Tessera-Purpose'],
    [await ask('tsk_bound', 'hiring'), 'Tessera-Purpose'],
    [await ask('tsk_bound', undefined, 'hiring'), '/purpose'],
    [await ask(bearer, 'sales', 'support'), 'Tessera-Purpose'],
  ] as const
  for (const [{ status, said, response }, field] of refused) {
    assert.equal(status, 400)
    assert.equal(said, undefined)
    assert.equal((await problemIn(response)).errors?.[0]?.field, field)
  }
  const inTheirShape = await chat('tsk_bound', 'hiring')
  assert.equal(inTheirShape.status, 400)
  assert.equal(((await inTheirShape.response.json()) as { error: { param: string } }).error.param, 'Tessera-Purpose')
})
