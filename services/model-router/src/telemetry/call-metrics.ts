import { Histogram } from 'prom-client'
import { metric, type Operation } from './genai-names.ts'

/** Boundaries are those that the conventions recommend. */
const secondsBuckets = [0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92]
const tokenBuckets = [1, 4, 16, 64, 256, 1024, 4096, 16_384, 65_536, 262_144, 1_048_576, 4_194_304, 16_777_216]

const labels = ['gen_ai_operation_name', 'gen_ai_provider_name', 'gen_ai_request_model'] as const

const histogram = <const L extends string>(name: string, help: string, buckets: number[], more: readonly L[] = []) =>
  new Histogram({ name, help, buckets, labelNames: [...labels, ...more] })

/** One registry for the process, as for requests over HTTP. */
const duration = histogram(metric.duration, 'From a request to a provider to its end.', secondsBuckets, ['error_type'])
const first = histogram(metric.timeToFirstChunk, 'From a request to a provider to its first content.', secondsBuckets)
const perChunk = histogram(metric.timePerOutputChunk, 'From one piece of an answer to the next.', secondsBuckets)
const tokens = histogram(metric.tokens, 'Tokens of a request, as its provider bills them.', tokenBuckets, [
  'gen_ai_token_type',
])

/** How many models have series of their own; the others share one. A server of models may list any number, and there is no end to what callers can ask for. */
const MAX_MODELS = 100
const known = new Set<string>()

/** A name that never answered is anybody's invention, and has no series. */
export function modelLabel(model: string, { answered }: { answered: boolean }): string {
  if (known.has(model)) return model
  if (!answered || known.size >= MAX_MODELS) return 'other'
  known.add(model)
  return model
}

/** The series of one model, looked up once and not for each chunk. */
export function seriesOf(operation: Operation, provider: string, model: string) {
  const of = { gen_ai_operation_name: operation, gen_ai_provider_name: provider, gen_ai_request_model: model }
  return {
    ended: (seconds: number, errorType: string | undefined) =>
      duration.observe({ ...of, error_type: errorType ?? '' }, seconds),
    firstChunk: (seconds: number) => first.observe(of, seconds),
    nextChunk: perChunk.labels(of),
    tokens(type: 'input' | 'output', count: number) {
      tokens.observe({ ...of, gen_ai_token_type: type }, count)
    },
  }
}
