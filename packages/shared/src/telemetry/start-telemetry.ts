/** Sends what is still held, and stops. */
export type Telemetry = { close(): Promise<void> }

export type Exporter = 'otlp' | 'console'

type Environment = Readonly<Record<string, string | undefined>>

/**
 * Switches tracing on if the standard variables ask for it, else does nothing: `OTEL_TRACES_EXPORTER` (`otlp`, `console`, `none`; `otlp`
 * when absent and `OTEL_EXPORTER_OTLP_ENDPOINT` or `OTEL_EXPORTER_OTLP_TRACES_ENDPOINT` is set), `OTEL_SDK_DISABLED`,
 * `OTEL_SERVICE_NAME` (otherwise `tessera-<service>`), `OTEL_RESOURCE_ATTRIBUTES`, `OTEL_TRACES_SAMPLER`; the SDK itself reads the rest of
 * them (headers, timeouts, batch sizes) from the process. Called once per process, before anything else is made.
 */
export async function startTelemetry(service: string, environment: Environment): Promise<Telemetry> {
  const exporters = exportersOf(environment)
  if (exporters.length === 0) return { close: () => Promise.resolve() }
  // Loaded only here: the SDK costs a process that does not use it a quarter of a second at start.
  const { processorFor, traceTo } = await import('./trace-to.ts')
  return traceTo(service, exporters.map(processorFor))
}

function exportersOf(environment: Environment): Exporter[] {
  if (environment['OTEL_SDK_DISABLED']?.toLowerCase() === 'true') return []
  const endpoint = environment['OTEL_EXPORTER_OTLP_TRACES_ENDPOINT'] || environment['OTEL_EXPORTER_OTLP_ENDPOINT']
  const names = environment['OTEL_TRACES_EXPORTER'] || (endpoint ? 'otlp' : 'none')
  return names.split(',').flatMap((name) => exporterOf(name.trim()))
}

function exporterOf(name: string): Exporter[] {
  if (name === 'otlp' || name === 'console') return [name]
  if (name === 'none') return []
  throw new Error(`OTEL_TRACES_EXPORTER names an exporter that is not here: ${name} (otlp, console or none)`)
}
