import assert from 'node:assert/strict'
import { eventually } from '@tessera/testkit/eventually'
import { createApi } from '../src/api.ts'
import { type CallerName, exchangeForm, type MatrixWorld } from './route-matrix.world.ts'

/** What is sent to a route. Made once for each route, before anybody is asked. */
export type Asked = { path?: string; body?: unknown; text?: { type: string; body: string } }
/** The second form is for what only one of those who may can have. */
export type Ask = (world: MatrixWorld) => Asked | Promise<Asked> | ((caller: CallerName) => Asked | Promise<Asked>)

const title = { title: 'A' }
const aRoute = { strategy: 'fallback', targets: [{ model: 'tessera/extractive' }] }
const aComparison = { models: ['tessera/extractive', 'default'], messages: [{ role: 'user', content: 'How much?' }] }
const aBudget = { title: 'A', unit: 'requests', per: 'month', limit: 1_000_000, hard: false }
const path = (value: string): Asked => ({ path: value })
const on = (value: string, body: unknown): Asked => ({ path: value, body })

const untilReindexed = ({ url, credentials }: MatrixWorld, caller: CallerName) =>
  eventually(
    async () => {
      const { reindex } = await createApi(url, credentials[caller] ?? '').get<{ reindex?: { state: string } }>(
        '/v1/index',
      )
      assert.equal(reindex?.state, 'done')
    },
    { timeoutMs: 60_000 },
  )

