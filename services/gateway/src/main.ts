import { createNatsBus } from '@tessera/shared/bus/nats-bus'
import { natsOptionsOf } from '@tessera/shared/bus/nats-environment'
import { runService } from '@tessera/shared/http/run-service'
import { createGateway } from './app.ts'
import { Environment } from './config.ts'

await runService(
  { name: 'gateway', environment: process.env, schema: Environment },
  async ({ config, logger, onClose }) => {
    const bus = await createNatsBus({ ...natsOptionsOf(config), service: 'gateway', logger })
    onClose('bus', () => bus.close())
    const gateway = await createGateway({
      bus,
      logger,
      config: {
        revisionTokenKey: config.REVISION_TOKEN_KEY,
        corsOrigins: config.CORS_ORIGINS?.split(',').map((origin) => origin.trim()) ?? [],
        rateLimitPerMinute: config.RATE_LIMIT_PER_MINUTE,
      },
    })
    onClose('http', () => gateway.close())
    await gateway.app.listen({ port: config.PORT, host: config.HOST })
  },
)
