import { type ChildProcess, spawn } from 'node:child_process'
import { generateKeyPairSync, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Client } from 'pg'
import { bus } from './bus.ts'
import { eventually } from './eventually.ts'
import { randomName } from './random-name.ts'
import { search } from './search.ts'
import { sharedServer } from './shared-server.ts'
import type { TestScope } from './test-scope.ts'

/** The folders of the services, by their names on the bus. */
const folders = {
  access: 'access-control',
  retrieval: 'retrieval',
  models: 'model-router',
  agents: 'agents',
  connectors: 'connectors',
  gateway: 'gateway',
} as const
export type ServiceName = keyof typeof folders
const names = Object.keys(folders) as ServiceName[]

/** One service as a process of its own, as an operator runs it. */
export type ServiceProcess = {
  readonly url: string
  pid(): number
  /** SIGKILL, at once. */
  kill(): Promise<void>
  /** SIGTERM, and how it ended. */
  stop(): Promise<{ code: number | null; signal: NodeJS.Signals | null }>
  /** Starts it (again), and waits until it is ready. */
  start(): Promise<void>
  /** What it wrote so far. */
  output(): string
}

export type Cluster = {
  /** Where the gateway answers. */
  readonly url: string
  readonly databaseUrl: string
  readonly elasticsearch: { readonly url: string; readonly prefix: string }
  readonly services: Readonly<Record<ServiceName, ServiceProcess>>
  /** What a process of this service is started with, for whoever plays it on the bus. */
  readonly environmentOf: (service: ServiceName) => Readonly<Record<string, string>>
  /** Runs a command of a service to its end, in the service's environment. Throws with its output when it fails. */
  readonly command: (service: ServiceName, file: string, args?: readonly string[]) => Promise<string>
}

export type ClusterOptions = {
  /** Variables for a service on top of those that it needs. */
  environment?: Partial<Record<ServiceName, Record<string, string>>>
  /** Only these services, for what needs no others. */
  only?: readonly ServiceName[]
  /** Servers to use in place of the shared stack's. */
  natsUrl?: string
  elasticsearchUrl?: string
  databaseServerUrl?: string
}

/**
 * The six services as six processes over NATS with PostgreSQL and Elasticsearch: a database, a subject prefix and an index prefix of
 * their own. Everything is stopped and removed with the test.
 */
export async function cluster(t: TestScope, options: ClusterOptions = {}): Promise<Cluster> {
  const databaseUrl = await ownDatabase(t, options.databaseServerUrl ?? (await sharedServer('postgres')))
  const { only: chosen = names } = options
  const { natsUrl } = options
  const { url: busUrl, prefix } = natsUrl === undefined ? await bus(t) : { url: natsUrl, prefix: randomName('test') }
  const { url: elasticsearchUrl, prefix: indexPrefix } = chosen.includes('retrieval')
    ? await search(t)
    : { url: '', prefix: '' }
  const keys = Object.fromEntries(names.map((name) => [name, generateKeyPairSync('ed25519')]))
  const trust = JSON.stringify(
    Object.fromEntries(
      names.map((name) => [name, keys[name]?.publicKey.export({ type: 'spki', format: 'der' }).toString('base64')]),
    ),
  )
  const checkpoints = await mkdtemp(join(tmpdir(), 'tessera-checkpoints-'))
  t.after(() => rm(checkpoints, { recursive: true, force: true }))
  const shared = {
    LOG_LEVEL: 'warn',
    HOST: '127.0.0.1',
    DATABASE_URL: databaseUrl,
    NATS_URL: busUrl,
    NATS_PREFIX: prefix,
    ELASTICSEARCH_URL: options.elasticsearchUrl ?? elasticsearchUrl,
    ELASTICSEARCH_PREFIX: indexPrefix,
    ASSERTION_TRUST: trust,
    PASSAGE_ID_KEY: randomBytes(32).toString('base64'),
    REVISION_TOKEN_KEY: randomBytes(32).toString('base64'),
    AUDIT_SIGNING_KEY: generateKeyPairSync('ed25519')
      .privateKey.export({ type: 'pkcs8', format: 'der' })
      .toString('base64'),
    AUDIT_CHECKPOINTS_DIR: checkpoints,
    FOLDER_ROOTS: '/',
    // Tests poll faster than a person may.
    RATE_LIMIT_PER_MINUTE: '1000000',
  }
  const environmentOf = (name: ServiceName, port: number) => ({
    PATH: process.env.PATH ?? '',
    ...compileCache,
    ...shared,
    PORT: String(port),
    ASSERTION_KEY: keys[name]?.privateKey.export({ type: 'pkcs8', format: 'der' }).toString('base64') ?? '',
    ...options.environment?.[name],
  })
  const command: Cluster['command'] = (service, file, args = []) =>
    runToEnd(`services/${folders[service]}/src/${file}`, args, environmentOf(service, 0))

  await Promise.all(chosen.filter((name) => name !== 'gateway').map((name) => command(name, 'migrate.ts')))
  const services = {} as Record<ServiceName, ServiceProcess>
  for (const name of chosen) services[name] = serviceProcess(t, name, environmentOf(name, await freePort()))
  await Promise.all(chosen.map((name) => services[name].start()))
  const elasticsearch = { url: shared.ELASTICSEARCH_URL, prefix: indexPrefix }
  return {
    url: services.gateway.url,
    databaseUrl,
    elasticsearch,
    services,
    environmentOf: (name) => environmentOf(name, 0),
    command,
  }
}

