import type { Logger } from 'pino'
import type { Dialect } from '../openai/dialect.ts'
import { createOpenaiProtocol } from '../openai/openai-protocol.ts'
import type { Completion, Provider } from '../provider.ts'
import type { Limits } from '../watch.ts'
import { createListedModels } from './listed-models.ts'

export type OpenaiCompatibleOptions = {
  baseUrl: string
  /** Absent for servers that want none, as local ones do. */
  apiKey?: string
  /** Whose machines it runs on. */
  hosting: Provider['hosting']
  limits: Limits
  logger: Logger
}

/** What vLLM, Ollama, llama.cpp and their like understand; the older name of the token limit is the one that all of them know. */
const dialect: Dialect = {
  maxTokensField: 'max_tokens',
  seedField: 'seed',
  asksForUsage: true,
  vectorEncoding: 'base64',
}

/** Stands for the first completion model that the server lists. */
const FIRST_LISTED = 'default'

/** Any server that speaks the OpenAI protocol, with whatever models it serves. */
export function createOpenaiCompatible({ apiKey, hosting, logger, ...options }: OpenaiCompatibleOptions): Provider {
  const name = 'openai-compatible'
  const protocol = createOpenaiProtocol({ ...options, name, apiKey: apiKey ?? 'none', dialect, logger })
  const listed = createListedModels(protocol.client, { provider: name, logger })

  /** While there is no list the server is asked for that very name: then its own answer says what is wrong. */
  const firstListed = async () => (await listed()).find(({ kind }) => kind === 'completion')?.name ?? FIRST_LISTED

  return {
    name,
    hosting,
    switchedOnBy: 'OPENAI_COMPATIBLE_URL',
    defaultModel: FIRST_LISTED,
    unsupported: protocol.unsupported,
    complete(request, options) {
      if (request.model !== FIRST_LISTED) return protocol.complete(request, options)
      const completion = firstListed().then((model) => protocol.complete({ ...request, model }, options))
      return { events: eventsOf(completion), usage: async () => (await completion).usage() }
    },
    embed: protocol.embed,
    models: listed,
  }
}

async function* eventsOf(completion: Promise<Completion>) {
  yield* (await completion).events
}
