import type { FastifyInstance } from 'fastify'
import { collectDefaultMetrics, Histogram, register } from 'prom-client'

/** One registry for the process: several apps in one (standalone, tests) share it and differ by the label `service`. */
const durations = new Histogram({
  name: 'http_server_request_duration_seconds',
  help: 'From the first byte of a request to the last of its response.',
  labelNames: ['service', 'method', 'route', 'status'],
  buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60],
})

/** Measures every request, and serves `/metrics` (Prometheus text format). */
export function addMetrics(app: FastifyInstance, service: string): void {
  if (!register.getSingleMetric('process_cpu_seconds_total')) collectDefaultMetrics()
  app.addHook('onResponse', (request, reply, done) => {
    const { url: route = 'unknown' } = request.routeOptions
    durations.observe(
      { service, method: request.method, route, status: String(reply.statusCode) },
      reply.elapsedTime / 1000,
    )
    done()
  })
  app.get('/metrics', { schema: { hide: true }, logLevel: 'warn' }, async (_request, reply) =>
    reply.type(register.contentType).send(await register.metrics()),
  )
}
