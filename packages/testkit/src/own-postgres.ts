import { ownDirectory } from './own-directory.ts'
import { ownServer, type OwnServer } from './own-server.ts'
import { createCluster, startPostgres } from './stack/postgres.ts'
import { freePort } from './stack/run.ts'
import type { TestScope } from './test-scope.ts'

/**
 * A PostgreSQL server of the test's own, to be killed and started again. `durable` runs it with fsync and synchronous commit, as in production, for
 * benches that measure commits.
 */
export async function ownPostgres(
  t: TestScope,
  options: { durable?: boolean; port?: number } = {},
): Promise<OwnServer> {
  const directory = await ownDirectory('postgres')
  const port = options.port ?? (await freePort())
  const durability = options.durable === true ? 'disk' : 'process'
  await createCluster(directory)
  // SIGINT is PostgreSQL's "fast shutdown"; SIGTERM would wait for the clients to leave.
  return ownServer(t, {
    port,
    directory,
    gently: 'SIGINT',
    start: () => startPostgres({ directory, port, durability }),
  })
}
