import Anthropic from '@anthropic-ai/sdk'
import type { Logger } from 'pino'
import { guardedFetch, requireEventStream } from '../guarded-fetch.ts'
import { unsupportedBeside } from '../parameters.ts'
import type { Provider } from '../provider.ts'
import { streamCompletion, type Wire } from '../stream-completion.ts'
import type { Limits } from '../watch.ts'
import { failureOfAnthropic } from './failure-of-anthropic.ts'
import { readMessageEvent } from './from-message-events.ts'
import { toMessageRequest } from './to-message-request.ts'

export type AnthropicOptions = { apiKey: string; baseUrl: string; limits: Limits; logger: Logger }

/** Anthropic through its messages. It has no embeddings. */
export function createAnthropic({ apiKey, baseUrl, limits, logger }: AnthropicOptions): Provider {
  const wire = createWire(createClient({ apiKey, baseUrl }))
  return {
    name: 'anthropic',
    hosting: 'cloud',
    switchedOnBy: 'ANTHROPIC_API_KEY',
    defaultModel: 'claude-sonnet-5-5',
    unsupported: (request) => unsupportedBeside(honoured, request),
    complete: (request, { signal }) =>
      streamCompletion(wire, request, { provider: 'anthropic', limits, logger, signal }),
    models: async () => [],
  }
}

const honoured = new Set(['maxOutputTokens', 'temperature', 'topP', 'stop'] as const)

const createWire = (client: Anthropic): Wire => ({
  async open(request, signal) {
    const { data, response } = await client.messages.create(toMessageRequest(request), { signal }).withResponse()
    requireEventStream(response)
    return data
  },
  createReader: () => readMessageEvent,
  failureOf: failureOfAnthropic,
})

const createClient = ({ apiKey, baseUrl }: { apiKey: string; baseUrl: string }) =>
  new Anthropic({
    apiKey,
    baseURL: baseUrl,
    webhookKey: null,
    maxRetries: 0,
    timeout: 900_000,
    // Both could carry somebody's text: into the log, and into spans.
    logLevel: 'off',
    openTelemetry: false,
    fetch: guardedFetch,
  })
