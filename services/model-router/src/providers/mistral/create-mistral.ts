import { MistralCore } from '@mistralai/mistralai/core.js'
import { chatStream } from '@mistralai/mistralai/funcs/chatStream.js'
import { HTTPClient } from '@mistralai/mistralai/lib/http.js'
import type { Parameter } from '@tessera/shared/contracts/model-router/completion'
import { askOnce } from '../ask-once.ts'
import { guarded } from '../connection/guarded-fetch.ts'
import { imagesInResults } from '../images.ts'
import { unsupported, unsupportedBeside } from '../parameters.ts'
import type { Provider, ProviderRequest, Unsupported } from '../provider.ts'
import { oneByOne } from '../read-events.ts'
import { type AdapterDeps, streamCompletion, type Wire } from '../stream-completion.ts'
import { embed } from './embed.ts'
import { failureOfMistral } from './failure-of-mistral.ts'
import { readChatEvent } from './read-chat-events.ts'
import { toChatRequest } from './to-chat-request.ts'

export type MistralOptions = AdapterDeps & { apiKey: string; baseUrl: string }

/** Mistral through its chat completions and embeddings. */
export function createMistral({ apiKey, baseUrl, ...deps }: MistralOptions): Provider {
  const name = 'mistral'
  const client = createClient({ apiKey, baseUrl, fetch: deps.fetch })
  const wire = createWire(client)
  return {
    name,
    telemetryName: 'mistral_ai',
    hosting: 'cloud',
    switchedOnBy: 'MISTRAL_API_KEY',
    defaultModel: 'mistral-small-latest',
    unsupported: unsupportedInChat,
    complete: (request, asking) => streamCompletion(wire, request, { ...deps, ...asking, provider: name }),
    embed: (request, { signal }) =>
      askOnce((limited) => embed(client, request, limited), failureOfMistral, {
        ...deps,
        ...{ provider: name, model: request.model, signal },
      }),
    models: async () => [],
  }
}

/** Its single functions instead of its class of everything: that takes twice as long to load. It has no telemetry unless its own variable says so. */
const createClient = ({ apiKey, baseUrl, fetch }: Pick<MistralOptions, 'apiKey' | 'baseUrl' | 'fetch'>) =>
  new MistralCore({
    apiKey,
    serverURL: baseUrl,
    timeoutMs: 900_000,
    retryConfig: { strategy: 'none' },
    // It would log bodies where a variable of its own asks for it.
    debugLogger: { group: ignore, groupEnd: ignore, log: ignore },
    httpClient: new HTTPClient({ fetcher: guarded(fetch) }),
  })

const ignore = () => undefined

const createWire = (client: MistralCore): Wire => ({
  async open(request, signal) {
    const answer = await chatStream(client, toChatRequest(request), { signal })
    if (!answer.ok) throw answer.error
    return oneByOne(answer.value)
  },
  createReader: () => readChatEvent,
  failureOf: failureOfMistral,
})

const honoured = new Set<Parameter>([
  'tools',
  'toolChoice',
  'parallelToolCalls',
  'outputFormat',
  'reasoning',
  'maxOutputTokens',
  'temperature',
  'topP',
  'frequencyPenalty',
  'presencePenalty',
  'stop',
  'seed',
])

const unsupportedInChat = (request: ProviderRequest): Unsupported[] => [
  ...unsupportedBeside(honoured, request),
  ...(request.reasoning?.effort === 'max'
    ? [unsupported('/reasoning/effort', 'must not be "max" with this model')]
    : []),
  ...(request.reasoning?.maxTokens === undefined
    ? []
    : [unsupported('/reasoning/maxTokens', 'is not supported by this model')]),
  ...imagesInResults(request),
]
