import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import { accessFaults } from '@tessera/shared/contracts/access-control/faults'
import type { Caller } from '@tessera/shared/bus/call'
import { fail, ok } from '@tessera/shared/fault/result'
import { newId } from '@tessera/shared/ids/ids'
import { SignJWT } from 'jose'
import { audience, inSeconds, startIdentityServer } from '../../test/identity-server.ts'
import { problemIn, startGateway } from '../../test/start-gateway.ts'

const app = `service:${newId('svc')}`
const user = `user:${newId('usr')}`
const clientId = 'client-of-the-app'
const grant = 'urn:ietf:params:oauth:grant-type:token-exchange'
const type = (name: string) => `urn:ietf:params:oauth:token-type:${name}`

type Exchanged = { access_token: string; issued_token_type: string; token_type: string; expires_in: number }
type Refused = { error: string; error_description: string }

/** A gateway with an app that may act for users while `acting.allowed`. What its search was asked for is in `callers`. */
async function withApp(t: TestContext) {
  const acting = { allowed: true }
  const callers: Caller[] = []
  const asked: { issuer: string; subject: string; issuedTo: string[] }[] = []
  const started = await startGateway(t, {
    access: {
      exchangeToken: async (input, { caller }) => {
        asked.push(input)
        return acting.allowed && caller.subject === app && input.issuedTo.includes(clientId)
          ? ok({ user, app, revision: 1 })
          : fail(accessFaults.fault('forbidden', 'Not for this app.'))
      },
      identifyActing: async (input, { caller }) => {
        assert.deepEqual([caller.subject, caller.workspaceId], ['system:gateway', started.people.workspaceId])
        return acting.allowed ? ok(input) : fail(accessFaults.fault('unknown-key', 'No longer.'))
      },
    },
    retrieval: {
      search: async (_input, { caller }) => {
        callers.push(caller)
        return ok({ passages: [], decisionId: newId('dec'), revision: 1 })
      },
    },
  })
  const keyId = newId('key')
  started.people.addKey('tsk_app', { principal: app, scopes: ['search'], keyId, purposes: ['support', 'sales'] })
  const exchange = (subject: string, changes: Record<string, string> = {}, token = 'tsk_app') =>
    started.ask('POST', '/v1/token', {
      token,
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: new URLSearchParams({
        grant_type: grant,
        subject_token: subject,
        subject_token_type: type('access_token'),
        ...changes,
      }).toString(),
    })
  const subjectToken = (claims: Record<string, unknown> = {}) =>
    started.identity.token('ana', { aud: clientId, ...claims })
  return { ...started, acting, callers, asked, keyId, exchange, subjectToken }
}

test('an app exchanges the token of its user, and acts with both named, within the reach and purposes of its key', async (t) => {
  const { exchange, subjectToken, ask, callers, asked, keyId, identity, people } = await withApp(t)
  const response = await exchange(await subjectToken({ azp: 'another-party' }))
  assert.equal(response.status, 200)
  assert.equal(response.headers.get('cache-control'), 'no-store')
  const { access_token: token, ...rest } = (await response.json()) as Exchanged
  assert.equal(rest.issued_token_type, type('access_token'))
  assert.equal(rest.token_type, 'Bearer')
  assert.ok(rest.expires_in > 290 && rest.expires_in <= 300, 'no longer than the token of the user')
  assert.deepEqual(asked, [{ issuer: identity.issuer, subject: 'ana', issuedTo: [clientId, 'another-party'] }])
  assert.equal((await ask('POST', '/v1/search', { token, body: { query: 'a' } })).status, 200)
  assert.deepEqual(callers, [
    { workspaceId: people.workspaceId, subject: user, actors: [app], scopes: ['search'], purpose: 'support', keyId },
  ])
  assert.equal((await ask('GET', '/v1/users', { token })).status, 403, 'the key reaches search alone')
})

test('what is exchanged lasts a quarter of an hour at most', async (t) => {
  const { exchange, subjectToken } = await withApp(t)
  const response = await exchange(await subjectToken({ exp: inSeconds(7200) }), {
    subject_token_type: type('id_token'),
  })
  assert.equal(((await response.json()) as Exchanged).expires_in, 900)
})

test('an app that may no longer act is refused at the next request, whatever tokens it holds', async (t) => {
  const { exchange, subjectToken, ask, acting } = await withApp(t)
  const { access_token: token } = (await (await exchange(await subjectToken())).json()) as Exchanged
  acting.allowed = false
  const refused = await ask('POST', '/v1/search', { token, body: { query: 'a' } })
  assert.equal(refused.status, 401)
  assert.equal((await problemIn(refused)).code, 'http.unauthenticated')
  assert.equal((await exchange(await subjectToken())).status, 400)
})

