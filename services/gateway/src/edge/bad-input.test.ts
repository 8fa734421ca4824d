import assert from 'node:assert/strict'
import { test } from 'node:test'
import { accessFaults } from '@tessera/shared/contracts/access-control/faults'
import { agentsFaults } from '@tessera/shared/contracts/agents/faults'
import { connectorsFaults } from '@tessera/shared/contracts/connectors'
import { retrievalFaults } from '@tessera/shared/contracts/retrieval'
import { fail, ok } from '@tessera/shared/fault/result'
import { newId } from '@tessera/shared/ids/ids'
import { problemIn, startGateway } from '../../test/start-gateway.ts'

const dataSourceId = newId('src')
const written = { documentId: newId('doc'), externalId: 'a', revision: 3, indexed: false, attachments: [] }

test('a body with an unknown field or a wrong type is 400 and names the field; nothing reaches a service', async (t) => {
  const { ask, token } = await startGateway(t)
  const bearer = await token()
  const document = `/v1/data-sources/${dataSourceId}/documents/a`
  const content = { mediaType: 'text/plain', text: 'a' }
  const cases: [string, string, unknown, string][] = [
    ['POST', '/v1/search', { query: 'a', qeury: 'b' }, '/qeury'],
    ['POST', '/v1/search', { query: 5 }, '/query'],
    ['POST', '/v1/search', { query: 'a', limit: '5' }, '/limit'],
    ['POST', '/v1/search', { query: 'a', atLeast: 5 }, '/atLeast'],
    ['POST', '/v1/search', { query: '' }, '/query'],
    ['POST', '/v1/search', {}, '/query'],
    ['POST', '/v1/users', { issuer: 'a', subject: 'b', displayName: 'c', roles: ['owner'] }, '/roles/0'],
    ['POST', '/v1/users', { issuer: 'a', subject: 'b', displayName: 'c', guest: 'yes' }, '/guest'],
    ['PATCH', '/v1/users/user:usr_1', { state: 'pending' }, '/state'],
    ['PUT', document, { content: { ...content, html: 'b' }, access: { allow: [] } }, '/content/html'],
    ['PUT', document, { content, access: { allow: ['somebody'] } }, '/access/allow/0'],
    ['PUT', document, { content, access: {} }, '/access/allow'],
    ['PUT', document, { content: { ...content, mediaType: 'image/png' }, access: { allow: [] } }, '/content/mediaType'],
    [
      'POST',
      '/v1/agents',
      { handle: 'A B', title: 'a', definition: { instructions: '', scope: { kind: 'everything' } } },
      '/handle',
    ],
    [
      'POST',
      '/v1/agents',
      { handle: 'a', title: 'a', definition: { instructions: '', scope: { kind: 'everything' }, tools: [] } },
      '/definition/tools',
    ],
    ['POST', `/v1/conversations/${newId('cnv')}/messages`, { text: 'a', clientHistory: [] }, '/clientHistory'],
  ]
  for (const [method, path, body, field] of cases) {
    const response = await ask(method, path, { token: bearer, body })
    assert.equal(response.status, 400, `${method} ${path} ${JSON.stringify(body)}`)
    const problem = await problemIn(response)
    assert.equal(problem.code, 'http.invalid-request')
    assert.ok(
      problem.errors?.some((error) => error.field === field),
      `${field} is named in ${JSON.stringify(problem.errors)}`,
    )
  }
})

test('a body over the limit is 413 and names the limit', async (t) => {
  const { ask, token } = await startGateway(t)
  const response = await ask('POST', '/v1/search', {
    token: await token(),
    body: { query: 'a'.repeat(1024 * 1024) },
  })
  assert.equal(response.status, 413)
  const problem = await problemIn(response)
  assert.deepEqual(
    [problem.code, problem.errors],
    ['http.too-large', [{ field: '', rule: 'must be at most 1048576 bytes' }]],
  )
})

