import OpenAI from 'openai'
import type { Logger } from 'pino'
import { embedWith } from '../embed-with.ts'
import { guardedFetch, requireEventStream } from '../guarded-fetch.ts'
import { unsupportedBeside } from '../parameters.ts'
import type { Provider } from '../provider.ts'
import { streamCompletion, type Wire } from '../stream-completion.ts'
import type { Limits } from '../watch.ts'
import type { Dialect } from './dialect.ts'
import { embed } from './embed.ts'
import { failureOfOpenai } from './failure-of-openai.ts'
import { readChatChunk } from './from-chat-chunks.ts'
import { toChatRequest } from './to-chat-request.ts'

export type ProtocolOptions = {
  readonly name: string
  readonly apiKey: string
  readonly baseUrl: string
  readonly dialect: Dialect
  readonly limits: Limits
  readonly logger: Logger
}

/** Chat completions and embeddings in the protocol that OpenAI made and others speak, too. */
export function createOpenaiProtocol({ name, apiKey, baseUrl, dialect, limits, logger }: ProtocolOptions) {
  const client = createClient({ apiKey, baseUrl })
  const wire = createWire(client, dialect)
  const attempt = { provider: name, limits, logger }
  return {
    client,
    unsupported: (request) => unsupportedBeside(honoured, request),
    complete: (request, { signal }) => streamCompletion(wire, request, { ...attempt, signal }),
    embed: (request, { signal }) =>
      embedWith((limited) => embed(client, dialect, request, limited), failureOfOpenai, {
        ...attempt,
        model: request.model,
        signal,
      }),
  } satisfies Pick<Provider, 'unsupported' | 'complete' | 'embed'> & { client: OpenAI }
}

const honoured = new Set(['maxOutputTokens', 'temperature', 'topP', 'stop', 'seed'] as const)

/** The SDK with everything off that is ours to decide or that it would read from the environment. Time limits are stream-completion's. */
const createClient = ({ apiKey, baseUrl }: { apiKey: string; baseUrl: string }) =>
  new OpenAI({
    apiKey,
    baseURL: baseUrl,
    adminAPIKey: null,
    organization: null,
    project: null,
    webhookSecret: null,
    maxRetries: 0,
    timeout: 900_000,
    // It would print what it could not parse, which may be somebody's text.
    logLevel: 'off',
    fetch: guardedFetch,
  })

const createWire = (client: OpenAI, dialect: Dialect): Wire => ({
  async open(request, signal) {
    const { data, response } = await client.chat.completions
      .create(toChatRequest(request, dialect), { signal })
      .withResponse()
    requireEventStream(response)
    return data
  },
  createReader: () => readChatChunk,
  failureOf: failureOfOpenai,
})