/** Where Node keeps compiled modules, if it was told: six processes start a good deal faster with it. */
const { NODE_COMPILE_CACHE } = process.env
const compileCache = NODE_COMPILE_CACHE === undefined ? {} : { NODE_COMPILE_CACHE }

const root = fileURLToPath(new URL('../../../', import.meta.url))

function serviceProcess(t: TestScope, name: ServiceName, environment: Record<string, string>): ServiceProcess {
  const url = `http://127.0.0.1:${environment['PORT']}`
  let child: ChildProcess | undefined
  let output = ''
  const end = async (signal: NodeJS.Signals) => {
    if (!child || child.exitCode !== null || child.signalCode !== null) return
    const ended = once(child, 'exit')
    child.kill(signal)
    await ended
  }
  t.after(() => end('SIGKILL'))
  return {
    url,
    pid: () => child?.pid ?? 0,
    output: () => output,
    kill: () => end('SIGKILL'),
    async stop() {
      await end('SIGTERM')
      return { code: child?.exitCode ?? null, signal: child?.signalCode ?? null }
    },
    async start() {
      child = spawn(process.execPath, [`services/${folders[name]}/src/main.ts`], {
        cwd: root,
        env: environment,
        stdio: ['ignore', 'pipe', 'pipe'],
      })
      child.stdout?.on('data', (chunk: Buffer) => (output += chunk.toString()))
      child.stderr?.on('data', (chunk: Buffer) => (output += chunk.toString()))
      await eventually(
        async () => {
          if (child?.exitCode !== null) throw new Error(`${name} ended while starting:\n${output}`)
          const response = await fetch(`${url}/health/ready`)
          if (!response.ok) throw new Error(`${name} is not ready: ${await response.text()}\n${output}`)
        },
        { timeoutMs: 60_000 },
      )
    },
  }
}

async function runToEnd(file: string, args: readonly string[], environment: Record<string, string>): Promise<string> {
  const child = spawn(process.execPath, [file, ...args], {
    cwd: root,
    env: environment,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()))
  child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()))
  const [code] = (await once(child, 'close')) as [number | null]
  if (code !== 0) throw new Error(`${file} ended with ${code}:\n${output}`)
  return output
}

async function ownDatabase(t: TestScope, serverUrl: string): Promise<string> {
  const name = randomName('cluster')
  await administer(serverUrl, `create database "${name}"`)
  t.after(() => administer(serverUrl, `drop database if exists "${name}" with (force)`))
  const url = new URL(serverUrl)
  url.pathname = `/${name}`
  return url.href
}

async function administer(url: string, statement: string): Promise<void> {
  const client = new Client({ connectionString: url })
  await client.connect()
  try {
    await client.query(statement)
  } finally {
    await client.end()
  }
}

async function freePort(): Promise<number> {
  const server = createServer()
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  return typeof address === 'object' && address ? address.port : 0
}
