import { createNatsBus } from '@tessera/shared/bus/nats-bus'
import { natsOptionsOf } from '@tessera/shared/bus/nats-environment'
import { createDatabase } from '@tessera/shared/database/database'
import { createApp } from '@tessera/shared/http/create-app'
import { runService } from '@tessera/shared/http/run-service'
import { createAccessControl } from './app.ts'
import { Environment, schema } from './config.ts'
import type { AccessTables } from './database.ts'
import { createFileSink } from './log/checkpoint-sink.ts'

const name = 'access-control'
await runService({ name, environment: process.env, schema: Environment }, async ({ config, logger, onClose }) => {
  // Not the error itself: it carries its client, with every statement that this has prepared.
  const onError = ({ message }: Error) => logger.warn({ message }, 'An idle database connection broke')
  const db = createDatabase<AccessTables>({ url: config.DATABASE_URL, schema, onError })
  onClose('database', () => db.destroy())
  const bus = await createNatsBus({ ...natsOptionsOf(config), service: 'access', logger })
  onClose('bus', () => bus.close())
  const sink = await createFileSink(config.AUDIT_CHECKPOINTS_DIR)
  const access = await createAccessControl({ bus, db, logger, audit: { signingKey: config.AUDIT_SIGNING_KEY, sink } })
  onClose('service', () => access.close())
  const app = await createApp({ name, logger, notReady: () => access.notReady() })
  onClose('http', () => app.close())
  await app.listen({ port: config.PORT, host: config.HOST })
})