/** How each route is asked. What a success would use up is made anew here, for the one who succeeds. */
export const requests: Readonly<Record<string, Ask>> = {
  'GET /v1/me': () => ({}),
  'GET /v1/users': () => ({}),
  'POST /v1/users': ({ issuer }) => ({ body: { issuer, subject: 'newcomer', displayName: 'N' } }),
  'PATCH /v1/users/{name}': async (world) => on(`/v1/users/${await aUser(world)}`, { displayName: 'B' }),
  'DELETE /v1/users/{name}': async (world) => path(`/v1/users/${await aUser(world)}`),
  'PUT /v1/users/{name}/identities/{dataSourceId}/{nativeId}': async (world) =>
    path(`/v1/users/${await aUser(world)}/identities/${world.source.id}/U1`),
  'DELETE /v1/users/{name}/identities/{dataSourceId}/{nativeId}': async (world) => {
    const link = `/v1/users/${await aUser(world)}/identities/${world.source.id}/U2`
    await world.admin.send('PUT', link)
    return path(link)
  },
  'GET /v1/service-accounts': () => ({}),
  'POST /v1/service-accounts': () => ({ body: { displayName: 'A' } }),
  'GET /v1/groups': () => ({}),
  'POST /v1/groups': () => ({ body: title }),
  'DELETE /v1/groups/{name}': async (world) => path(`/v1/groups/${await aGroup(world)}`),
  'GET /v1/memberships': ({ source }) => path(`/v1/memberships?container=${encodeURIComponent(source.space)}`),
  'PUT /v1/memberships/{container}/{member}': async (world) =>
    path(world.membership(await aGroup(world), world.people.reader)),
  'DELETE /v1/memberships/{container}/{member}': async (world) => {
    const member = world.membership(await aGroup(world), world.people.reader)
    await world.admin.send('PUT', member)
    return path(member)
  },
  'GET /v1/spaces': () => ({}),
  'POST /v1/spaces': () => ({ body: title }),
  'GET /v1/keys': () => ({}),
  'POST /v1/keys': ({ app }) => ({ body: { title: 'A', principal: app, scopes: ['ask'] } }),
  'POST /v1/keys/{id}/rotate': async ({ key, app }) =>
    on(`/v1/keys/${(await key(app, 'ask')).key.id}/rotate`, { overlapMs: 0 }),
  'DELETE /v1/keys/{id}': async ({ key, app }) => path(`/v1/keys/${(await key(app, 'ask')).key.id}`),

  'GET /v1/connections': () => ({}),
  'POST /v1/connections': ({ folder }) => ({
    body: { connector: 'folder', title: 'A', settings: { root: folder } },
  }),
  'GET /v1/data-sources': () => ({}),
  'POST /v1/data-sources': ({ source }) => ({ body: { title: 'A', space: source.space } }),
  'GET /v1/data-sources/{dataSourceId}': ({ source }) => path(`/v1/data-sources/${source.id}`),
  'PUT /v1/data-sources/{dataSourceId}/directory': ({ source }) =>
    on(`/v1/data-sources/${source.id}/directory`, { groups: [] }),
  'POST /v1/data-sources/{dataSourceId}/syncs': async (world) =>
    path(`/v1/data-sources/${await aSyncedSource(world)}/syncs`),
  'GET /v1/data-sources/{dataSourceId}/syncs': async (world) =>
    path(`/v1/data-sources/${await aSyncedSource(world)}/syncs`),
  'GET /v1/data-sources/{dataSourceId}/syncs/{syncId}': async (world) => {
    const id = await aSyncedSource(world)
    const { id: syncId } = await world.admin.send<{ id: string }>('POST', `/v1/data-sources/${id}/syncs`)
    return path(`/v1/data-sources/${id}/syncs/${syncId}`)
  },
  'GET /v1/data-sources/{dataSourceId}/skipped': ({ source }) => path(`/v1/data-sources/${source.id}/skipped`),
  'GET /v1/data-sources/{dataSourceId}/index': ({ source }) => path(`/v1/data-sources/${source.id}/index`),
  'GET /v1/index': () => ({}),
  'POST /v1/index/reindex': () => ({ body: {} }),
  // One that is under way could be stopped, and which answer comes then is a matter of time.
  'POST /v1/index/reindex/stop': (world) => async (caller) => {
    if (caller === 'admin' || caller === 'foreign') await untilReindexed(world, caller)
    return {}
  },
  'POST /v1/index/reconcile': () => ({}),
  'PUT /v1/data-sources/{dataSourceId}/documents/{externalId}': ({ source }) =>
    on(`/v1/data-sources/${source.id}/documents/new.md`, aDocument),
  'GET /v1/data-sources/{dataSourceId}/documents/{externalId}': ({ source }) =>
    path(`/v1/data-sources/${source.id}/documents/leave.md`),
  'DELETE /v1/data-sources/{dataSourceId}/documents/{externalId}':
    ({ admin, source }) =>
    async (caller) => {
      const document = `/v1/data-sources/${source.id}/documents/${encodeURIComponent(caller)}.md`
      await admin.send('PUT', document, aDocument)
      return path(document)
    },

  'GET /v1/agents': () => ({}),
  'POST /v1/agents': () => (caller) => ({ body: { handle: `of-${caller.replace(':', '-')}`, title: 'A', definition } }),
  'GET /v1/agents/{agentId}': ({ agentId }) => path(`/v1/agents/${agentId}`),
  'PATCH /v1/agents/{agentId}': ({ agentId }) => on(`/v1/agents/${agentId}`, title),
  'POST /v1/agents/{agentId}/versions': ({ agentId }) => on(`/v1/agents/${agentId}/versions`, definition),
  'POST /v1/agents/{agentId}/versions/{number}/publish': ({ agentId }) =>
    path(`/v1/agents/${agentId}/versions/1/publish`),
  'POST /v1/conversations': () => ({ body: { agent: 'helper' } }),
  'GET /v1/conversations': () => ({}),
  'GET /v1/conversations/{conversationId}': async (world) => path(`/v1/conversations/${await aConversation(world)}`),
  'DELETE /v1/conversations/{conversationId}': async (world) => path(`/v1/conversations/${await aConversation(world)}`),
  'POST /v1/conversations/{conversationId}/messages': async (world) =>
    on(`/v1/conversations/${await aConversation(world)}/messages`, { text: 'How much leave?' }),
  'GET /v1/conversations/{conversationId}/messages/{messageId}/events': async (world) =>
    path(`${await aMessage(world)}/events`),
  'POST /v1/conversations/{conversationId}/messages/{messageId}/cancel': async (world) =>
    path(`${await aMessage(world)}/cancel`),
  'POST /v1/conversations/{conversationId}/messages/{messageId}/feedback': async (world) =>
    on(`${await aMessage(world)}/feedback`, { rating: 'up' }),
  'GET /v1/conversations/{conversationId}/participants': async (world) =>
    path(`/v1/conversations/${await aConversation(world)}/participants`),
  'PUT /v1/conversations/{conversationId}/participants/{name}': async (world) =>
    path(`/v1/conversations/${await aConversation(world)}/participants/${world.people.reader}`),
  'DELETE /v1/conversations/{conversationId}/participants/{name}': async (world) =>
    path(`/v1/conversations/${await anInvitation(world)}/participants/${world.people.builder}`),
  'POST /v1/conversations/{conversationId}/accept': async (world) =>
    path(`/v1/conversations/${await anInvitation(world)}/accept`),
  'POST /v1/conversations/{conversationId}/leave': async (world) =>
    path(`/v1/conversations/${await anInvitation(world)}/leave`),

  'POST /v1/search': () => ({ body: { query: 'leave' } }),
  'GET /v1/citations/{id}': ({ passageId }) => path(`/v1/citations/${passageId}`),
  'GET /v1/usage': () => ({}),
  'GET /v1/usage/totals': () => path('/v1/usage/totals?by=model'),
  'GET /v1/usage/export': () => path('/v1/usage/export?format=csv'),
  'GET /v1/catalogue': () => ({}),
  'PUT /v1/catalogue/{model}': () => on('/v1/catalogue/tessera%2Fextractive', { region: 'here' }),
  'DELETE /v1/catalogue/{model}': () => path('/v1/catalogue/tessera%2Fextractive'),
  'GET /v1/routes': () => ({}),
  'PUT /v1/routes/{name}': () => on('/v1/routes/fast', aRoute),
  'POST /v1/routes/{name}/undo': async ({ admin }) => {
    await admin.send('PUT', '/v1/routes/undone', aRoute)
    return path('/v1/routes/undone/undo')
  },
  'DELETE /v1/routes/{name}': () => path('/v1/routes/fast'),
  'POST /v1/compare': () => ({ body: aComparison }),
  'PUT /v1/compare/{id}/vote': async (world) => {
    const { id } = await (await world.as('member')).send<{ id: string }>('POST', '/v1/compare', aComparison)
    return on(`/v1/compare/${id}/vote`, { winner: 'none' })
  },
  'GET /v1/compare/win-rates': () => ({}),
  'GET /v1/budgets': () => ({}),
  'GET /v1/guardrails': () => ({}),
  'PUT /v1/guardrails': () => ({ body: { rules: [] } }),
  'GET /v1/models/health': () => ({}),
  'POST /v1/budgets': () => ({ body: aBudget }),
  'PATCH /v1/budgets/{id}': async ({ admin }) => {
    const { id } = await admin.send<{ id: string }>('POST', '/v1/budgets', aBudget)
    return on(`/v1/budgets/${id}`, { limit: 2_000_000 })
  },
  'DELETE /v1/budgets/{id}': async ({ admin }) => {
    const { id } = await admin.send<{ id: string }>('POST', '/v1/budgets', aBudget)
    return path(`/v1/budgets/${id}`)
  },
  'POST /v1/chat/completions': () => ({
    body: { model: 'tessera/extractive', messages: [{ role: 'user', content: 'Hello' }] },
  }),
  'POST /v1/responses': () => ({ body: { model: 'tessera/extractive', input: 'Hello' } }),
  'POST /v1/embeddings': () => ({ body: { model: 'tessera/extractive', input: 'Hello' } }),
  'POST /v1/messages': () => ({
    body: { model: 'tessera/extractive', max_tokens: 100, messages: [{ role: 'user', content: 'Hello' }] },
  }),
  'POST /v1/messages/count_tokens': () => ({
    body: { model: 'tessera/extractive', messages: [{ role: 'user', content: 'Hello' }] },
  }),
  'GET /v1/models': () => ({}),
  'GET /v1/models/{model}': () => path(`/v1/models/${encodeURIComponent('agent/helper')}`),

  'POST /v1/access/check': (world) => ({ body: { questions: [aQuestion(world)] } }),
  'POST /v1/access/explain': (world) => ({ body: { question: aQuestion(world) } }),
  'POST /v1/access/readers': ({ documentId }) => ({ body: { documentId } }),
  'POST /v1/access/documents': ({ people }) => ({ body: { reader: people.member } }),
  'POST /v1/access/simulate': (world) => ({
    body: { changes: [{ type: 'document.changed', documentId: world.documentId, ...aLayer }] },
  }),
  'POST /v1/access/import': () => ({
    text: { type: 'application/x-ndjson', body: '{"type":"space","name":"space:spc_imported","title":"A"}\n' },
  }),
  'GET /v1/access/changes': () => ({}),
  'GET /v1/documents/{documentId}': ({ documentId }) => path(`/v1/documents/${documentId}`),
  'GET /v1/documents/{documentId}/access': ({ documentId }) => path(`/v1/documents/${documentId}/access`),
  'PUT /v1/documents/{documentId}/access': ({ documentId }) => on(`/v1/documents/${documentId}/access`, aLayer),

  'POST /v1/documents/{documentId}/erase': ({ documentId }) => path(`/v1/documents/${documentId}/erase`),

  'GET /v1/labels': () => ({}),
  'PUT /v1/labels/{label}': () => on('/v1/labels/salary', aLabel),
  'DELETE /v1/labels/{label}': async ({ admin }) => {
    await admin.send('PUT', '/v1/labels/gone', aLabel)
    return path('/v1/labels/gone')
  },
  'GET /v1/clearances': () => ({}),
  'PUT /v1/clearances/{principal}': ({ people }) => on(`/v1/clearances/${people.reader}`, { clearances: ['hr'] }),
  'GET /v1/redaction-rules': () => ({}),
  'POST /v1/redaction-rules': () => ({ body: aRule }),
  'DELETE /v1/redaction-rules/{id}': async ({ admin }) => {
    const { rule } = await admin.send<{ rule: { id: string } }>('POST', '/v1/redaction-rules', aRule)
    return path(`/v1/redaction-rules/${rule.id}`)
  },
  'GET /v1/passages/{id}/digest': ({ passageId }) => path(`/v1/passages/${passageId}/digest`),
  'PUT /v1/passages/{id}/digest': ({ passageId }) => on(`/v1/passages/${passageId}/digest`, aDigest),
  'POST /v1/passages/{id}/digest/draft': ({ passageId }) => on(`/v1/passages/${passageId}/digest/draft`, {}),
  'POST /v1/passages/{id}/digest/approve': async ({ as, passageId }) => {
    const reader = await as('reader')
    const { hash } = await reader.send<{ hash: string }>('PUT', `/v1/passages/${passageId}/digest`, {
      text: 'Leave is granted.',
    })
    return on(`/v1/passages/${passageId}/digest/approve`, { hash })
  },
  'DELETE /v1/passages/{id}/digest': ({ passageId }) => path(`/v1/passages/${passageId}/digest`),

  'GET /v1/policies': () => ({}),
  'POST /v1/policies': () => ({ body: aPolicy }),
  'GET /v1/policies/schema': () => ({}),
  'GET /v1/policies/{id}': async (world) => path(`/v1/policies/${await aDraft(world)}`),
  'PATCH /v1/policies/{id}': async (world) => on(`/v1/policies/${await aDraft(world)}`, title),
  'DELETE /v1/policies/{id}': async (world) => path(`/v1/policies/${await aDraft(world)}`),
  'POST /v1/policies/{id}/check': async (world) => path(`/v1/policies/${await aDraft(world)}/check`),
  'POST /v1/policies/{id}/publish': async (world) => path(`/v1/policies/${await aDraft(world)}/publish`),
  'POST /v1/policies/{id}/roll-back': async (world) => {
    const [first, second] = [await aDraft(world), await aDraft(world)]
    for (const id of [first, second]) await world.admin.send('POST', `/v1/policies/${id}/publish`)
    return path(`/v1/policies/${first}/roll-back`)
  },

  'GET /v1/audit/decisions': () => ({}),
  'GET /v1/audit/checkpoints': () => ({}),
  'GET /v1/audit/export': () => ({}),

  'GET /v1/workspace': () => ({}),
  'PATCH /v1/workspace': () => ({ body: title }),
  'POST /v1/workspace/resume': async ({ revision }) => ({ body: { seenRevision: await revision() } }),
  'GET /v1/approvals': () => ({}),
  'POST /v1/approvals/{id}/approve': async (world) => {
    const { id, hash } = await aProposal(world)
    return on(`/v1/approvals/${id}/approve`, { hash })
  },
  'POST /v1/approvals/{id}/reject': async (world) => path(`/v1/approvals/${(await aProposal(world)).id}/reject`),
  'GET /v1/break-glass': () => ({}),
  'POST /v1/break-glass': (world) => ({ body: aBreakGlass(world) }),
  'DELETE /v1/break-glass/{id}': async (world) => {
    const { id, hash } = await aProposal(world)
    await world.admin.send('POST', `/v1/approvals/${id}/approve`, { hash })
    const { items } = await world.admin.get<{ items: { id: string }[] }>('/v1/break-glass')
    return path(`/v1/break-glass/${items[0]?.id}`)
  },
  'GET /v1/spaces/{name}/delegates': ({ source }) => path(`/v1/spaces/${source.space}/delegates`),
  'PUT /v1/spaces/{name}/delegates/{principal}': ({ source, people }) =>
    path(`/v1/spaces/${source.space}/delegates/${people.reader}`),
  'DELETE /v1/spaces/{name}/delegates/{principal}': async ({ admin, source, people }) => {
    const delegate = `/v1/spaces/${source.space}/delegates/${people.second}`
    await admin.send('PUT', delegate)
    return path(delegate)
  },
  'GET /v1/acting-apps': () => ({}),
  'PUT /v1/service-accounts/{name}/acting': async (world) => on(await anAccount(world), acting()),
  'DELETE /v1/service-accounts/{name}/acting': async (world) => {
    const account = await anAccount(world)
    await world.admin.send('PUT', account, acting())
    return path(account)
  },
  'POST /v1/token': ({ subjectToken }) => ({
    text: { type: 'application/x-www-form-urlencoded', body: exchangeForm(subjectToken) },
  }),
}

