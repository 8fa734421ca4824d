import { cp, mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { elasticsearchProgram } from './elasticsearch-program.ts'
import type { Started } from './postgres.ts'
import { freePort, launch, run, untilReady } from './run.ts'
import { serverUser } from './unprivileged.ts'

/** Ready in 8 s on a quiet machine, in over 40 s on a busy one. */
const READY_MS = 180_000

/** Starts a single node with 512 MB of heap, security off, on the loopback address only. */
export async function startElasticsearch({ directory, port }: { directory: string; port: number }): Promise<Started> {
  const { home, java } = await elasticsearchProgram()
  const user = await serverUser()
  for (const name of ['data', 'logs', 'tmp']) await mkdir(join(directory, name), { recursive: true })
  await cp(join(home, 'config'), join(directory, 'config'), { recursive: true })
  if (user.uid !== undefined) await run('chown', ['-R', `${user.uid}:${user.gid}`, directory])
  const log = join(directory, 'elasticsearch.log')
  const pid = launch({
    program: join(home, 'bin/elasticsearch'),
    args: (await settings(directory, port)).map((setting) => `-E${setting}`),
    log,
    cwd: directory,
    env: {
      PATH: '/usr/local/bin:/usr/bin:/bin',
      HOME: directory,
      ES_JAVA_HOME: java,
      ES_PATH_CONF: join(directory, 'config'),
      ES_TMPDIR: join(directory, 'tmp'),
      ES_JAVA_OPTS: '-Xms512m -Xmx512m',
    },
    ...user,
  })
  const url = `http://127.0.0.1:${port}`
  await untilReady({ name: 'Elasticsearch', pid, log }, READY_MS, () => healthy(url))
  return { pid, url }
}

async function settings(directory: string, port: number): Promise<string[]> {
  return [
    'discovery.type=single-node',
    'cluster.name=tessera-test',
    'http.host=127.0.0.1',
    'transport.host=127.0.0.1',
    `http.port=${port}`,
    `transport.port=${await freePort()}`,
    `path.data=${join(directory, 'data')}`,
    `path.logs=${join(directory, 'logs')}`,
    'cluster.routing.allocation.disk.threshold_enabled=false',
    'xpack.security.enabled=false',
    // Test files create many small indices at once; the default of 1,000 shards is a limit for production.
    'cluster.max_shards_per_node=10000',
  ]
}

/** Whether the cluster answers and is usable. `GET /` is missing in the small distribution, so its health is asked. */
export async function healthy(url: string): Promise<boolean> {
  const response = await fetch(`${url}/_cluster/health`, { signal: AbortSignal.timeout(5_000) })
  const { status } = (await response.json()) as { status?: string }
  return response.ok && (status === 'green' || status === 'yellow')
}
