import { ownDirectory } from './own-directory.ts'
import { ownServer, type OwnServer } from './own-server.ts'
import { startNats } from './stack/nats.ts'
import { freePort } from './stack/run.ts'
import type { TestScope } from './test-scope.ts'

/**
 * A NATS server of the test's own, with JetStream on disk, for what cannot be done to the shared one: killing it, or running it with other users.
 * A `configFile` replaces the usual configuration except for the address.
 */
export async function ownNats(t: TestScope, options: { configFile?: string; port?: number } = {}): Promise<OwnServer> {
  const directory = await ownDirectory('nats')
  const port = options.port ?? (await freePort())
  const { configFile } = options
  const start = () => startNats({ directory, port, ...(configFile === undefined ? {} : { configFile }) })
  return ownServer(t, { port, directory, gently: 'SIGTERM', start })
}
