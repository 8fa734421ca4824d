import { randomBytes } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import { context, type Context, propagation, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api'
import type { FastifyInstance, FastifyRequest } from 'fastify'

const contexts = new WeakMap<IncomingMessage, Context>()

/**
 * Opens the span of a request, as the child of the caller's, and answers the id of its trace, which problems and log lines carry. Without a tracer
 * provider there is no span, and the id is the caller's (W3C `traceparent`) or a new one.
 */
export function openTrace(request: IncomingMessage): string {
  const parent = propagation.extract(context.active(), request.headers)
  const options = { kind: SpanKind.SERVER, attributes: { 'http.request.method': request.method ?? '' } }
  const span = trace.getTracer('tessera.http').startSpan(request.method ?? 'HTTP', options, parent)
  contexts.set(request, trace.setSpan(parent, span))
  return trace.isSpanContextValid(span.spanContext()) ? span.spanContext().traceId : givenOrNew(request)
}

function givenOrNew(request: IncomingMessage): string {
  const given = /^00-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}$/.exec(String(request.headers.traceparent))?.[1]
  return given && !/^0+$/.test(given) ? given : randomBytes(16).toString('hex')
}

const contextOf = (request: FastifyRequest) => contexts.get(request.raw) ?? context.active()

/** Does each request's work within its span, so that calls on the bus become its children. */
export function addRequestSpans(app: FastifyInstance): void {
  app.addHook('onRequest', (request, _reply, done) => {
    const { url: route } = request.routeOptions
    if (route)
      trace.getSpan(contextOf(request))?.updateName(`${request.method} ${route}`).setAttribute('http.route', route)
    context.with(contextOf(request), done)
  })
  // The body arrives in the socket's own context; what follows belongs to the request again.
  app.addHook('preValidation', (request, _reply, done) => context.with(contextOf(request), done))
  app.addHook('onResponse', (request, reply, done) => {
    const span = trace.getSpan(contextOf(request))
    span?.setAttribute('http.response.status_code', reply.statusCode)
    if (reply.statusCode >= 500) span?.setStatus({ code: SpanStatusCode.ERROR })
    span?.end()
    done()
  })
}
