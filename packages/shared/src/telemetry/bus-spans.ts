import {
  context,
  type Context,
  propagation,
  type Span,
  SpanKind,
  type SpanOptions,
  SpanStatusCode,
  trace,
} from '@opentelemetry/api'
import { isLeftOut } from './is-left-out.ts'
import type { Fault } from '../fault/fault.ts'

/** Only the API: without `startTelemetry` every call here does nothing. */
const tracer = () => trace.getTracer('tessera.bus')

/** A span that ends once, with the fault that it ended in, if any. A fault that is the caller's own doing is no error of the span. */
export type BusSpan = { readonly context: Context; end(fault?: Pick<Fault, 'code' | 'status'>): void }

const attributes = (operation: string) => {
  const [service = '', _version, method = ''] = operation.split('.')
  return { 'rpc.system': 'tessera', 'rpc.service': service, 'rpc.method': method }
}

/** The caller's side of an operation such as `access.v1.getMe`, within whatever span is active. */
export function clientSpan(operation: string): BusSpan {
  return open(operation, () => ({ kind: SpanKind.CLIENT, attributes: attributes(operation) }), context.active())
}

/** The server's side, a child of the span that the headers name (W3C trace context). */
export function serverSpan(operation: string, headers: Readonly<Record<string, string>>): BusSpan {
  const parent = propagation.extract(context.active(), headers)
  return open(operation, () => ({ kind: SpanKind.SERVER, attributes: attributes(operation) }), parent)
}

/** The handling of a fact such as `events.access.changed`, a child of what published it. */
export function consumerSpan(event: string, headers: Readonly<Record<string, string>>): BusSpan {
  const parent = propagation.extract(context.active(), headers)
  return open(event, () => ({ kind: SpanKind.CONSUMER }), parent)
}

/** The headers by which the other side continues this span; none when telemetry is off. */
export function traceHeaders(active: Context = context.active()): Record<string, string> {
  const headers: Record<string, string> = {}
  propagation.inject(active, headers)
  return headers
}

/** Runs a piece of work, and all that it starts, within the span. */
export const withinSpan = <T>(span: BusSpan, work: () => T): T => context.with(span.context, work)

/** Where the trace is not sampled there is no span: making one only to drop it would cost as much as one that is kept. */
function open(name: string, options: () => SpanOptions, parent: Context): BusSpan {
  if (isLeftOut(parent)) return { context: parent, end: () => undefined }
  const span: Span = tracer().startSpan(name, options(), parent)
  let ended = false
  return {
    context: trace.setSpan(parent, span),
    end(fault) {
      if (ended) return
      ended = true
      if (fault) {
        span.setAttribute('error.type', fault.code)
        if (fault.status >= 500) span.setStatus({ code: SpanStatusCode.ERROR, message: fault.code })
      }
      span.end()
    },
  }
}
