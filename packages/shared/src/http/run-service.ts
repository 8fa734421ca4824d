import { setFlagsFromString } from 'node:v8'
import type { Logger } from 'pino'
import { type Static, type TObject, Type } from 'typebox'
import { ConfigError, loadConfig } from '../config/load-config.ts'
import { createLogger } from './logger.ts'
import { startTelemetry } from '../telemetry/start-telemetry.ts'

// A service makes much garbage and keeps little; left to itself, the heap grows to several times of what is in use before it is looked through. What is in use is not limited. At import,
// so that a main.ts may set less.
setFlagsFromString('--heap-growing-percent=40')

/** What every service reads, for the `schema` of `runService`: `Type.Object({ ...processVariables, DATABASE_URL: Secret() })`. */
export const processVariables = {
  PORT: Type.Integer({ default: 8080, minimum: 0, maximum: 65_535, description: 'where HTTP is served' }),
  HOST: Type.String({ default: '0.0.0.0', description: 'the address to listen on' }),
  LOG_LEVEL: Type.Union(
    [
      Type.Literal('fatal'),
      Type.Literal('error'),
      Type.Literal('warn'),
      Type.Literal('info'),
      Type.Literal('debug'),
      Type.Literal('trace'),
      Type.Literal('silent'),
    ],
    { default: 'info', description: 'the least level that is logged' },
  ),
}

export type Started<S extends TObject> = {
  readonly config: Readonly<Static<S>>
  readonly logger: Logger
  /** Names a part and how it stops. Parts stop in the reverse order of their naming: name the database first, HTTP last. */
  readonly onClose: (part: string, close: () => Promise<unknown>) => void
}

/** What is still not stopped after this is given up on; Kubernetes kills after 30 s. */
const stopWithinMs = 28_000

/**
 * Runs a service as this process: reads its configuration, starts it, and on SIGTERM or SIGINT stops what `onClose` named, last named first: HTTP
 * stops accepting and lets requests end, then the service, the bus, the database. A second signal, or 28 s, ends it at once with exit code 1;
 * so does an error that nobody caught. The whole of a main.ts:
 *
 * ```ts
 * await runService({ name: 'retrieval', environment: process.env, schema: Environment }, async ({ config, logger, onClose }) => {
 *   const db = createDatabase<Tables>({ url: config.DATABASE_URL, schema: 'retrieval' })
 *   onClose('database', () => db.destroy())
 *   const bus = await createNatsBus({ url: config.NATS_URL, service: 'retrieval' })
 *   onClose('bus', () => bus.close())
 *   const retrieval = await createRetrieval({ bus, db, logger })
 *   onClose('service', () => retrieval.close())
 *   const app = await createApp({ name: 'retrieval', logger, notReady: () => retrieval.notReady() })
 *   onClose('http', () => app.close())
 *   await app.listen({ port: config.PORT, host: config.HOST })
 * })
 * ```
 */
export async function runService<S extends TObject>(
  {
    name,
    environment,
    schema,
  }: {
    name: string
    environment: Readonly<Record<string, string | undefined>>
    schema: S
  },
  start: (started: Started<S>) => Promise<void>,
): Promise<void> {
  const config = configOrExit(schema, environment)
  const { LOG_LEVEL: level } = config as { LOG_LEVEL?: string }
  const logger = createLogger(name, level ? { level } : {})
  const parts: { part: string; close: () => Promise<unknown> }[] = []
  const die = (reason: string) => (error: unknown) => {
    logger.fatal({ err: error }, reason)
    process.exit(1)
  }
  process.on('uncaughtException', die('An error that nobody caught'))
  process.on('unhandledRejection', die('A rejection that nobody handled'))
  // Last to stop, so that the spans of stopping are sent, too.
  const telemetry = await startTelemetry(name, environment)
  parts.push({ part: 'telemetry', close: () => telemetry.close() })
  let stopping = false
  const stop = (signal: string) => {
    if (stopping) return die('Told to stop twice')(new Error(signal))
    stopping = true
    setTimeout(() => die('Could not stop in time')(new Error(signal)), stopWithinMs).unref()
    void stopAll(parts, logger.child({ signal })).then((stopped) => process.exit(stopped ? 0 : 1))
  }
  process.on('SIGTERM', stop)
  process.on('SIGINT', stop)
  await start({ config, logger, onClose: (part, close) => parts.push({ part, close }) }).catch(die('Could not start'))
  logger.info('Started')
}

function configOrExit<S extends TObject>(schema: S, environment: Readonly<Record<string, string | undefined>>) {
  try {
    return loadConfig(schema, environment)
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    process.stderr.write(`${error.message}\n`)
    process.exit(78)
  }
}

async function stopAll(parts: { part: string; close: () => Promise<unknown> }[], logger: Logger): Promise<boolean> {
  let stopped = true
  for (const { part, close } of parts.toReversed()) {
    try {
      await close()
      logger.info({ part }, 'Stopped')
    } catch (error) {
      stopped = false
      logger.error({ err: error, part }, 'Could not be stopped')
    }
  }
  return stopped
}
