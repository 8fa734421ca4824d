import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { Client } from 'pg'
import { postgresProgram, postgresTemplate } from './postgres-program.ts'
import { launch, run, untilReady } from './run.ts'
import { serverUser } from './unprivileged.ts'

/**
 * How much of what was committed survives: `none` (the shared server, which nobody kills), `process` (survives the end of the process, not a power cut)
 * or `disk` (fsync, as in production).
 */
export type Durability = 'none' | 'process' | 'disk'

export type PostgresOptions = { directory: string; port: number; durability?: Durability }

/** A process and the URL it answers at. */
export type Started = { pid: number; url: string }

const DURABILITY: Record<Durability, string[]> = {
  none: ['fsync=off', 'full_page_writes=off', 'synchronous_commit=off'],
  process: ['fsync=off', 'full_page_writes=off', 'synchronous_commit=on'],
  disk: ['fsync=on', 'synchronous_commit=on'],
}

const SETTINGS = [
  'max_connections=300',
  'shared_buffers=256MB',
  'listen_addresses=127.0.0.1',
  'unix_socket_directories=',
  'log_min_messages=warning',
]

/** Makes a new, empty cluster in `directory`. */
export async function createCluster(directory: string): Promise<void> {
  const { data } = await postgresTemplate(await postgresProgram())
  await rm(join(directory, 'data'), { recursive: true, force: true })
  await mkdir(directory, { recursive: true })
  await run('cp', ['-a', data, join(directory, 'data')])
}

/** Starts the server of the cluster in `directory` and returns once it accepts queries. */
export async function startPostgres({ directory, port, durability = 'none' }: PostgresOptions): Promise<Started> {
  const program = await postgresProgram()
  const { password } = await postgresTemplate(program)
  const data = join(directory, 'data')
  const log = join(directory, 'postgres.log')
  const settings = [...DURABILITY[durability], ...SETTINGS]
  const args = ['-D', data, '-p', String(port), ...settings.flatMap((setting) => ['-c', setting])]
  const pid = launch({ program: join(program.bin, 'postgres'), args, log, cwd: data, ...(await serverUser()) })
  const url = `postgres://postgres:${password}@127.0.0.1:${port}/postgres`
  await untilReady({ name: 'PostgreSQL', pid, log }, 60_000, () => accepts(url))
  return { pid, url }
}

/** Whether a server answers queries at this URL. */
export async function accepts(url: string): Promise<boolean> {
  const client = new Client({ connectionString: url })
  try {
    await client.connect()
    await client.query('select 1')
    return true
  } finally {
    await client.end().catch(() => undefined)
  }
}
