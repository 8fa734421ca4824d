import fastifySwagger from '@fastify/swagger'
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox'
import fastify, { type FastifyBaseLogger, type FastifyInstance, LogController } from 'fastify'
import { type Logger, pino } from 'pino'
import type { TSchema } from 'typebox'
import { addErrorHandling, faultOf, sendProblem } from './error-handling.ts'
import { addHealth } from './health.ts'
import { addMetrics } from './metrics.ts'
import { sharedProblem } from './problem.ts'
import { addRequestSpans, openTrace } from './request-span.ts'
import { strict } from './strict.ts'
import { validatorCompiler } from './validation.ts'

export type SecurityScheme =
  | { readonly type: 'http'; readonly scheme: string; readonly description: string }
  | { readonly type: 'apiKey'; readonly in: 'header'; readonly name: string; readonly description: string }

export type OpenapiOptions = {
  readonly title: string
  readonly description: string
  /** Any one of these credentials opens every route. */
  readonly securitySchemes?: Readonly<Record<string, SecurityScheme>>
}

export type AppOptions = {
  /** Name of the service, for log lines and metrics. */
  readonly name: string
  /** Absent: nothing is logged. */
  readonly logger?: Logger
  /** Names of what the service waits for; empty when it can serve. */
  readonly notReady: () => Promise<readonly string[]>
  /** The largest body of a route that doesn't state its own. Default 1 MiB. */
  readonly bodyLimitBytes?: number
  /** How long requests in flight may go on once the app closes; then their sockets are cut. Default 20 s. */
  readonly closeGraceMs?: number
  /** Given: an OpenAPI 3.1 document of the routes is made (`app.swagger()`). */
  readonly openapi?: OpenapiOptions
}

/**
 * The one Fastify bootstrap: strict validation (see validation.ts), problem documents, health, metrics, spans, log lines without secrets, OpenAPI,
 * and a close that lets requests in flight finish. Routes are added to what it returns; schemas give their types.
 */
export async function createApp(options: AppOptions) {
  const logger: FastifyBaseLogger = options.logger ?? pino({ enabled: false })
  const app: FastifyInstance = fastify({
    loggerInstance: logger.child({}, { serializers: { req: requestForLog, res: replyForLog } }),
    genReqId: openTrace,
    logController: new LogController({ requestIdLogLabel: 'traceId' }),
    bodyLimit: options.bodyLimitBytes ?? 1024 * 1024,
    forceCloseConnections: 'idle',
    // A HEAD of an event stream would read all of it for nothing.
    exposeHeadRoutes: false,
    // Node's own limit on headers (16 KiB) bounds an address; ids of documents may be long.
    routerOptions: { maxParamLength: 16_384 },
    frameworkErrors: (error, request, reply) => void sendProblem(request, reply, faultOf(error, request)),
  })
  app.setValidatorCompiler(validatorCompiler)
  // Again for each plugin: one that adds a schema of its own would silently get Fastify's validator, which coerces and drops.
  app.addHook('onRegister', (part) => void part.setValidatorCompiler(validatorCompiler))
  addErrorHandling(app)
  addRequestSpans(app)
  addGracefulClose(app, options.closeGraceMs ?? 20_000)
  app.addSchema(sharedProblem)
  if (options.openapi) await addOpenapi(app, options.openapi)
  addHealth(app, options.notReady)
  addMetrics(app, options.name)
  return app.withTypeProvider<TypeBoxTypeProvider>()
}

/** What `createApp` returns. */
export type App = Awaited<ReturnType<typeof createApp>>

type LoggedRequest = { method?: string; url?: string; routeOptions?: { url?: string } }

/** Neither headers nor query: they hold credentials and questions. */
const requestForLog = ({ method, routeOptions }: LoggedRequest) => ({ method, route: routeOptions?.url })
const replyForLog = ({ statusCode }: { statusCode?: number }) => ({ statusCode })

async function addOpenapi(
  app: FastifyInstance,
  { title, description, securitySchemes = {} }: OpenapiOptions,
): Promise<void> {
  await app.register(fastifySwagger, {
    openapi: {
      openapi: '3.1.0',
      info: { title, description, version: '1' },
      components: { securitySchemes },
      security: Object.keys(securitySchemes).map((name) => ({ [name]: [] })),
    },
    refResolver: {
      buildLocalReference: ({ $id }, _baseUri, _fragment, at) => (typeof $id === 'string' ? $id : `Schema${at}`),
    },
    transform: ({ schema, url }) => {
      const { body } = schema as { body?: TSchema }
      return { schema: body ? { ...schema, body: strict(body) } : schema, url }
    },
  })
}

/** Closing: answers say `connection: close`, sockets go as they fall idle, and after the grace the rest is cut. */
function addGracefulClose(app: FastifyInstance, graceMs: number): void {
  let closing = false
  let cut: NodeJS.Timeout | undefined
  app.addHook('preClose', (done) => {
    closing = true
    cut = setTimeout(() => app.server.closeAllConnections(), graceMs)
    done()
  })
  app.addHook('onSend', (_request, reply, payload, done) => {
    if (closing) reply.header('connection', 'close')
    done(null, payload)
  })
  app.addHook('onResponse', (_request, _reply, done) => {
    if (closing) setImmediate(() => app.server.closeIdleConnections())
    done()
  })
  app.addHook('onClose', (_app, done) => {
    clearTimeout(cut)
    done()
  })
}
