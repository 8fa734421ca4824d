import { mkdir, writeFile } from 'node:fs/promises'
import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { healthy } from './elasticsearch.ts'
import { MAX_PAYLOAD, greets } from './nats.ts'
import { accepts } from './postgres.ts'
import { step } from './report.ts'
import { run, tryRun } from './run.ts'
import type { ServerKind } from './server-kind.ts'

type Container = {
  image: string
  port: number
  options: string[]
  command: string[]
  url: (port: string) => string
  ready: (url: string) => Promise<boolean>
}

let engine: Promise<boolean> | undefined

/** Whether a docker engine answers; the client alone is not enough. */
export async function dockerAnswers(): Promise<boolean> {
  engine ??= tryRun('docker', ['info', '--format', '{{.ServerVersion}}']).then((version) => Boolean(version?.trim()))
  return engine
}

/** Starts a server in a container which publishes its port on the loopback address. */
export async function startContainer(kind: ServerKind, directory: string): Promise<{ container: string; url: string }> {
  const { image, port, options, command, url, ready } = await definition(kind, directory)
  if ((await tryRun('docker', ['image', 'inspect', image])) === undefined) {
    await step(`docker pull ${image}`, () => run('docker', ['pull', '--quiet', image]))
  }
  const container = `tessera-test-${kind}-${randomBytes(4).toString('hex')}`
  await run('docker', [
    'run',
    '--detach',
    '--name',
    container,
    '--publish',
    `127.0.0.1::${port}`,
    ...options,
    image,
    ...command,
  ])
  const published = (await run('docker', ['port', container, `${port}/tcp`])).trim().split(':').at(-1)
  const address = url(published ?? '')
  await untilContainerReady(container, () => ready(address))
  return { container, url: address }
}

export async function removeContainer(container: string): Promise<void> {
  await tryRun('docker', ['rm', '--force', '--volumes', container])
}

async function untilContainerReady(container: string, ready: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 180_000
  while (!(await ready().catch(() => false))) {
    if (Date.now() > deadline) {
      const log = await tryRun('docker', ['logs', '--tail', '25', container])
      await removeContainer(container)
      throw new Error(`${container} was not ready within 180 s\n${log ?? ''}`)
    }
    await setTimeout(100)
  }
}

async function definition(kind: ServerKind, directory: string): Promise<Container> {
  if (kind === 'postgres') return postgres()
  if (kind === 'nats') return nats(directory)
  return elasticsearch()
}

function postgres(): Container {
  const password = randomBytes(16).toString('hex')
  return {
    image: 'postgres:18',
    port: 5432,
    options: ['--env', `POSTGRES_PASSWORD=${password}`, '--shm-size', '512m'],
    command: [
      '-c',
      'fsync=off',
      '-c',
      'synchronous_commit=off',
      '-c',
      'full_page_writes=off',
      '-c',
      'max_connections=300',
    ],
    url: (port) => `postgres://postgres:${password}@127.0.0.1:${port}/postgres`,
    ready: accepts,
  }
}

async function nats(directory: string): Promise<Container> {
  await mkdir(directory, { recursive: true })
  const config = join(directory, 'nats.conf')
  await writeFile(config, `max_payload: ${MAX_PAYLOAD}\njetstream { store_dir: /tmp/jetstream }\n`)
  return {
    image: 'nats:2.15',
    port: 4222,
    options: ['--volume', `${config}:/etc/tessera/nats.conf:ro`],
    command: ['-c', '/etc/tessera/nats.conf'],
    url: (port) => `nats://127.0.0.1:${port}`,
    ready: (url) => greets(Number(new URL(url).port)),
  }
}

function elasticsearch(): Container {
  const settings = ['discovery.type=single-node', 'xpack.security.enabled=false', 'cluster.max_shards_per_node=10000']
  return {
    image: 'elasticsearch:9.5.2',
    port: 9200,
    options: [...settings, 'ES_JAVA_OPTS=-Xms512m -Xmx512m'].flatMap((setting) => ['--env', setting]),
    command: [],
    url: (port) => `http://127.0.0.1:${port}`,
    ready: healthy,
  }
}
