import { randomBytes } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import { context, type Context, propagation, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api'
import type { FastifyInstance, FastifyRequest } from 'fastify'

/** Id of the trace that a request belongs to: the caller's (W3C `traceparent`), or a new one. Problems and log lines carry it. */
export function traceIdOf(request: IncomingMessage): string {
  const given = /^00-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}$/.exec(String(request.headers.traceparent))?.[1]
  return given && !/^0+$/.test(given) ? given : randomBytes(16).toString('hex')
}

/**
 * Opens a span for each request, as the child of the caller's, and does the request's work within it, so that calls on the bus become its children.
 * Without a tracer provider these calls do nothing.
 */
export function addRequestSpans(app: FastifyInstance): void {
  const contexts = new WeakMap<FastifyRequest, Context>()
  const within = (request: FastifyRequest, work: () => void) =>
    context.with(contexts.get(request) ?? context.active(), work)

  app.addHook('onRequest', (request, _reply, done) => {
    const parent = propagation.extract(context.active(), request.headers)
    const route = request.routeOptions.url ?? 'unknown'
    const options = {
      kind: SpanKind.SERVER,
      attributes: { 'http.request.method': request.method, 'http.route': route },
    }
    const span = trace.getTracer('tessera.http').startSpan(`${request.method} ${route}`, options, parent)
    if (trace.isSpanContextValid(span.spanContext())) request.id = span.spanContext().traceId
    contexts.set(request, trace.setSpan(parent, span))
    within(request, done)
  })
  // The body arrives in the socket's own context; what follows belongs to the request again.
  app.addHook('preValidation', (request, _reply, done) => within(request, done))
  app.addHook('onResponse', (request, reply, done) => {
    const span = trace.getSpan(contexts.get(request) ?? context.active())
    span?.setAttribute('http.response.status_code', reply.statusCode)
    if (reply.statusCode >= 500) span?.setStatus({ code: SpanStatusCode.ERROR })
    span?.end()
    done()
  })
}
