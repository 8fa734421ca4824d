import { createNatsBus } from '@tessera/shared/bus/nats-bus'
import { natsOptionsOf } from '@tessera/shared/bus/nats-environment'
import { createDatabase } from '@tessera/shared/database/database'
import { createApp } from '@tessera/shared/http/create-app'
import { runService } from '@tessera/shared/http/run-service'
import { createAgents } from './app.ts'
import { Environment, schema } from './config.ts'
import type { AgentsTables } from './database.ts'

await runService(
  { name: 'agents', environment: process.env, schema: Environment },
  async ({ config, logger, onClose }) => {
    const db = createDatabase<AgentsTables>({ url: config.DATABASE_URL, schema })
    onClose('database', () => db.destroy())
    const bus = await createNatsBus({ ...natsOptionsOf(config), service: 'agents', logger })
    const agents = await createAgents({
      bus,
      db,
      logger,
      leaseMs: config.RUN_LEASE_MS,
      runTimeoutMs: config.RUN_TIMEOUT_MS,
      // The bus has waited for the readers before; runs without one go on elsewhere.
      graceMs: 0,
    })
    onClose('runs', () => agents.close())
    onClose('bus', () => bus.close())
    onClose('new runs', async () => agents.drain())
    const app = await createApp({ name: 'agents', logger, notReady: () => agents.notReady() })
    onClose('http', () => app.close())
    await app.listen({ port: config.PORT, host: config.HOST })
  },
)