test("another workspace's object, an unreadable one, an unknown one and a malformed id are the same 404", async (t) => {
  const { ask, token } = await startGateway(t, {
    retrieval: { getPassage: async () => fail(retrievalFaults.fault('not-found', 'No passage psg_x in wsp_y.')) },
    connectors: {
      getDocument: async ({ externalId }) =>
        externalId === 'foreign'
          ? fail(connectorsFaults.fault('not-found', 'No such data source.'))
          : fail(connectorsFaults.fault('not-found', 'The document is quarantined.')),
    },
    agents: { getAgent: async () => fail(agentsFaults.fault('not-found', 'No such agent.')) },
    access: { getDocumentAccess: async () => fail(accessFaults.fault('not-found', 'It was deleted.')) },
  })
  const bearer = await token()
  const bodies = new Set<string>()
  for (const path of [
    `/v1/citations/psg_0123456789abcdef`,
    '/v1/citations/nonsense',
    `/v1/data-sources/${dataSourceId}/documents/foreign`,
    `/v1/data-sources/${dataSourceId}/documents/unreadable`,
    '/v1/agents/somebody-elses',
    `/v1/documents/${newId('doc')}/access`,
    '/v1/nothing/of/that/kind',
  ]) {
    const response = await ask('GET', path, { token: bearer })
    assert.equal(response.status, 404, path)
    const { traceId: _traceId, instance, ...body } = await problemIn(response)
    assert.equal(instance, path)
    bodies.add(JSON.stringify(body))
  }
  assert.equal(bodies.size, 1)
})

test('an external id may hold slashes, percent signs and anything else, once it is encoded', async (t) => {
  const got: string[] = []
  const { ask, token } = await startGateway(t, {
    connectors: {
      putDocument: async ({ externalId, waitIndexed = false }) => {
        got.push(externalId)
        return ok({ ...written, externalId, indexed: waitIndexed })
      },
    },
  })
  const bearer = await token()
  const ids = ['handbook/people/leave.md', 'a%2Fb', 'ü ?&#', '../../etc/passwd', 'x'.repeat(1000)]
  for (const id of ids) {
    const response = await ask(
      'PUT',
      `/v1/data-sources/${dataSourceId}/documents/${encodeURIComponent(id)}?wait=indexed`,
      {
        token: bearer,
        body: { content: { mediaType: 'text/plain', text: 'a' }, access: { allow: [] } },
      },
    )
    assert.equal(response.status, 200, id)
    assert.deepEqual(await response.json(), {
      documentId: written.documentId,
      externalId: id,
      indexed: true,
      attachments: [],
    })
  }
  assert.deepEqual(got, ids)
})

test('a write answers with an opaque revision, which a read may demand, in its own workspace only', async (t) => {
  const asked: (number | undefined)[] = []
  const { ask, token, people } = await startGateway(t, {
    access: {
      createSpace: async ({ title }) => ok({ space: { name: 'space:spc_1', title }, revision: 41 }),
      listSpaces: async ({ atLeast }) => {
        asked.push(atLeast)
        return ok({ items: [], revision: 42 })
      },
    },
  })
  const bearer = await token()
  const made = await ask('POST', '/v1/spaces', { token: bearer, body: { title: 'Team' } })
  assert.equal(made.status, 201)
  assert.deepEqual(await made.json(), { space: { name: 'space:spc_1', title: 'Team' } }, 'the number stays inside')
  const revision = made.headers.get('tessera-revision') ?? ''
  assert.match(revision, /^[\w-]{20,}$/)
  const read = (atLeast: string, credential = bearer) =>
    ask('GET', '/v1/spaces', { token: credential, headers: { 'tessera-at-least': atLeast } })
  assert.equal((await read(revision)).status, 200)
  assert.deepEqual(asked, [41])
  people.addKey('tsk_other', { principal: 'service:svc_1', scopes: ['all'], workspaceId: newId('wsp') })
  const bytes = Buffer.from(revision, 'base64url')
  bytes.writeUInt8(bytes.readUInt8(7) + 1, 7)
  const forged = bytes.toString('base64url')
  for (const response of [
    await read(revision, 'tsk_other'),
    await read(forged),
    await read('41'),
    await read(''),
    await read(`${revision}a`),
  ]) {
    assert.equal(response.status, 400)
    assert.deepEqual(
      (await problemIn(response)).errors?.map(({ field }) => field),
      ['Tessera-At-Least'],
    )
  }
  assert.deepEqual(asked, [41], 'nothing else reached the service')
})

