import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { test } from 'node:test'
import { newId } from '@tessera/shared/ids/ids'
import { ok } from '@tessera/shared/fault/result'
import { audience, inSeconds, startIdentityServer } from '../../test/identity-server.ts'
import { problemIn, startGateway } from '../../test/start-gateway.ts'

const base64url = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')

test('every token that is not valid gets 401 with the very same body', async (t) => {
  const { ask, identity, url } = await startGateway(t)
  const foreign = await startIdentityServer(t)
  const claims = { iss: identity.issuer, aud: audience, sub: 'ana', exp: inSeconds(300) }
  const good = await identity.token('ana')
  const [head = '', payload = ''] = good.split('.')
  const hs256 = `${base64url({ alg: 'HS256', kid: 'key-1' })}.${base64url(claims)}`
  const publicKey = JSON.stringify(identity.jwks().keys[0])
  const tokens: Record<string, string | undefined> = {
    none: undefined,
    malformed: 'not-a-token',
    'malformed inside': 'a.b.c',
    expired: await identity.token('ana', { exp: inSeconds(-60) }),
    'without expiry': await identity.token('ana', { exp: undefined }),
    'not yet valid': await identity.token('ana', { nbf: inSeconds(300) }),
    'for another audience': await identity.token('ana', { aud: 'another' }),
    'without audience': await identity.token('ana', { aud: undefined }),
    'of another issuer': await foreign.token('ana'),
    'signed with a foreign key': await foreign.token('ana', { iss: identity.issuer }),
    'alg none': `${base64url({ alg: 'none' })}.${base64url(claims)}.`,
    'alg HS256 with the public key as secret': `${hs256}.${createHmac('sha256', publicKey).update(hs256).digest('base64url')}`,
    'signature cut off': `${head}.${payload}.`,
    'payload exchanged': `${head}.${base64url({ ...claims, sub: 'ben' })}.${good.split('.')[2]}`,
    'unknown key id': await identity.token('ana', {}, { kid: 'key-99' }),
    'without subject': await identity.token(''),
    'unknown API key': 'tsk_unknown',
  }
  const bodies = new Map<string, string>()
  for (const [name, token] of Object.entries(tokens)) {
    const response = await ask('GET', '/v1/me', token === undefined ? {} : { token })
    assert.equal(response.status, 401, name)
    assert.equal(response.headers.get('www-authenticate'), 'Bearer realm="tessera"', name)
    assert.equal(response.headers.get('content-type'), 'application/problem+json', name)
    const { traceId, ...body } = await problemIn(response)
    assert.match(traceId, /^[0-9a-f]{32}$/)
    bodies.set(name, JSON.stringify(body))
  }
  assert.deepEqual([...new Set(bodies.values())], [bodies.get('none')])
  for (const authorization of ['Basic YTpi', `Token ${good}`, `Bearer ${good} ${good}`])
    assert.equal((await fetch(`${url}/v1/me`, { headers: { authorization } })).status, 401, authorization)
  const twice = { authorization: `Bearer ${good}`, 'x-api-key': 'tsk_x' }
  assert.equal((await fetch(`${url}/v1/me`, { headers: twice })).status, 401, 'two credentials at once')
  assert.equal((await ask('GET', '/v1/me', { token: good })).status, 200)
})

test('an unauthenticated caller is refused before the body is read', async (t) => {
  const { ask } = await startGateway(t)
  const response = await ask('POST', '/v1/search', { body: 'no JSON at all' })
  assert.equal(response.status, 401)
})

test('a new signing key is found, one that was taken out is refused', async (t) => {
  const { ask, identity } = await startGateway(t)
  const first = await identity.token('ana')
  assert.equal((await ask('GET', '/v1/me', { token: first })).status, 200)
  await identity.rotate()
  const second = await identity.token('ana')
  assert.equal((await ask('GET', '/v1/me', { token: second })).status, 200, 'the key set was read again')
  assert.equal((await ask('GET', '/v1/me', { token: first })).status, 200, 'the old key is still published')
  await identity.rotate()
  identity.forgetOld()
  assert.equal((await ask('GET', '/v1/me', { token: await identity.token('ana') })).status, 200)
  assert.equal((await ask('GET', '/v1/me', { token: first })).status, 401)
})

test('keys are read once for many requests', async (t) => {
  const { ask, identity, token } = await startGateway(t)
  for (let n = 0; n < 5; n++) assert.equal((await ask('GET', '/v1/me', { token: await token() })).status, 200)
  assert.equal(identity.fetches(), 1)
})

test('an issuer that is added while it runs is found; each issuer leads to its own workspace', async (t) => {
  const { ask, people, identity, token } = await startGateway(t)
  assert.equal((await ask('GET', '/v1/me', { token: await token() })).status, 200)
  const other = await startIdentityServer(t, { alg: 'EdDSA' })
  const workspaceId = newId('wsp')
  assert.equal((await ask('GET', '/v1/me', { token: await other.token('ana') })).status, 401)
  people.providers.push({ issuer: other.issuer, audience, jwks: other.jwks(), workspaceId })
  const mine = (await (await ask('GET', '/v1/me', { token: await other.token('ana') })).json()) as {
    workspaceId: string
  }
  assert.equal(mine.workspaceId, workspaceId)
  const forged = await other.token('ana', { iss: identity.issuer })
  assert.equal((await ask('GET', '/v1/me', { token: forged })).status, 401, 'one issuer cannot sign for another')
})

