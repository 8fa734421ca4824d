import Anthropic from '@anthropic-ai/sdk'
import { askOnce } from '../ask-once.ts'
import type { Provider } from '../provider.ts'
import { readEvents } from '../read-events.ts'
import { type AdapterDeps, streamCompletion, type Wire } from '../stream-completion.ts'
import { countTokens } from './count-tokens.ts'
import { failureOfAnthropic } from './failure-of-anthropic.ts'
import { createMessageReader } from './read-message-events.ts'
import { toMessageRequest } from './to-message-request.ts'
import { unsupportedInMessages } from './unsupported-in-messages.ts'

export type AnthropicOptions = AdapterDeps & { apiKey: string; baseUrl: string }

/** Anthropic through its messages. It has no embeddings. */
export function createAnthropic({ apiKey, baseUrl, ...deps }: AnthropicOptions): Provider {
  const name = 'anthropic'
  const client = createClient({ apiKey, baseUrl, fetch: deps.fetch })
  const wire = createWire(client)
  return {
    name,
    hosting: 'cloud',
    switchedOnBy: 'ANTHROPIC_API_KEY',
    defaultModel: 'claude-sonnet-5-5',
    unsupported: unsupportedInMessages,
    complete: (request, asking) => streamCompletion(wire, request, { ...deps, ...asking, provider: name }),
    countTokens: (request, { signal }) =>
      askOnce((limited) => countTokens(client, request, limited), failureOfAnthropic, {
        ...deps,
        ...{ provider: name, model: request.model, signal },
      }),
    models: async () => [],
  }
}

/** The SDK asks; the events are read here, many at once. */
const createWire = (client: Anthropic): Wire => ({
  open: async (request, signal) =>
    readEvents(await client.messages.create(toMessageRequest(request), { signal }).asResponse()),
  createReader: createMessageReader,
  failureOf: failureOfAnthropic,
})

const createClient = ({ apiKey, baseUrl, fetch }: Pick<AnthropicOptions, 'apiKey' | 'baseUrl' | 'fetch'>) =>
  new Anthropic({
    apiKey,
    baseURL: baseUrl,
    webhookKey: null,
    maxRetries: 0,
    timeout: 900_000,
    // Both could carry somebody's text: into the log, and into spans.
    logLevel: 'off',
    openTelemetry: false,
    fetch,
  })