test('every subject token that is not good for this app gets the same error, and access-control is asked about none that is not genuine', async (t) => {
  const { exchange, subjectToken, asked, identity, people } = await withApp(t)
  const foreign = await startIdentityServer(t)
  const elsewhere = await startIdentityServer(t)
  people.providers.push({
    issuer: elsewhere.issuer,
    audience,
    jwksUrl: elsewhere.jwksUrl,
    workspaceId: newId('wsp'),
  })
  const { access_token: exchanged } = (await (await exchange(await subjectToken())).json()) as Exchanged
  asked.length = 0
  const tokens: Record<string, string> = {
    'one that was exchanged': exchanged,
    expired: await subjectToken({ exp: inSeconds(-60) }),
    'expired within the tolerance': await subjectToken({ exp: inSeconds(-3) }),
    'without expiry': await subjectToken({ exp: undefined }),
    'without audience': await subjectToken({ aud: undefined }),
    'signed by somebody else': await foreign.token('ana', { iss: identity.issuer, aud: clientId }),
    'of an unknown issuer': await foreign.token('ana', { aud: clientId }),
    "of another workspace's issuer": await elsewhere.token('ana', { aud: clientId }),
    'no token': 'nonsense',
  }
  for (const [name, token] of Object.entries(tokens)) {
    const response = await exchange(token)
    assert.equal(response.status, 400, name)
    assert.equal(((await response.json()) as Refused).error, 'invalid_request', name)
  }
  assert.deepEqual(
    asked.map(({ issuedTo }) => issuedTo),
    [[clientId]],
    'only the one that is genuine, but ends now',
  )
  const other = await exchange(await subjectToken({ aud: 'client-of-another-app' }))
  assert.deepEqual([other.status, ((await other.json()) as Refused).error], [400, 'invalid_request'])
})

test('errors of the token route are those of RFC 6749', async (t) => {
  const { exchange, subjectToken, ask, token, people } = await withApp(t)
  people.addKey('tsk_push', { principal: app, scopes: ['push'] })
  const good = await subjectToken()
  const { access_token: exchanged } = (await (await exchange(good)).json()) as Exchanged
  const cases: [string, Response, number, string][] = [
    ['no such key', await exchange(good, {}, 'tsk_unknown'), 401, 'invalid_client'],
    ['a person', await exchange(good, {}, await token()), 401, 'invalid_client'],
    ['an exchanged token', await exchange(good, {}, exchanged), 401, 'invalid_client'],
    ['a key that only pushes', await exchange(good, {}, 'tsk_push'), 403, 'unauthorized_client'],
    ['another grant', await exchange(good, { grant_type: 'password' }), 400, 'unsupported_grant_type'],
    ['another type', await exchange(good, { subject_token_type: type('saml2') }), 400, 'invalid_request'],
    ['an actor', await exchange(good, { actor_token: good }), 400, 'invalid_request'],
    ['a scope', await exchange(good, { scope: 'all' }), 400, 'invalid_scope'],
    ['an audience', await exchange(good, { audience: 'somewhere' }), 400, 'invalid_target'],
    ['a refresh token', await exchange(good, { requested_token_type: type('refresh_token') }), 400, 'invalid_request'],
    ['no subject', await exchange(''), 400, 'invalid_request'],
    ['JSON', await ask('POST', '/v1/token', { token: 'tsk_app', body: { grant_type: grant } }), 415, 'invalid_request'],
    [
      'a parameter twice',
      await ask('POST', '/v1/token', {
        token: 'tsk_app',
        headers: { 'content-type': 'application/x-www-form-urlencoded' },
        body: `grant_type=${grant}&grant_type=${grant}`,
      }),
      400,
      'invalid_request',
    ],
  ]
  for (const [name, response, status, error] of cases) {
    const body = (await response.json()) as Refused
    assert.deepEqual([response.status, body.error], [status, error], name)
    assert.deepEqual(Object.keys(body), ['error', 'error_description'], name)
  }
  assert.equal((await exchange(good, { unheard_of: 'a' })).status, 200, 'as RFC 6749 wants')
})

test('nobody makes such a token: not with another secret, not with none, not with a changed claim', async (t) => {
  const { exchange, subjectToken, ask } = await withApp(t)
  const { access_token: good } = (await (await exchange(await subjectToken())).json()) as Exchanged
  const [head = '', payload = '', signature = ''] = good.split('.')
  const claims = JSON.parse(Buffer.from(payload, 'base64url').toString()) as Record<string, unknown>
  const encoded = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')
  const signed = await new SignJWT(claims)
    .setProtectedHeader({ alg: 'HS256', typ: 'at+jwt' })
    .sign(new TextEncoder().encode('a key for tests, of no other use'))
  const forged = {
    'the secret itself as key': signed,
    'no algorithm': `${encoded({ alg: 'none', typ: 'at+jwt' })}.${payload}.`,
    'another user': `${head}.${encoded({ ...claims, sub: 'user:usr_boss' })}.${signature}`,
    'no app': `${head}.${encoded({ ...claims, act: undefined })}.${signature}`,
    'a later end': `${head}.${encoded({ ...claims, exp: inSeconds(9000) })}.${signature}`,
  }
  for (const [name, token] of Object.entries(forged))
    assert.equal((await ask('GET', '/v1/me', { token })).status, 401, name)
  assert.equal((await ask('GET', '/v1/me', { token: good })).status, 200)
})