test('a revision that is not reached yet, and a service that is down, are told as what they are', async (t) => {
  const { ask, token } = await startGateway(t, {
    access: {
      listSpaces: async () => fail(accessFaults.fault('future-revision', 'Not yet.')),
      listUsers: async () => fail(accessFaults.fault('forbidden', 'Admins only.')),
    },
    retrieval: { search: async () => fail(retrievalFaults.fault('unavailable', 'Search is not reachable.')) },
  })
  const bearer = await token()
  const future = await ask('GET', '/v1/spaces', { token: bearer })
  assert.equal(future.status, 400)
  assert.deepEqual(
    (await problemIn(future)).errors?.map(({ field }) => field),
    ['Tessera-At-Least'],
  )
  assert.equal((await problemIn(await ask('GET', '/v1/users', { token: bearer }))).code, 'access.forbidden')
  const down = await ask('POST', '/v1/search', { token: bearer, body: { query: 'a' } })
  assert.equal(down.status, 503)
  assert.equal((await problemIn(down)).code, 'retrieval.unavailable')
})

test('a principal over its rate gets 429 with a time to wait, others go on', async (t) => {
  const { ask, token } = await startGateway(t, {}, { config: { rateLimitPerMinute: 3 } })
  const statuses: number[] = []
  for (let n = 0; n < 4; n++) statuses.push((await ask('GET', '/v1/me', { token: await token('ana') })).status)
  assert.deepEqual(statuses, [200, 200, 200, 429])
  const limited = await ask('GET', '/v1/me', { token: await token('ana') })
  assert.ok(Number(limited.headers.get('retry-after')) > 0)
  assert.equal((await problemIn(limited)).code, 'http.rate-limited')
  assert.equal((await ask('GET', '/v1/me', { token: await token('ben') })).status, 200)
})

test('an Idempotency-Key is refused where nobody keeps it', async (t) => {
  const { ask, token } = await startGateway(t)
  const response = await ask('POST', '/v1/keys', {
    token: await token(),
    body: { title: 'Team', principal: 'service:svc_a', scopes: ['ask'] },
    headers: { 'idempotency-key': 'a' },
  })
  assert.equal(response.status, 400)
  assert.deepEqual(
    (await problemIn(response)).errors?.map(({ field }) => field),
    ['Idempotency-Key'],
  )
})

test('no page of another origin may call, unless the configuration names it', async (t) => {
  const origin = 'https://app.example'
  const preflight = { origin, 'access-control-request-method': 'POST' }
  const closed = await startGateway(t)
  const refused = await closed.ask('OPTIONS', '/v1/search', { headers: preflight })
  assert.equal(refused.headers.get('access-control-allow-origin'), null)
  const open = await startGateway(t, {}, { config: { corsOrigins: [origin] } })
  const allowed = await open.ask('OPTIONS', '/v1/search', { headers: preflight })
  assert.equal(allowed.status, 204)
  assert.equal(allowed.headers.get('access-control-allow-origin'), origin)
  const answered = await open.ask('GET', '/v1/me', { headers: { origin } })
  assert.equal(answered.status, 401)
  assert.equal(answered.headers.get('access-control-allow-origin'), origin)
  const other = await open.ask('GET', '/v1/me', { headers: { origin: 'https://evil.example' } })
  assert.equal(other.headers.get('access-control-allow-origin'), null)
})

test('a client that leaves cancels what was asked for it', async (t) => {
  const reached = Promise.withResolvers<AbortSignal>()
  const { ask, token } = await startGateway(t, {
    retrieval: {
      search: async (_input, { signal }) => {
        reached.resolve(signal)
        await new Promise((resolve) => signal.addEventListener('abort', resolve))
        return fail(retrievalFaults.fault('unavailable', 'Cancelled.'))
      },
    },
  })
  const leaving = new AbortController()
  const asked = ask('POST', '/v1/search', { token: await token(), body: { query: 'a' }, signal: leaving.signal })
  const outcome = assert.rejects(asked)
  const signal = await reached.promise
  const cancelled = new Promise((resolve) => signal.addEventListener('abort', resolve))
  leaving.abort()
  await Promise.all([outcome, cancelled])
})
