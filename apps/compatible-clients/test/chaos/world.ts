import { type Api, createApi } from '@tessera/standalone/api'
import { cluster } from '@tessera/testkit/cluster'
import { identityProvider } from '@tessera/testkit/identity-provider'
import { ownNats } from '@tessera/testkit/own-nats'
import type { TestScope } from '@tessera/testkit/test-scope'
import { scriptedProvider } from '../scripted-provider.ts'

/** After how long a killed model-router is taken for dead. */
const LEASE_MS = 2000

/** Gateway, model-router and access-control as processes of their own, with a NATS server and a provider that can be killed. What models cost is counted by a hard budget. */
export async function chaosWorld(t: TestScope) {
  const mortal = mortalScope()
  const [nats, lasting, dying, identities] = await Promise.all([
    ownNats(t),
    scriptedProvider(t),
    scriptedProvider(mortal),
    identityProvider(t),
  ])
  t.after(() => mortal.die())
  const { url, services, command } = await cluster(t, {
    natsUrl: nats.url,
    only: ['access', 'models', 'gateway'],
    environment: {
      models: {
        ...{ OPENAI_COMPATIBLE_URL: `${lasting.url}/v1`, OPENAI_API_KEY: 'sk', OPENAI_BASE_URL: `${dying.url}/v1` },
        REPLICA_LEASE_MS: String(LEASE_MS),
      },
    },
  })
  await command('access', 'create-workspace.ts', [
    ...['--title', 'Test', '--issuer', identities.issuer, '--audience', identities.audience],
    ...['--jwks-url', identities.jwksUrl, '--admin-subject', 'admin', '--admin-name', 'Admin', '--one-admin'],
  ])
  const key = await identities.tokenFor('admin')
  const admin = createApi(url, key)
  for (const provider of ['openai', 'openai-compatible'])
    await admin.send('PUT', `/v1/catalogue/${encodeURIComponent(`${provider}/*`)}`, {
      ...{ contextTokens: 100_000, maxOutputTokens: 1000 },
      prices: { inputMicros: 1_000_000, outputMicros: 1_000_000 },
    })
  const budget = { title: 'All', unit: 'cost', per: 'ever', limit: 1_000_000_000, hard: true }
  const { id: budgetId } = await admin.send<{ id: string }>('POST', '/v1/budgets', budget)
  return {
    ...{ url, key, admin, nats, lasting, services },
    dying: { ...dying, die: () => mortal.die() },
    books: () => booksOf(admin, budgetId),
  }
}

export type Row = { id: string; model: string; outcome: string; costMicros?: number }

/** Every request that was counted, and how the budget stands. */
async function booksOf(admin: Api, budgetId: string) {
  const rows: Row[] = []
  for (let cursor = ''; ;) {
    const page = await admin.get<{ items: Row[]; nextCursor?: string }>(`/v1/usage?limit=100${cursor}`)
    rows.push(...page.items)
    if (page.nextCursor === undefined) break
    cursor = `&cursor=${encodeURIComponent(page.nextCursor)}`
  }
  type State = { spent: number; reserved: number }
  const { items } = await admin.get<{ items: { id: string; states: State[] }[] }>('/v1/budgets')
  const state = items.find(({ id }) => id === budgetId)?.states[0]
  const cost = rows.reduce((sum, { costMicros = 0 }) => sum + costMicros, 0)
  return { rows, cost, spent: state?.spent ?? 0, reserved: state?.reserved ?? 0 }
}

/** A scope that ends when the test wants it to. */
function mortalScope() {
  const ends: (() => void | Promise<void>)[] = []
  return {
    after: (end: () => void | Promise<void>) => void ends.push(end),
    async die() {
      for (const end of ends.splice(0)) await end()
    },
  }
}
