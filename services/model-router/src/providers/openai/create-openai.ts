import type { Parameter } from '@tessera/shared/contracts/model-router/completion'
import type OpenAI from 'openai'
import { askOnce } from '../ask-once.ts'
import { imagesInResults } from '../images.ts'
import { unsupported, unsupportedBeside } from '../parameters.ts'
import type { Provider, ProviderRequest, Unsupported } from '../provider.ts'
import { readEvents } from '../read-events.ts'
import { type AdapterDeps, streamCompletion, type Wire } from '../stream-completion.ts'
import { countTokens } from './count-tokens.ts'
import type { Encoding } from '../token-counter.ts'
import type { Dialect } from './dialect.ts'
import { failureOfOpenai } from './failure-of-openai.ts'
import { createChatWire, createClient, createEmbed } from './openai-protocol.ts'
import { readResponseEvent } from './read-response-events.ts'
import { toResponseRequest } from './to-response-request.ts'

export type OpenaiOptions = AdapterDeps & { apiKey: string; baseUrl: string }

/** OpenAI through its chat completions, or its responses where only those have what is asked for, and its embeddings. */
export function createOpenai({ apiKey, baseUrl, ...deps }: OpenaiOptions): Provider {
  const name = 'openai'
  const client = createClient({ apiKey, baseUrl, fetch: deps.fetch })
  const chat = createChatWire(client, dialect)
  const responses = createResponsesWire(client)
  return {
    name,
    hosting: 'cloud',
    switchedOnBy: 'OPENAI_API_KEY',
    defaultModel: 'gpt-5.4-mini',
    unsupported: (request) => (needsResponses(request) ? unsupportedInResponses(request) : unsupportedInChat(request)),
    complete: (request, asking) =>
      streamCompletion(needsResponses(request) ? responses : chat, request, {
        ...deps,
        ...asking,
        ...{ provider: name, encoding: encodingOf(request.model) },
      }),
    embed: createEmbed(client, { ...deps, provider: name }),
    countTokens: (request, { signal }) =>
      askOnce((limited) => countTokens(client, request, limited), failureOfOpenai, {
        ...deps,
        ...{ provider: name, model: request.model, signal },
      }),
    models: async () => [],
  }
}

const createResponsesWire = (client: OpenAI): Wire => ({
  open: async (request, signal) =>
    readEvents(await client.responses.create(toResponseRequest(request), { signal }).asResponse()),
  createReader: () => readResponseEvent,
  failureOf: failureOfOpenai,
})

/** The models before the fourth generation's last cut texts the older way. */
const encodingOf = (model: string): Encoding => (/^gpt-(3|4(?![o.]))/.test(model) ? 'cl100k_base' : 'o200k_base')

/** Chat completions show no reasoning and take none back, and some models are not served there at all. */
const needsResponses = ({ model, reasoning, messages }: ProviderRequest): boolean =>
  reasoning?.shown === true || /-pro\b|codex|deep-research/.test(model) || messages.some(hasSealedReasoning)

const hasSealedReasoning = ({ content }: ProviderRequest['messages'][number]) =>
  content.some((part) => part.type === 'reasoning' && part.seal?.startsWith('openai:') === true)

const dialect: Dialect = {
  maxTokensField: 'max_completion_tokens',
  honoured: new Set<Parameter>([
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
    'logprobs',
    'verbosity',
  ]),
}

const responsesLack = new Set<Parameter>(['frequencyPenalty', 'presencePenalty', 'stop', 'seed'])
const honouredInResponses = new Set([...dialect.honoured].filter((name) => !responsesLack.has(name)))

const unsupportedInChat = (request: ProviderRequest): Unsupported[] => [
  ...unsupportedBeside(dialect.honoured, request),
  ...unsupportedEverywhere(request),
  ...imagesInResults(request),
]

const unsupportedInResponses = (request: ProviderRequest): Unsupported[] => [
  ...unsupportedBeside(honouredInResponses, request),
  ...unsupportedEverywhere(request),
]

function unsupportedEverywhere({ reasoning, stop = [] }: ProviderRequest): Unsupported[] {
  return [
    ...(reasoning?.maxTokens === undefined
      ? []
      : [unsupported('/reasoning/maxTokens', 'is not supported by this model')]),
    ...(stop.length > 4 ? [unsupported('/stop', 'must have at most 4 texts with this model')] : []),
  ]
}
