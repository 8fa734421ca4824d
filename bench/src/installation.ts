import { createPushSource } from '@tessera/testkit/builders'
import { type Cluster, cluster, type ClusterOptions } from '@tessera/testkit/cluster'
import { type IdentityProvider, identityProvider } from '@tessera/testkit/identity-provider'
import type { TestScope } from '@tessera/testkit/test-scope'

/** A cluster with a workspace, an admin, a space that all members may enter, and a data source in it for pushed documents. */
export type BenchInstallation = {
  cluster: Cluster
  provider: IdentityProvider
  dataSourceId: string
  request<T>(method: string, path: string, body?: unknown): Promise<T>
  token(): Promise<string>
}

export async function installation(t: TestScope, options: ClusterOptions = {}): Promise<BenchInstallation> {
  const provider = await identityProvider(t)
  const started = await cluster(t, options)
  await started.command('access', 'create-workspace.ts', [
    ...['--title', 'Bench', '--issuer', provider.issuer, '--audience', provider.audience],
    ...['--jwks-url', provider.jwksUrl, '--admin-subject', 'admin', '--admin-name', 'Admin', '--one-admin'],
  ])
  const token = () => provider.tokenFor('admin', { expiresIn: '2h' })
  const authorization = `Bearer ${await token()}`
  const request = async <T>(method: string, path: string, body?: unknown) => {
    const response = await fetch(`${started.url}${path}`, {
      method,
      headers: { authorization, ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    const text = await response.text()
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`)
    return (text === '' ? undefined : JSON.parse(text)) as T
  }
  const source = await createPushSource({ issuer: provider.issuer, admin: { send: request } }, 'Bench')
  return { cluster: started, provider, dataSourceId: source.id, request, token }
}