const definition = { instructions: 'Answer.', scope: { kind: 'everything' } }
const aDocument = { content: { mediaType: 'text/plain', text: 'Some text.' }, access: { allow: [] } }
const aLayer = { deny: [], gates: [], denyAgents: [], labels: [] }
const aLabel = { title: 'A', requires: ['hr'], below: 'redacted', hidesTitle: false }
const aRule = { title: 'A', pattern: 'never-anywhere', label: 'salary', kind: 'salary' }
const aDigest = { text: 'There is leave.' }
const aPolicy = {
  title: 'A',
  text: '@id("nobody") forbid(principal, action == Action::"read", resource) when { principal.guest };',
}
const acting = () => ({ clientId: `client-${++made}`, scope: { kind: 'everything' } })
const aQuestion = ({ people, documentId }: MatrixWorld) => ({ reader: people.member, documentId })
const aBreakGlass = ({ documentId }: MatrixWorld) => ({ documentId, reason: 'An incident is looked into.', minutes: 1 })

let made = 0

async function aUser({ admin, issuer }: MatrixWorld): Promise<string> {
  const { user } = await admin.send<{ user: { name: string } }>('POST', '/v1/users', {
    ...{ issuer, subject: `somebody-${++made}`, displayName: 'S' },
  })
  return user.name
}

