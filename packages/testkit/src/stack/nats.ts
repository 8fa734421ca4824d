import { mkdir, writeFile } from 'node:fs/promises'
import { connect as connectSocket } from 'node:net'
import { join } from 'node:path'
import { cacheDirectory, cached, exists } from './cache.ts'
import { obtain, ServerMissing } from './missing.ts'
import { installWithApt } from './apt.ts'
import type { Started } from './postgres.ts'
import { step } from './report.ts'
import { launch, run, tryRun, untilReady } from './run.ts'

const VERSION = '2.15.2'
/** Larger messages than NATS's default of 1 MB: the contract of the bus allows 8 MB. */
export const MAX_PAYLOAD = 8 * 1024 * 1024

/** `nats-server`: one on PATH that is new enough, else the pinned version built with Go, else Debian's. */
export async function natsProgram(): Promise<string> {
  if (isNewEnough(await tryRun('nats-server', ['--version']))) return 'nats-server'
  const built = join(cacheDirectory(), `nats-server-${VERSION}`, 'nats-server')
  if (await exists(built)) return built
  if ((await tryRun('go', ['version'])) !== undefined) return obtain('NATS', buildNats)
  const debian = '/usr/sbin/nats-server'
  if ((await exists(debian)) || (await installWithApt('nats-server'))) return debian
  throw new ServerMissing('NATS: install Go or nats-server (2.9 or newer) on PATH, run docker, or set TEST_NATS_URL.')
}

function isNewEnough(answer = ''): boolean {
  const version = /v(\d+)\.(\d+)\./.exec(answer)
  return version !== null && (Number(version[1]) > 2 || Number(version[2]) >= 10)
}

async function buildNats(): Promise<string> {
  const directory = await cached(`nats-server-${VERSION}`, async (into) =>
    step(`building nats-server ${VERSION} with Go`, async () => {
      const env = { ...process.env, GOBIN: into, GOFLAGS: '-buildvcs=false' }
      await run('go', ['install', `github.com/nats-io/nats-server/v2@v${VERSION}`], { env })
    }),
  )
  return join(directory, 'nats-server')
}

/** The text of a configuration that serves JetStream from `directory`. */
export function natsConfig(directory: string): string {
  return [
    `max_payload: ${MAX_PAYLOAD}`,
    `jetstream { store_dir: ${JSON.stringify(join(directory, 'jetstream'))}, max_mem: 512MB, max_file: 4GB }`,
    '',
  ].join('\n')
}

/** Starts a server with JetStream; a `configFile` of the caller's replaces the usual configuration, except for the address. */
export async function startNats(options: { directory: string; port: number; configFile?: string }): Promise<Started> {
  const { directory, port } = options
  const program = await natsProgram()
  await mkdir(directory, { recursive: true })
  const configFile = options.configFile ?? join(directory, 'nats.conf')
  if (options.configFile === undefined) await writeFile(configFile, natsConfig(directory))
  const log = join(directory, 'nats.log')
  const args = ['-c', configFile, '-a', '127.0.0.1', '-p', String(port)]
  const pid = launch({ program, args, log })
  await untilReady({ name: 'NATS', pid, log }, 30_000, () => greets(port))
  return { pid, url: `nats://127.0.0.1:${port}` }
}

/** Whether a NATS server says its first line, `INFO {…}`, on this port. */
export async function greets(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connectSocket({ host: '127.0.0.1', port })
    const answer = (ready: boolean) => {
      socket.destroy()
      resolve(ready)
    }
    socket.setTimeout(2_000, () => answer(false))
    socket.once('data', (data) => answer(data.toString('latin1').startsWith('INFO ')))
    socket.once('error', () => answer(false))
    socket.once('close', () => answer(false))
  })
}
