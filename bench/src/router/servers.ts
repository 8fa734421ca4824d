import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { fileURLToPath } from 'node:url'
import { cluster } from '@tessera/testkit/cluster'
import { identityProvider } from '@tessera/testkit/identity-provider'
import { ownNats } from '@tessera/testkit/own-nats'
import { ownPostgres } from '@tessera/testkit/own-postgres'
import type { TestScope } from '@tessera/testkit/test-scope'
import type { Door } from './load.ts'

/** A way to the provider, and the processes on it that count. */
export type Way = { readonly name: string; readonly door: Door; readonly pids: readonly number[] }

/** The CPU that everything measured shares; the load and the provider have the other. Without `taskset`, or with one CPU, nothing is pinned. */
const MEASURED_CPU = '1'
const LOAD_CPU = '0'

const programOf = (file: string) => fileURLToPath(new URL(file, import.meta.url))

/** A program of the bench as a process of its own, and the first line that it prints. */
async function startProgram(t: TestScope, file: string, args: readonly string[], cpu: string) {
  const child = spawn(process.execPath, [programOf(file), ...args], { stdio: ['ignore', 'pipe', 'inherit'] })
  t.after(() => void child.kill())
  const [line] = (await once(child.stdout, 'data')) as [Buffer]
  pin(child.pid ?? 0, cpu)
  return { line: line.toString().trim(), pid: child.pid ?? 0 }
}

function pin(pid: number, cpu: string): void {
  try {
    execFileSync('taskset', ['-apc', cpu, String(pid)], { stdio: 'ignore' })
  } catch {
    // Not there, or only one CPU: the figures say CPU time, which needs no pinning.
  }
}

/** The provider, on the load's own CPU. */
export async function startProvider(t: TestScope): Promise<string> {
  pin(process.pid, LOAD_CPU)
  return (await startProgram(t, './provider.ts', [], LOAD_CPU)).line
}

/** Two processes and a NATS server that do nothing but pass on. */
export async function startFloor(t: TestScope, providerUrl: string): Promise<Way> {
  const nats = await ownNats(t)
  pin(nats.pid(), MEASURED_CPU)
  const router = await startProgram(t, './floor-router.ts', [nats.url, providerUrl], MEASURED_CPU)
  const gateway = await startProgram(t, './floor-gateway.ts', [nats.url], MEASURED_CPU)
  return {
    name: 'floor',
    door: { url: `${gateway.line}/v1/chat/completions`, key: 'bench', model: 'bench' },
    pids: [nats.pid(), router.pid, gateway.pid],
  }
}

export type Tessera = Way & {
  /** Those that serve requests, by name. */
  readonly processes: Readonly<Record<'gateway' | 'models' | 'access' | 'nats', number>>
}

/**
 * Gateway, model-router and access-control as they run in a cluster: keys, a published policy about models, a priced model, hard budgets of cost and of requests, the ledger, and traces of
 * `sampled` of the requests. PostgreSQL, which flushes, is beside them.
 */
export async function startTessera(
  t: TestScope,
  providerUrl: string,
  { sampled, environment = {} }: { sampled: number; environment?: Record<string, string> },
): Promise<Tessera> {
  const postgres = await ownPostgres(t, { durable: true })
  const nats = await ownNats(t)
  const identities = await identityProvider(t)
  const traces = {
    ...environment,
    OTEL_EXPORTER_OTLP_ENDPOINT: await startCollector(t),
    OTEL_TRACES_SAMPLER: 'parentbased_traceidratio',
    OTEL_TRACES_SAMPLER_ARG: String(sampled),
  }
  const { url, services, command } = await cluster(t, {
    ...{ only: ['access', 'models', 'gateway'], natsUrl: nats.url, databaseServerUrl: postgres.url },
    environment: {
      access: traces,
      gateway: traces,
      models: { ...traces, OPENAI_COMPATIBLE_URL: providerUrl },
    },
  })
  await command('access', 'create-workspace.ts', [
    ...['--title', 'Bench', '--issuer', identities.issuer, '--audience', identities.audience],
    ...['--jwks-url', identities.jwksUrl, '--admin-subject', 'admin', '--admin-name', 'Admin', '--one-admin'],
  ])
  const key = await configure(url, `Bearer ${await identities.tokenFor('admin', { expiresIn: '2h' })}`)
  const processes = {
    gateway: services.gateway.pid(),
    models: services.models.pid(),
    access: services.access.pid(),
    nats: nats.pid(),
  }
  const pids = Object.values(processes)
  for (const pid of pids) pin(pid, MEASURED_CPU)
  const door = { url: `${url}/v1/chat/completions`, key, model: 'openai-compatible/bench' }
  return { name: 'tessera', door, pids, processes }
}

async function configure(url: string, authorization: string): Promise<string> {
  const send = async <T>(method: string, path: string, body?: unknown): Promise<T> => {
    const response = await fetch(`${url}/v1${path}`, {
      method,
      headers: { authorization, ...(body !== undefined && { 'content-type': 'application/json' }) },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    })
    const text = await response.text()
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`)
    return (text === '' ? undefined : JSON.parse(text)) as T
  }
  const policy =
    '@id("own-machines") forbid (principal, action == Action::"process", resource) when { context.labels.contains("board") && resource.hosting == "cloud" };'
  const { policySet } = await send<{ policySet: { id: string } }>('POST', '/policies', {
    title: 'Models',
    text: policy,
  })
  await send('POST', `/policies/${policySet.id}/publish`)
  await send('PUT', `/catalogue/${encodeURIComponent('openai-compatible/*')}`, {
    ...{ hosting: 'cloud', contextTokens: 1_000_000, maxOutputTokens: 4096 },
    prices: { inputMicros: 1_000_000, outputMicros: 4_000_000 },
  })
  const limits = { hard: true, limit: 1_000_000_000_000 }
  await send('POST', '/budgets', { title: 'All', unit: 'cost', per: 'month', ...limits })
  await send('POST', '/budgets', { title: 'Each key', each: 'key', unit: 'requests', per: 'minute', ...limits })
  await send('POST', '/budgets', { title: 'Tokens', each: 'key', unit: 'tokens', per: 'minute', ...limits })
  const { serviceAccount } = await send<{ serviceAccount: { name: string } }>('POST', '/service-accounts', {
    displayName: 'Bench',
  })
  const key = { title: 'Bench', principal: serviceAccount.name, scopes: ['models'] }
  return (await send<{ secret: string }>('POST', '/keys', key)).secret
}

/** Takes traces, and throws them away. */
async function startCollector(t: TestScope): Promise<string> {
  const server = createServer((request, response) => void request.resume().on('end', () => response.end()))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => void server.close())
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}
