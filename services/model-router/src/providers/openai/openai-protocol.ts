import OpenAI from 'openai'
import { askOnce } from '../ask-once.ts'
import type { Provider } from '../provider.ts'
import { readEvents } from '../read-events.ts'
import type { AdapterDeps, Wire } from '../stream-completion.ts'
import type { Dialect } from './dialect.ts'
import { embed } from './embed.ts'
import { failureOfOpenai } from './failure-of-openai.ts'
import { createChatReader } from './read-chat-chunks.ts'
import { toChatRequest } from './to-chat-request.ts'

type ClientOptions = Pick<AdapterDeps, 'fetch'> & { readonly apiKey: string; readonly baseUrl: string }

/** The SDK with everything off that is ours to decide or that it would read from the environment. Time limits are stream-completion's. */
export const createClient = ({ apiKey, baseUrl, fetch }: ClientOptions) =>
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
    fetch,
  })

/** Chat completions in the protocol that OpenAI made and others speak, too. The SDK asks; the events are read here, many at once. */
export const createChatWire = (client: OpenAI, dialect: Dialect): Wire => ({
  open: async (request, signal) =>
    readEvents(await client.chat.completions.create(toChatRequest(request, dialect), { signal }).asResponse()),
  createReader: createChatReader,
  failureOf: failureOfOpenai,
})

type EmbedOptions = AdapterDeps & { readonly provider: string }

/** Embeddings in the same protocol. */
export const createEmbed =
  (client: OpenAI, options: EmbedOptions): NonNullable<Provider['embed']> =>
  (request, { signal }) =>
    askOnce((limited) => embed(client, request, limited), failureOfOpenai, {
      ...options,
      model: request.model,
      signal,
    })
