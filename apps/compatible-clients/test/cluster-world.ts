import { createApi } from '@tessera/standalone/api'
import { createPerson } from '@tessera/testkit/builders'
import { cluster } from '@tessera/testkit/cluster'
import { identityProvider } from '@tessera/testkit/identity-provider'
import type { TestScope } from '@tessera/testkit/test-scope'

/** What a request to a model passes through, as processes of their own over NATS, with providers at the given addresses. */
export async function clusterWorld(t: TestScope, environment: Record<string, string>) {
  const identities = await identityProvider(t)
  const { url, command } = await cluster(t, {
    only: ['access', 'models', 'gateway'],
    environment: { models: environment },
  })
  await command('access', 'create-workspace.ts', [
    ...['--title', 'Test', '--issuer', identities.issuer, '--audience', identities.audience],
    ...['--jwks-url', identities.jwksUrl, '--admin-subject', 'admin', '--admin-name', 'Admin', '--one-admin'],
  ])
  const admin = createApi(url, await identities.tokenFor('admin'))
  await createPerson({ issuer: identities.issuer, admin }, 'ana', { roles: ['member'] })
  const token = await identities.tokenFor('ana')
  return { url, token, api: createApi(url, token) }
}
