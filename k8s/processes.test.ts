import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { Client } from 'pg'
import { eventually } from '@tessera/testkit/eventually'
import { ownNats } from '@tessera/testkit/own-nats'
import { ownPostgres } from '@tessera/testkit/own-postgres'
import { search } from '@tessera/testkit/search'
import { freePort, run } from '@tessera/testkit/stack/run'
import { makeSecrets } from '../scripts/make-secrets.ts'
import { loadCompose } from './compose.ts'
import { databaseUsers, services, type Variables } from './environment.ts'

const root = join(import.meta.dirname, '..')

/** What postgres/roles.sh gives to psql, with its variables filled in. */
async function roleStatements(environment: Variables): Promise<string> {
  const script = await readFile(join(root, 'postgres/roles.sh'), 'utf8')
  const sql = /<<'SQL'\n\\getenv password PASSWORD\n(.*?)^SQL$/ms.exec(script)?.[1] ?? ''
  const names = /for service in (.*); do/.exec(script)?.[1]?.split(' ') ?? []
  assert.deepEqual(names.toSorted(), Object.values(databaseUsers).toSorted())
  return names
    .map((name) =>
      sql
        .replaceAll(':"service"', `"${name}"`)
        .replaceAll(":'password'", `'${environment[`DATABASE_PASSWORD_${name.toUpperCase()}`]}'`),
    )
    .join('')
}

async function query(url: string, statement: string): Promise<void> {
  const client = new Client({ connectionString: url })
  await client.connect()
  try {
    await client.query(statement)
  } finally {
    await client.end()
  }
}

test('with the environment of the compose file six processes get ready, each as its own user of NATS and PostgreSQL', async (t) => {
  const { services: containers } = await loadCompose(makeSecrets())
  const environmentOf = (name: string) => containers[name]?.environment ?? {}
  const store = await mkdtemp(join(tmpdir(), 'tessera-jetstream-'))
  t.after(() => rm(store, { recursive: true, force: true }))
  // The configuration reads these from the server's environment, which it has from this process.
  Object.assign(process.env, environmentOf('nats'), { NATS_STORE_DIR: store })
  const [postgres, nats, elasticsearch] = await Promise.all([
    ownPostgres(t),
    ownNats(t, { configFile: join(root, 'nats/nats.conf') }),
    search(t),
  ])

  /** The compose environment with today's addresses in place of the names on its networks. */
  const here = (name: string): Variables => {
    const variables = { ...environmentOf(name), NATS_URL: nats.url }
    const database = new URL(environmentOf(name)['DATABASE_URL'] ?? postgres.url)
    database.host = new URL(postgres.url).host
    // Mounted files lie here where they come from. The loader saw the file in a directory of its own, and made the sources absolute from there.
    const mounted = (containers[name]?.volumes ?? []).filter(({ type }) => type === 'bind')
    const files = Object.entries(variables).flatMap(([variable, value]) => {
      const from = mounted.find(({ target }) => target === value)?.source
      return from === undefined ? [] : [[variable, inRepository(from)] as const]
    })
    return {
      ...variables,
      ...Object.fromEntries(files),
      DATABASE_URL: database.href,
      ELASTICSEARCH_URL: elasticsearch.url,
      ELASTICSEARCH_PREFIX: elasticsearch.prefix,
    }
  }
  const { POSTGRES_PASSWORD: password } = environmentOf('postgres')
  await query(postgres.url, `create role tessera superuser login password '${password}'`)
  await query(postgres.url, 'create database tessera owner tessera')
  const owner = here('migrations')
  await query(owner['DATABASE_URL'] ?? '', await roleStatements(environmentOf('postgres')))
  const [shell = '', ...args] = containers['migrations']?.command ?? []
  // In the container `node` is the image's; $$ is compose's way to write a dollar.
  const path = `${join(process.execPath, '..')}:${process.env['PATH']}`
  const unescaped = args.map((arg) => arg.replaceAll('$$', '$'))
  assert.match(await run(shell, unescaped, { cwd: root, env: { ...owner, PATH: path } }), /connectors: applied/)

  const urls = new Map<string, string>()
  const start = async (name: string) => {
    const port = await freePort()
    const env = { ...here(name), HOST: '127.0.0.1', PORT: String(port), LOG_LEVEL: 'error' }
    const [, main = ''] = containers[name]?.command ?? []
    const output = keepRunning(t, main, env)
    const url = `http://127.0.0.1:${port}`
    urls.set(name, url)
    await eventually(
      async () => {
        const response = await fetch(`${url}/health/ready`).catch((error: unknown) => {
          throw new Error(`${name} does not answer: ${output()}`, { cause: error })
        })
        assert.equal(response.status, 200, `${name}: ${await response.text()} ${output()}`)
      },
      { timeoutMs: 90_000 },
    )
  }
  await Promise.all(services.map(start))
  // The gateway asks access-control for the identity providers before it refuses a token: the bus lets them talk, and they trust each other's keys.
  const refused = await fetch(`${urls.get('gateway')}/v1/me`, { headers: { authorization: 'Bearer a.b.c' } })
  assert.equal(refused.status, 401, await refused.text())

  const asRetrieval = here('retrieval')['DATABASE_URL'] ?? ''
  await query(asRetrieval, 'select * from retrieval.documents')
  await assert.rejects(query(asRetrieval, 'select * from access.workspaces'), { code: '42501' })
  await assert.rejects(query(asRetrieval, 'create table retrieval.mine (id int)'), { code: '42501' })
})

/** The longest end of this path that is a file of the repository. */
function inRepository(path: string): string {
  const parts = path.split('/')
  const ends = parts.map((_, at) => join(root, ...parts.slice(at)))
  return ends.find((end) => existsSync(end)) ?? path
}

/** As `restart: unless-stopped`: a service that could not start, as on a machine too busy for the bus to answer in time, is started again. */
function keepRunning(t: TestContext, main: string, env: Variables): () => string {
  let output = ''
  let child: ChildProcess
  let stopping = false
  const start = () => {
    child = spawn(process.execPath, [main], { cwd: root, env, stdio: ['ignore', 'pipe', 'pipe'] })
    child.stdout?.on('data', (data: Buffer) => (output += data.toString()))
    child.stderr?.on('data', (data: Buffer) => (output += data.toString()))
    // 78: the configuration is refused, and would be again.
    child.on('exit', (code) => {
      if (!stopping && code !== 78) start()
    })
  }
  start()
  t.after(async () => {
    stopping = true
    if (child.exitCode !== null || child.signalCode !== null) return
    const exit = once(child, 'exit')
    child.kill('SIGTERM')
    await exit
  })
  return () => output
}
