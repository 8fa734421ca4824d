import { type Context, isSpanContextValid, trace, TraceFlags } from '@opentelemetry/api'

/** Whether the trace that this context belongs to is known, and not sampled: then nothing of it is. */
export function isLeftOut(parent: Context): boolean {
  const span = trace.getSpanContext(parent)
  return span !== undefined && isSpanContextValid(span) && (span.traceFlags & TraceFlags.SAMPLED) === 0
}
