import { cp, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { AccessTables } from '@tessera/access-control/database'
import { migrateAccessControl } from '@tessera/access-control/migrations'
import { createWorkspace } from '@tessera/access-control/workspaces/create-workspace'
import { createDatabase } from '@tessera/shared/database/database'
import { openPglite } from '@tessera/shared/database/pglite-worker'
import { cluster } from '@tessera/testkit/cluster'
import { identityProvider } from '@tessera/testkit/identity-provider'
import type { TestScope } from '@tessera/testkit/test-scope'
import { exportJWK, generateKeyPair, importJWK, SignJWT } from 'jose'
import { Client } from 'pg'
import { pino } from 'pino'
import { createDevelopmentIssuer } from '../src/development-issuer.ts'
import { newInstallation } from '../src/installation.ts'
import { startStandalone } from '../src/standalone.ts'

/** What a token says beside its subject. */
type Claims = { audience?: string; issuer?: string; name?: string }

/** An installation that is attacked: through its public API, with any token that its identity provider would sign, and by what happens to its database. */
export type LeakWorld = {
  /** It may change with a restart. */
  readonly url: () => string
  readonly issuer: string
  /** A token of the provider that the workspace trusts. */
  tokenFor(subject: string, claims?: Claims): Promise<string>
  /** A token of the admin of another workspace of this installation. */
  readonly foreignToken: string
  /** Whether search finds by vectors, too: then every query finds whatever comes nearest to it. */
  readonly vectors: boolean
  /** What runs on the installation's database, as its operator could. Standalone is down meanwhile. */
  sql(statement: string): Promise<void>
  /** Copies what access-control keeps. */
  backUp(): Promise<void>
  /** Brings back the copy, and starts again. */
  restore(): Promise<void>
}

export type MakeLeakWorld = (scope: TestScope, providerUrl: string) => Promise<LeakWorld>

/** Which labels the emulated provider may process: none, but for one model. */
const catalogue = fileURLToPath(new URL('thirty-leaks.catalogue.json', import.meta.url))

/** All services in this process, on disk. */
export const standaloneLeakWorld: MakeLeakWorld = async (scope, providerUrl) => {
  const dataDir = await mkdtemp(join(tmpdir(), 'tessera-leaks-'))
  scope.after(() => rm(dataDir, { recursive: true, force: true }))
  const database = join(dataDir, 'database')
  const copy = join(dataDir, 'copy')
  const installation = await newInstallation()
  const development = await createDevelopmentIssuer(installation.issuerKey)
  const key = await importJWK(installation.issuerKey, 'EdDSA')
  const provider = await foreignProvider()
  await makeWorkspace(database, provider)
  const start = () =>
    startStandalone({
      ...{ dataDir, installation, issuer: development, folderRoots: ['/'], host: '127.0.0.1', port: 0 },
      environment: { OPENAI_COMPATIBLE_URL: providerUrl, MODEL_CATALOGUE: catalogue },
      admin: { id: 'admin', name: 'Admin' },
      logger: pino({ level: 'silent' }),
    })
  let tessera = await start()
  scope.after(() => tessera.close())
  const whileDown = async (act: () => Promise<void>) => {
    await tessera.close()
    await act()
    tessera = await start()
  }
  return {
    url: () => tessera.url,
    issuer: development.issuer,
    vectors: false,
    foreignToken: await provider.token(),
    tokenFor: (subject, { audience = development.audience, issuer = development.issuer, name = subject } = {}) =>
      new SignJWT({ name })
        .setProtectedHeader({ alg: 'EdDSA', kid: 'installation', typ: 'JWT' })
        .setIssuer(issuer)
        .setAudience(audience)
        .setSubject(subject)
        .setIssuedAt()
        .setExpirationTime('1h')
        .sign(key),
    sql: (statement) =>
      whileDown(async () => {
        const pglite = await openPglite({ dataDir: database })
        try {
          await pglite.exec(statement)
        } finally {
          await pglite.close()
        }
      }),
    backUp: () => whileDown(() => cp(database, copy, { recursive: true })),
    restore: () =>
      whileDown(async () => {
        await rm(database, { recursive: true })
        await cp(copy, database, { recursive: true })
      }),
  }
}

/** Six processes over NATS, with models of the emulated provider that embed and rerank. */
export const clusterLeakWorld: MakeLeakWorld = async (scope, providerUrl) => {
  const provider = await identityProvider(scope)
  const foreign = await identityProvider(scope)
  const started = await cluster(scope, {
    environment: {
      models: { OPENAI_COMPATIBLE_URL: providerUrl, MODEL_CATALOGUE: catalogue },
      retrieval: { EMBEDDING_MODEL: 'openai-compatible/embedder', RERANK_MODEL: 'openai-compatible/reranker' },
    },
  })
  const workspaceOf = ({ issuer, audience, jwksUrl }: typeof provider, subject: string) =>
    started.command('access', 'create-workspace.ts', [
      ...['--title', 'Test', '--issuer', issuer, '--audience', audience, '--jwks-url', jwksUrl],
      ...['--admin-subject', subject, '--admin-name', subject, '--one-admin'],
    ])
  await workspaceOf(provider, 'admin')
  await workspaceOf(foreign, 'stranger')
  const run = async (...statements: string[]) => {
    const client = new Client({ connectionString: started.databaseUrl })
    await client.connect()
    try {
      for (const statement of statements) await client.query(statement)
    } finally {
      await client.end()
    }
  }
  const { access } = started.services
  return {
    url: () => started.url,
    issuer: provider.issuer,
    vectors: true,
    foreignToken: await foreign.tokenFor('stranger'),
    tokenFor: (subject, claims) => provider.tokenFor(subject, claims),
    sql: (statement) => run(statement),
    backUp: () => run(...copyAccess),
    async restore() {
      await access.kill()
      await run(bringAccessBack)
      await access.start()
    },
  }
}

/** Every table of access-control's schema, as they stand in one snapshot. */
const copyAccess = [
  'begin isolation level repeatable read',
  'create schema backup',
  `do $$ declare t name; begin
    for t in select tablename from pg_tables where schemaname = 'access' loop
      execute format('create table backup.%I as table access.%I', t, t);
    end loop;
  end $$`,
  'commit',
]
const bringAccessBack = `
  do $$ declare t name; begin
    set local session_replication_role = replica;
    for t in select tablename from pg_tables where schemaname = 'backup' loop
      execute format('delete from access.%I', t);
      execute format('insert into access.%I overriding system value select * from backup.%I', t, t);
    end loop;
  end $$`

async function foreignProvider() {
  const { publicKey, privateKey } = await generateKeyPair('EdDSA')
  const issuer = 'https://foreign.invalid'
  const audience = 'foreign'
  const jwks = { keys: [{ ...(await exportJWK(publicKey)), kid: 'foreign', alg: 'EdDSA', use: 'sig' }] }
  const token = () =>
    new SignJWT({})
      .setProtectedHeader({ alg: 'EdDSA', kid: 'foreign' })
      .setIssuer(issuer)
      .setAudience(audience)
      .setSubject('stranger')
      .setExpirationTime('1h')
      .sign(privateKey)
  return { issuer, audience, jwks, token }
}

/** The other workspace, before the installation starts, as an operator's command would make it. */
async function makeWorkspace(dataDir: string, { issuer, audience, jwks }: Awaited<ReturnType<typeof foreignProvider>>) {
  const pglite = await openPglite({ dataDir })
  try {
    const db = createDatabase<AccessTables>({ pglite, schema: 'access' })
    await migrateAccessControl(db, 'access')
    const made = await createWorkspace(db, {
      title: 'Foreign',
      provider: { issuer, audience, jwks },
      admin: { subject: 'stranger' },
      twoAdmins: false,
    })
    if (!made.ok) throw new Error(made.fault.detail)
  } finally {
    await pglite.close()
  }
}