test('a key set that cannot be read is 503, not the fault of the caller', async (t) => {
  const { ask, people, identity } = await startGateway(t)
  people.providers.push({ issuer: 'https://down.test', audience, jwksUrl: 'http://127.0.0.1:9/keys' })
  const response = await ask('GET', '/v1/me', { token: await identity.token('ana', { iss: 'https://down.test' }) })
  assert.equal(response.status, 503)
  assert.equal((await problemIn(response)).code, 'gateway.identity-provider-unavailable')
})

test('a pending person reaches /v1/me and nothing else; a deactivated one nothing, from the next request on', async (t) => {
  const { ask, people, identity, token } = await startGateway(t)
  await ask('GET', '/v1/me', { token: await token() })
  const ana = people.user(identity.issuer, 'ana')
  assert.ok(ana)
  ana.state = 'pending'
  const me = await ask('GET', '/v1/me', { token: await token() })
  assert.equal(me.status, 200)
  assert.equal(((await me.json()) as { state: string }).state, 'pending')
  for (const [method, path] of [
    ['GET', '/v1/spaces'],
    ['POST', '/v1/search'],
    ['POST', '/v1/chat/completions'],
    ['GET', '/v1/models'],
  ] as const) {
    const refused = await ask(method, path, { token: await token(), ...(method === 'POST' && { body: {} }) })
    assert.equal(refused.status, 403, path)
    assert.match(await refused.text(), /"code":"principal\.pending"/)
  }
  ana.state = 'deactivated'
  const gone = await ask('GET', '/v1/me', { token: await token() })
  assert.equal(gone.status, 403)
  assert.equal((await problemIn(gone)).code, 'principal.deactivated')
  ana.state = 'active'
  assert.equal((await ask('GET', '/v1/me', { token: await token() })).status, 200)
})

test('an API key works in both headers, as its principal, until it is revoked', async (t) => {
  const { ask, people } = await startGateway(t)
  const principal = `service:${newId('svc')}`
  const key = people.addKey('tsk_good', { principal, scopes: ['all'] })
  for (const given of [{ token: 'tsk_good' }, { headers: { 'x-api-key': 'tsk_good' } }]) {
    const me = (await (await ask('GET', '/v1/me', given)).json()) as { name: string; scopes: string[] }
    assert.deepEqual([me.name, me.scopes], [principal, ['all']])
  }
  key.deactivated = true
  const deactivated = await ask('GET', '/v1/me', { token: 'tsk_good' })
  assert.equal(deactivated.status, 403)
  assert.equal((await problemIn(deactivated)).code, 'principal.deactivated')
  key.revoked = true
  assert.equal((await ask('GET', '/v1/me', { token: 'tsk_good' })).status, 401)
})

test('a key reaches what its scopes name, a push key only its own data source', async (t) => {
  const found: string[][] = []
  const { ask, people } = await startGateway(t, {
    retrieval: {
      search: async (_input, { caller }) => {
        found.push(caller.scopes)
        return ok({ passages: [], decisionId: newId('dec'), revision: 1 })
      },
    },
    connectors: { deleteDocument: async () => ok({ revision: 1 }) },
  })
  const [own, other] = [newId('src'), newId('src')]
  const principal = `service:${newId('svc')}`
  people.addKey('tsk_search', { principal, scopes: ['search'] })
  people.addKey('tsk_push', { principal, scopes: ['push'], dataSourceId: own })
  const reach = async (token: string, method: string, path: string, body?: unknown) =>
    (await ask(method, path, { token, ...(body !== undefined && { body }) })).status
  assert.equal(await reach('tsk_search', 'POST', '/v1/search', { query: 'a' }), 200)
  assert.deepEqual(found, [['search']], 'the call carries the scopes of the key')
  assert.equal(await reach('tsk_search', 'GET', '/v1/users'), 403)
  assert.equal(await reach('tsk_search', 'POST', '/v1/chat/completions', {}), 403)
  assert.equal(await reach('tsk_search', 'GET', '/v1/me'), 200)
  assert.equal(await reach('tsk_push', 'POST', '/v1/search', { query: 'a' }), 403)
  assert.equal(await reach('tsk_push', 'DELETE', `/v1/data-sources/${own}/documents/a`), 204)
  assert.equal(await reach('tsk_push', 'DELETE', `/v1/data-sources/${other}/documents/a`), 403)
})

test('without access control nobody gets in, and the answer says what is missing', async (t) => {
  const { ask, token } = await startGateway(t, { access: 'down' })
  for (const credential of [await token(), 'tsk_good']) {
    const response = await ask('GET', '/v1/me', { token: credential })
    assert.equal(response.status, 503)
    assert.equal((await problemIn(response)).code, 'access.unavailable')
  }
})