async function aGroup({ admin }: MatrixWorld): Promise<string> {
  return (await admin.send<{ group: { name: string } }>('POST', '/v1/groups', title)).group.name
}

async function anAccount({ admin }: MatrixWorld): Promise<string> {
  const { serviceAccount } = await admin.send<{ serviceAccount: { name: string } }>('POST', '/v1/service-accounts', {
    displayName: 'A',
  })
  return `/v1/service-accounts/${serviceAccount.name}/acting`
}

async function aSyncedSource({ admin, source, folder }: MatrixWorld): Promise<string> {
  const connection = await admin.send<{ id: string }>('POST', '/v1/connections', {
    ...{ connector: 'folder', title: 'A', settings: { root: folder } },
  })
  const { dataSource } = await admin.send<{ dataSource: { id: string } }>('POST', '/v1/data-sources', {
    ...{ title: 'A', space: source.space, connectionId: connection.id },
  })
  return dataSource.id
}

/** The member's own. */
async function aConversation({ as }: MatrixWorld): Promise<string> {
  const made = await (await as('member')).send<{ id: string }>('POST', '/v1/conversations', { agent: 'helper' })
  return made.id
}

/** Of the member, with the builder invited. */
async function anInvitation(world: MatrixWorld): Promise<string> {
  const id = await aConversation(world)
  await (await world.as('member')).send('PUT', `/v1/conversations/${id}/participants/${world.people.builder}`)
  return id
}

