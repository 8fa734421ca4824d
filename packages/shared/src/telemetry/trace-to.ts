import {
  BatchSpanProcessor,
  ConsoleSpanExporter,
  NodeTracerProvider,
  type SpanExporter,
  type SpanProcessor,
} from '@opentelemetry/sdk-trace-node'
import { W3CTraceContextPropagator } from '@opentelemetry/core'
import { defaultResource, detectResources, envDetector, resourceFromAttributes } from '@opentelemetry/resources'
import type { Exporter, Telemetry } from './start-telemetry.ts'
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-proto'

/** Registers the tracer of this process; its spans go to these processors. */
export function traceTo(service: string, spanProcessors: SpanProcessor[]): Telemetry {
  const resource = defaultResource()
    .merge(resourceFromAttributes({ 'service.name': `tessera-${service}` }))
    .merge(detectResources({ detectors: [envDetector] }))
  const provider = new NodeTracerProvider({ resource, spanProcessors })
  // Baggage of a caller stays outside, so nobody looks for it.
  provider.register({ propagator: new W3CTraceContextPropagator() })
  // A collector that is away must not make a process fail to stop.
  return { close: () => provider.shutdown().catch(() => undefined) }
}

const exporters: Record<Exporter, () => SpanExporter> = {
  otlp: () => new OTLPTraceExporter(),
  console: () => new ConsoleSpanExporter(),
}

export const processorFor = (exporter: Exporter): SpanProcessor => new BatchSpanProcessor(exporters[exporter]())
