import { type Api, createApi } from '../src/api.ts'
import { createDevelopmentIssuer } from '../src/development-issuer.ts'
import { newInstallation } from '../src/installation.ts'
import { startStandalone } from '../src/standalone.ts'
import { type Cluster, cluster, type ClusterOptions } from '@tessera/testkit/cluster'
import { identityProvider } from '@tessera/testkit/identity-provider'
import type { TestScope } from '@tessera/testkit/test-scope'
import { pino } from 'pino'

/** An installation with a fresh workspace and its admin, seen through its public API. Both shapes look the same. */
export type World = {
  readonly url: string
  readonly issuer: string
  readonly admin: Api
  tokenFor(subject: string): Promise<string>
  as(subject: string): Promise<Api>
}

export type ClusterWorld = World & { readonly cluster: Cluster }

/** All services in this process, in memory: what `npm start` runs. */
export async function standaloneWorld(
  t: TestScope,
  environment: Record<string, string> = {},
  folderRoots: readonly string[] = ['/'],
): Promise<World> {
  const installation = await newInstallation()
  const issuer = await createDevelopmentIssuer(installation.issuerKey)
  const tessera = await startStandalone({
    installation,
    issuer,
    admin: { id: 'admin', name: 'Admin' },
    host: '127.0.0.1',
    port: 0,
    folderRoots,
    environment,
    logger: pino({ level: 'silent' }),
  })
  t.after(() => tessera.close())
  return worldOf(tessera.url, issuer.issuer, (subject) => issuer.tokenFor(subject, subject))
}

/** Six processes over NATS with PostgreSQL and Elasticsearch: what an operator runs. */
export async function clusterWorld(t: TestScope, options: ClusterOptions = {}): Promise<ClusterWorld> {
  const provider = await identityProvider(t)
  const started = await cluster(t, options)
  await started.command('access', 'create-workspace.ts', [
    ...['--title', 'Test', '--issuer', provider.issuer, '--audience', provider.audience],
    ...['--jwks-url', provider.jwksUrl, '--admin-subject', 'admin', '--admin-name', 'Admin', '--one-admin'],
  ])
  const world = await worldOf(started.url, provider.issuer, (subject) => provider.tokenFor(subject))
  return { ...world, cluster: started }
}

async function worldOf(url: string, issuer: string, tokenFor: (subject: string) => Promise<string>): Promise<World> {
  const as = async (subject: string) => createApi(url, await tokenFor(subject))
  return { url, issuer, tokenFor, as, admin: await as('admin') }
}