async function aMessage(world: MatrixWorld): Promise<string> {
  const address = `/v1/conversations/${await aConversation(world)}/messages`
  const answer = await (await world.as('member')).send<{ messageId: string }>('POST', address, { text: 'How much?' })
  return `${address}/${answer.messageId}`
}

async function aDraft({ admin }: MatrixWorld): Promise<string> {
  return (await admin.send<{ policySet: { id: string } }>('POST', '/v1/policies', aPolicy)).policySet.id
}

/** Of the second admin. */
async function aProposal(world: MatrixWorld): Promise<{ id: string; hash: string }> {
  const second = await world.as('second')
  const answer = await second.send<{ proposal: { id: string; hash: string } }>(
    'POST',
    '/v1/break-glass',
    aBreakGlass(world),
  )
  return answer.proposal
}

/**
 * What each route answers to whom:
 * nobody forger pending deactivated | member builder auditor admin | foreign (another workspace's admin) delegate (of the space) acting (an app for the admin) |
 * keys that reach all, ask, search, push (to the data source), models.
 */
// prettier-ignore
export const table: Readonly<Record<string, string>> = {
  'GET /v1/me':                                                            '401 401 200 403 200 200 200 200 200 200 200 200 200 200 200 200',
  'GET /v1/users':                                                         '401 401 403 403 403 403 200 200 200 403 403 403 403 403 403 403',
  'POST /v1/users':                                                        '401 401 403 403 403 403 403 201 400 403 403 403 403 403 403 403',
  'PATCH /v1/users/{name}':                                                '401 401 403 403 403 403 403 200 404 403 403 403 403 403 403 403',
  'DELETE /v1/users/{name}':                                               '401 401 403 403 403 403 403 204 404 403 403 403 403 403 403 403',
  'PUT /v1/users/{name}/identities/{dataSourceId}/{nativeId}':             '401 401 403 403 403 403 403 204 404 403 403 403 403 403 403 403',
  'DELETE /v1/users/{name}/identities/{dataSourceId}/{nativeId}':          '401 401 403 403 403 403 403 204 404 403 403 403 403 403 403 403',
  'GET /v1/service-accounts':                                              '401 401 403 403 403 403 200 200 200 403 403 403 403 403 403 403',
  'POST /v1/service-accounts':                                             '401 401 403 403 403 403 403 201 201 403 403 403 403 403 403 403',
  'GET /v1/groups':                                                        '401 401 403 403 403 403 200 200 200 403 403 403 403 403 403 403',
  'POST /v1/groups':                                                       '401 401 403 403 403 403 403 201 201 403 403 403 403 403 403 403',
  'DELETE /v1/groups/{name}':                                              '401 401 403 403 403 403 403 204 404 403 403 403 403 403 403 403',
  'GET /v1/memberships':                                                   '401 401 403 403 403 403 200 200 200 200 403 403 403 403 403 403',
  'PUT /v1/memberships/{container}/{member}':                              '401 401 403 403 403 403 403 204 404 403 403 403 403 403 403 403',
  'DELETE /v1/memberships/{container}/{member}':                           '401 401 403 403 403 403 403 204 404 403 403 403 403 403 403 403',
  'GET /v1/spaces':                                                        '401 401 403 403 200 200 200 200 200 200 200 200 403 403 403 403',
  'POST /v1/spaces':                                                       '401 401 403 403 403 403 403 201 201 403 403 403 403 403 403 403',
  'GET /v1/keys':                                                          '401 401 403 403 200 200 200 200 200 200 403 403 403 403 403 403',
  'POST /v1/keys':                                                         '401 401 403 403 403 403 403 201 404 403 403 403 403 403 403 403',
  'POST /v1/keys/{id}/rotate':                                             '401 401 403 403 403 403 403 200 404 403 403 403 403 403 403 403',
  'DELETE /v1/keys/{id}':                                                  '401 401 403 403 403 403 403 204 404 403 403 403 403 403 403 403',
  'GET /v1/connections':                                                   '401 401 403 403 403 403 403 200 200 403 403 403 403 403 403 403',
  'POST /v1/connections':                                                  '401 401 403 403 403 403 403 201 201 403 403 403 403 403 403 403',
  'GET /v1/data-sources':                                                  '401 401 403 403 403 403 403 200 200 403 403 403 403 403 403 403',
  'POST /v1/data-sources':                                                 '401 401 403 403 403 403 403 201 404 403 403 403 403 403 403 403',
  'GET /v1/data-sources/{dataSourceId}':                                   '401 401 403 403 403 403 403 200 404 403 403 403 403 403 403 403',
  'PUT /v1/data-sources/{dataSourceId}/directory':                         '401 401 403 403 403 403 403 200 404 403 403 403 403 403 200 403',
  'POST /v1/data-sources/{dataSourceId}/syncs':                            '401 401 403 403 403 403 403 202 404 403 403 403 403 403 403 403',
  'GET /v1/data-sources/{dataSourceId}/syncs':                             '401 401 403 403 403 403 403 200 404 403 403 403 403 403 403 403',
  'GET /v1/data-sources/{dataSourceId}/syncs/{syncId}':                    '401 401 403 403 403 403 403 200 404 403 403 403 403 403 403 403',
  'GET /v1/data-sources/{dataSourceId}/skipped':                           '401 401 403 403 403 403 403 200 404 403 403 403 403 403 403 403',
  'GET /v1/data-sources/{dataSourceId}/index':                             '401 401 403 403 403 403 403 200 200 403 403 403 403 403 403 403',
  'GET /v1/index':                                                         '401 401 403 403 403 403 403 200 200 403 403 403 403 403 403 403',
  'POST /v1/index/reindex':                                                '401 401 403 403 403 403 403 202 202 403 403 403 403 403 403 403',
  'POST /v1/index/reindex/stop':                                           '401 401 403 403 403 403 403 409 409 403 403 403 403 403 403 403',
  'POST /v1/index/reconcile':                                              '401 401 403 403 403 403 403 202 202 403 403 403 403 403 403 403',
  'PUT /v1/data-sources/{dataSourceId}/documents/{externalId}':            '401 401 403 403 403 403 403 200 404 403 403 403 403 403 200 403',
  'GET /v1/data-sources/{dataSourceId}/documents/{externalId}':            '401 401 403 403 200 404 404 404 404 404 404 404 404 404 403 403',
  'DELETE /v1/data-sources/{dataSourceId}/documents/{externalId}':         '401 401 403 403 403 403 403 204 404 403 403 403 403 403 204 403',
  'GET /v1/agents':                                                        '401 401 403 403 200 200 200 200 200 200 200 200 200 403 403 403',
  'POST /v1/agents':                                                       '401 401 403 403 403 201 403 201 201 403 403 403 403 403 403 403',
  'GET /v1/agents/{agentId}':                                              '401 401 403 403 200 200 200 200 404 200 200 404 404 403 403 403',
  'PATCH /v1/agents/{agentId}':                                            '401 401 403 403 403 403 403 200 404 403 200 404 403 403 403 403',
  'POST /v1/agents/{agentId}/versions':                                    '401 401 403 403 403 403 403 201 404 403 201 404 403 403 403 403',
  'POST /v1/agents/{agentId}/versions/{number}/publish':                   '401 401 403 403 403 403 403 200 404 403 403 404 403 403 403 403',
  'POST /v1/conversations':                                                '401 401 403 403 201 201 201 201 404 201 201 404 404 403 403 403',
  'GET /v1/conversations':                                                 '401 401 403 403 200 200 200 200 200 200 200 200 200 403 403 403',
  'GET /v1/conversations/{conversationId}':                                '401 401 403 403 200 404 404 404 404 404 404 404 404 403 403 403',
  'DELETE /v1/conversations/{conversationId}':                             '401 401 403 403 204 404 404 404 404 404 404 404 404 403 403 403',
  'POST /v1/conversations/{conversationId}/messages':                      '401 401 403 403 200 404 404 404 404 404 404 404 404 403 403 403',
  'GET /v1/conversations/{conversationId}/messages/{messageId}/events':    '401 401 403 403 200 404 404 404 404 404 404 404 404 403 403 403',
  'POST /v1/conversations/{conversationId}/messages/{messageId}/cancel':   '401 401 403 403 200 404 404 404 404 404 404 404 404 403 403 403',
  'POST /v1/conversations/{conversationId}/messages/{messageId}/feedback': '401 401 403 403 204 404 404 404 404 404 404 404 404 403 403 403',
  'GET /v1/conversations/{conversationId}/participants':                   '401 401 403 403 200 404 404 404 404 404 404 404 404 403 403 403',
  'PUT /v1/conversations/{conversationId}/participants/{name}':            '401 401 403 403 200 404 404 404 404 404 404 404 404 403 403 403',
  'DELETE /v1/conversations/{conversationId}/participants/{name}':         '401 401 403 403 204 404 404 404 404 404 404 404 404 403 403 403',
  'POST /v1/conversations/{conversationId}/accept':                        '401 401 403 403 200 200 404 404 404 404 404 404 404 403 403 403',
  'POST /v1/conversations/{conversationId}/leave':                         '401 401 403 403 400 204 404 404 404 404 404 404 404 403 403 403',
  'POST /v1/search':                                                       '401 401 403 403 200 200 200 200 200 200 200 200 403 200 403 403',
  'GET /v1/citations/{id}':                                                '401 401 403 403 200 404 404 404 404 404 404 404 404 404 403 403',
  'GET /v1/usage':                                                         '401 401 403 403 200 200 200 200 200 200 200 200 200 403 403 200',
  'GET /v1/usage/totals':                                                  '401 401 403 403 200 200 200 200 200 200 200 200 200 403 403 200',
  'GET /v1/usage/export':                                                  '401 401 403 403 200 200 200 200 200 200 200 200 200 403 403 200',
  'GET /v1/catalogue':                                                     '401 401 403 403 403 403 200 200 200 403 403 403 403 403 403 403',
  'PUT /v1/catalogue/{model}':                                             '401 401 403 403 403 403 403 200 200 403 403 403 403 403 403 403',
  'DELETE /v1/catalogue/{model}':                                          '401 401 403 403 403 403 403 204 204 403 403 403 403 403 403 403',
  'GET /v1/routes':                                                        '401 401 403 403 403 403 200 200 200 403 403 403 403 403 403 403',
  'PUT /v1/routes/{name}':                                                 '401 401 403 403 403 403 403 200 200 403 403 403 403 403 403 403',
  'POST /v1/routes/{name}/undo':                                           '401 401 403 403 403 403 403 200 404 403 403 403 403 403 403 403',
  'DELETE /v1/routes/{name}':                                              '401 401 403 403 403 403 403 204 204 403 403 403 403 403 403 403',
  'POST /v1/compare':                                                      '401 401 403 403 200 200 200 200 200 200 200 200 403 403 403 200',
  'PUT /v1/compare/{id}/vote':                                             '401 401 403 403 200 404 404 404 404 404 404 404 403 403 403 404',
  'GET /v1/compare/win-rates':                                             '401 401 403 403 403 200 403 200 200 403 403 403 403 403 403 403',
  'GET /v1/models/health':                                                 '401 401 403 403 200 200 200 200 200 200 200 200 200 403 403 200',
  'GET /v1/guardrails':                                                    '401 401 403 403 403 403 200 200 200 403 403 403 403 403 403 403',
  'PUT /v1/guardrails':                                                    '401 401 403 403 403 403 403 200 200 403 403 403 403 403 403 403',
  'GET /v1/budgets':                                                       '401 401 403 403 200 200 200 200 200 200 200 200 200 403 403 200',
  'POST /v1/budgets':                                                      '401 401 403 403 403 403 403 201 201 403 403 403 403 403 403 403',
  'PATCH /v1/budgets/{id}':                                                '401 401 403 403 403 403 403 200 404 403 403 403 403 403 403 403',
  'DELETE /v1/budgets/{id}':                                               '401 401 403 403 403 403 403 204 404 403 403 403 403 403 403 403',
  'POST /v1/chat/completions':                                             '401 401 403 403 200 200 200 200 200 200 200 200 403 403 403 200',
  'POST /v1/responses':                                                   '401 401 403 403 200 200 200 200 200 200 200 200 403 403 403 200',
  'POST /v1/embeddings':                                                  '401 401 403 403 400 400 400 400 400 400 400 400 403 403 403 400',
  'POST /v1/messages':                                                    '401 401 403 403 200 200 200 200 200 200 200 200 403 403 403 200',
  'POST /v1/messages/count_tokens':                                       '401 401 403 403 200 200 200 200 200 200 200 200 403 403 403 200',
  'GET /v1/models':                                                        '401 401 403 403 200 200 200 200 200 200 200 200 200 403 403 200',
  'GET /v1/models/{model}':                                                '401 401 403 403 200 200 200 200 404 200 200 404 404 403 403 404',
  'POST /v1/access/check':                                                 '401 401 403 403 200 200 200 200 200 200 200 200 403 403 403 403',
  'POST /v1/access/explain':                                               '401 401 403 403 200 200 200 200 200 200 200 200 403 403 403 403',
  'POST /v1/access/readers':                                               '401 401 403 403 403 403 200 200 404 200 403 403 403 403 403 403',
  'POST /v1/access/documents':                                             '401 401 403 403 200 403 200 200 200 403 403 403 403 403 403 403',
  'POST /v1/access/simulate':                                              '401 401 403 403 403 403 200 200 404 200 403 403 403 403 403 403',
  'POST /v1/access/import':                                                '401 401 403 403 403 403 403 200 200 403 403 403 403 403 403 403',
  'GET /v1/access/changes':                                                '401 401 403 403 403 403 200 200 200 403 403 403 403 403 403 403',
  'GET /v1/documents/{documentId}':                                        '401 401 403 403 200 404 404 404 404 404 404 404 404 404 403 403',
  'GET /v1/documents/{documentId}/access':                                 '401 401 403 403 403 403 200 200 404 200 403 403 403 403 403 403',
  'PUT /v1/documents/{documentId}/access':                                 '401 401 403 403 403 403 403 204 404 204 403 403 403 403 403 403',
  'POST /v1/documents/{documentId}/erase':                                 '401 401 403 403 403 403 403 409 404 403 403 403 403 403 403 403',
  'GET /v1/labels':                                                        '401 401 403 403 200 200 200 200 200 200 200 200 403 403 403 403',
  'PUT /v1/labels/{label}':                                                '401 401 403 403 403 403 403 204 204 403 403 403 403 403 403 403',
  'DELETE /v1/labels/{label}':                                             '401 401 403 403 403 403 403 204 404 403 403 403 403 403 403 403',
  'GET /v1/clearances':                                                    '401 401 403 403 403 403 200 200 200 403 403 403 403 403 403 403',
  'PUT /v1/clearances/{principal}':                                        '401 401 403 403 403 403 403 204 404 403 403 403 403 403 403 403',
  'GET /v1/redaction-rules':                                               '401 401 403 403 403 403 200 200 200 403 403 403 403 403 403 403',
  'POST /v1/redaction-rules':                                              '401 401 403 403 403 403 403 201 201 403 403 403 403 403 403 403',
  'DELETE /v1/redaction-rules/{id}':                                       '401 401 403 403 403 403 403 204 404 403 403 403 403 403 403 403',
  'GET /v1/passages/{id}/digest':                                          '401 401 403 403 200 404 404 404 404 404 404 404 403 403 403 403',
  'PUT /v1/passages/{id}/digest':                                          '401 401 403 403 200 404 404 404 404 404 404 404 403 403 403 403',
  'POST /v1/passages/{id}/digest/draft':                                   '401 401 403 403 422 404 404 404 404 404 404 404 403 403 403 403',
  'POST /v1/passages/{id}/digest/approve':                                 '401 401 403 403 204 404 404 404 404 404 404 404 403 403 403 403',
  'DELETE /v1/passages/{id}/digest':                                       '401 401 403 403 204 404 404 204 204 404 404 404 403 403 403 403',
  'GET /v1/policies':                                                      '401 401 403 403 403 403 200 200 200 403 403 403 403 403 403 403',
  'POST /v1/policies':                                                     '401 401 403 403 403 403 403 201 201 403 403 403 403 403 403 403',
  'GET /v1/policies/schema':                                               '401 401 403 403 403 403 200 200 200 403 403 403 403 403 403 403',
  'GET /v1/policies/{id}':                                                 '401 401 403 403 403 403 200 200 404 403 403 403 403 403 403 403',
  'PATCH /v1/policies/{id}':                                               '401 401 403 403 403 403 403 200 404 403 403 403 403 403 403 403',
  'DELETE /v1/policies/{id}':                                              '401 401 403 403 403 403 403 204 404 403 403 403 403 403 403 403',
  'POST /v1/policies/{id}/check':                                          '401 401 403 403 403 403 200 200 404 403 403 403 403 403 403 403',
  'POST /v1/policies/{id}/publish':                                        '401 401 403 403 403 403 403 200 404 403 403 403 403 403 403 403',
  'POST /v1/policies/{id}/roll-back':                                      '401 401 403 403 403 403 403 200 404 403 403 403 403 403 403 403',
  'GET /v1/audit/decisions':                                               '401 401 403 403 403 403 200 200 200 403 403 403 403 403 403 403',
  'GET /v1/audit/checkpoints':                                             '401 401 403 403 403 403 200 200 200 403 403 403 403 403 403 403',
  'GET /v1/audit/export':                                                  '401 401 403 403 403 403 200 200 200 403 403 403 403 403 403 403',
  'GET /v1/workspace':                                                     '401 401 403 403 403 403 200 200 200 403 403 403 403 403 403 403',
  'PATCH /v1/workspace':                                                   '401 401 403 403 403 403 403 200 200 403 403 403 403 403 403 403',
  'POST /v1/workspace/resume':                                             '401 401 403 403 403 403 403 409 400 403 403 403 403 403 403 403',
  'GET /v1/approvals':                                                     '401 401 403 403 403 403 200 200 200 403 403 403 403 403 403 403',
  'POST /v1/approvals/{id}/approve':                                       '401 401 403 403 403 403 403 200 404 403 403 403 403 403 403 403',
  'POST /v1/approvals/{id}/reject':                                        '401 401 403 403 403 403 403 200 404 403 403 403 403 403 403 403',
  'GET /v1/break-glass':                                                   '401 401 403 403 403 403 200 200 200 403 403 403 403 403 403 403',
  'POST /v1/break-glass':                                                  '401 401 403 403 403 403 403 201 404 403 403 403 403 403 403 403',
  'DELETE /v1/break-glass/{id}':                                           '401 401 403 403 403 403 403 204 404 403 403 403 403 403 403 403',
  'GET /v1/spaces/{name}/delegates':                                       '401 401 403 403 403 403 200 200 404 200 403 403 403 403 403 403',
  'PUT /v1/spaces/{name}/delegates/{principal}':                           '401 401 403 403 403 403 403 204 404 403 403 403 403 403 403 403',
  'DELETE /v1/spaces/{name}/delegates/{principal}':                        '401 401 403 403 403 403 403 204 404 403 403 403 403 403 403 403',
  'GET /v1/acting-apps':                                                   '401 401 403 403 403 403 200 200 200 403 403 403 403 403 403 403',
  'PUT /v1/service-accounts/{name}/acting':                                '401 401 403 403 403 403 403 204 404 403 403 403 403 403 403 403',
  'DELETE /v1/service-accounts/{name}/acting':                             '401 401 403 403 403 403 403 204 404 403 403 403 403 403 403 403',
  'POST /v1/token':                                                        '401 401 403 403 401 401 401 401 401 401 401 200 400 400 403 400',
}
