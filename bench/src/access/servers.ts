import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { generateKeyPairSync, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { createNatsBus } from '@tessera/shared/bus/nats-bus'
import { accessContract } from '@tessera/shared/contracts/access-control'
import type { Result } from '@tessera/shared/fault/result'
import { eventually } from '@tessera/testkit/eventually'
import { identityProvider } from '@tessera/testkit/identity-provider'
import { ownNats } from '@tessera/testkit/own-nats'
import { ownPostgres } from '@tessera/testkit/own-postgres'
import { freePort } from '@tessera/testkit/stack/run'
import type { TestScope } from '@tessera/testkit/test-scope'
import pg from 'pg'
import { startChild } from './child.ts'

const root = fileURLToPath(new URL('../../../', import.meta.url))
const prefixes = { product: 'bench', withoutLog: 'bench-without-log' }

export type Servers = Awaited<ReturnType<typeof startServers>>

/**
 * Access-control and the gateway as processes of their own, with a PostgreSQL and a NATS server that nobody else uses; beside them the check without its log. This
 * process is the load generator.
 */
export async function startServers(t: TestScope) {
  const postgres = await ownPostgres(t, { durable: true })
  const nats = await ownNats(t)
  const keys = { access: generateKeyPairSync('ed25519'), gateway: generateKeyPairSync('ed25519') }
  const keyOf = (service: keyof typeof keys) =>
    keys[service].privateKey.export({ type: 'pkcs8', format: 'der' }).toString('base64')
  const publicKeyOf = (service: keyof typeof keys) =>
    keys[service].publicKey.export({ type: 'spki', format: 'der' }).toString('base64')
  const trust = JSON.stringify({ access: publicKeyOf('access'), gateway: publicKeyOf('gateway') })
  const checkpoints = await mkdtemp(join(tmpdir(), 'tessera-bench-'))
  t.after(() => rm(checkpoints, { recursive: true, force: true }))
  const environmentOf = (service: keyof typeof keys, port: number, prefix = prefixes.product) => ({
    ...{ PATH: process.env.PATH ?? '', HOST: '127.0.0.1', PORT: String(port), LOG_LEVEL: 'warn' },
    ...{ DATABASE_URL: postgres.url, NATS_URL: nats.url, NATS_PREFIX: prefix },
    ...{ ASSERTION_KEY: keyOf(service), ASSERTION_TRUST: trust },
    ...{ AUDIT_SIGNING_KEY: keyOf('access'), AUDIT_CHECKPOINTS_DIR: checkpoints },
    ...{ REVISION_TOKEN_KEY: randomBytes(32).toString('base64'), RATE_LIMIT_PER_MINUTE: '1000000' },
  })
  const command = (file: string, args: string[] = []) =>
    promisify(execFile)(process.execPath, [`services/access-control/src/${file}`, ...args], {
      ...{ cwd: root, env: environmentOf('access', 0) },
    })
  await command('migrate.ts')
  const provider = await identityProvider(t)
  const { stdout } = await command('create-workspace.ts', [
    ...['--title', 'Bench', '--issuer', provider.issuer, '--audience', provider.audience],
    ...['--jwks-url', provider.jwksUrl, '--admin-subject', 'admin', '--one-admin'],
  ])
  const { workspaceId, admin } = JSON.parse(stdout) as { workspaceId: string; admin: string }

  const ports = { access: await freePort(), gateway: await freePort() }
  const access = await startService(t, 'access-control', environmentOf('access', ports.access))
  await startService(t, 'gateway', environmentOf('gateway', ports.gateway))
  const withoutLog = startChild(t, './check-without-log.ts', {
    env: environmentOf('access', 0, prefixes.withoutLog),
  })
  await withoutLog.answer()
  const bare = startChild(t, './bare-statement.ts', { args: [postgres.url, workspaceId] })

  /** What goes through this process in place of the services that it plays; its calls are signed as the gateway's. */
  const joinAs = async (service: 'gateway' | 'retrieval', prefix: string) => {
    const bus = await createNatsBus({ url: nats.url, prefix, service, signingKey: keyOf('gateway'), trust })
    t.after(() => bus.close({ graceMs: 0 }))
    return { bus, client: bus.connectTo(accessContract) }
  }
  const gateway = await joinAs('gateway', prefixes.product)
  const retrieval = await joinAs('retrieval', prefixes.product)
  const retrievalWithoutLog = await joinAs('retrieval', prefixes.withoutLog)
  const db = new pg.Pool({ connectionString: postgres.url, max: 2, options: '-c search_path=access' })
  t.after(() => db.end())
  const callFor = (subject: string) =>
    gateway.bus.callFor({ workspaceId, subject, actors: [], scopes: [] }, { timeoutMs: 30_000 })
  return {
    ...{ workspaceId, admin, db, callFor, bare },
    access: gateway.client,
    retrieval: retrieval.client,
    retrievalWithoutLog: retrievalWithoutLog.client,
    asAdmin: () => callFor(admin),
    gatewayUrl: `http://127.0.0.1:${ports.gateway}`,
    token: () => provider.tokenFor('admin', { expiresIn: '2h' }),
    issuer: provider.issuer,
    /** Whose CPU counts for what. PostgreSQL and NATS serve nobody else meanwhile. */
    processes: {
      check: { service: access.pid ?? 0, postgres: postgres.pid(), nats: nats.pid() },
      checkWithoutLog: { service: withoutLog.pid, postgres: postgres.pid(), nats: nats.pid() },
      bare: { service: bare.pid, postgres: postgres.pid() },
    },
  }
}

/** What came back, or an error that names the fault. */
export function value<T>(result: Result<T>): T {
  if (!result.ok) throw new Error(`${result.fault.code}: ${result.fault.detail}`)
  return result.value
}

async function startService(t: TestScope, folder: string, env: Record<string, string>): Promise<ChildProcess> {
  const child = spawn(process.execPath, [`services/${folder}/src/main.ts`], {
    ...{ cwd: root, env, stdio: ['ignore', 'inherit', 'inherit'] },
  })
  t.after(async () => {
    if (child.exitCode !== null) return
    const ended = once(child, 'exit')
    child.kill('SIGTERM')
    await ended
  })
  await eventually(
    async () => {
      if (child.exitCode !== null) throw new Error(`${folder} ended while starting`)
      const response = await fetch(`http://127.0.0.1:${env['PORT']}/health/ready`)
      if (!response.ok) throw new Error(`${folder} is not ready: ${await response.text()}`)
    },
    { timeoutMs: 60_000 },
  )
  return child
}
