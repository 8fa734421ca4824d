import type { Parameter } from '@tessera/shared/contracts/model-router/completion'
import { imagesInResults } from '../images.ts'
import type { Dialect } from '../openai/dialect.ts'
import { createChatWire, createClient, createEmbed } from '../openai/openai-protocol.ts'
import { unsupported, unsupportedBeside } from '../parameters.ts'
import type { Completion, Provider } from '../provider.ts'
import { type AdapterDeps, streamCompletion } from '../stream-completion.ts'
import { createListedModels } from './listed-models.ts'
import { createRerank } from './rerank.ts'

export type OpenaiCompatibleOptions = AdapterDeps & {
  baseUrl: string
  /** Absent for servers that want none, as local ones do. */
  apiKey?: string
  /** Whose machines it runs on. */
  hosting: Provider['hosting']
}

/** What vLLM, Ollama, llama.cpp and their like understand; the older name of the token limit is the one that all of them know. */
const dialect: Dialect = {
  maxTokensField: 'max_tokens',
  honoured: new Set<Parameter>([
    'tools',
    'toolChoice',
    'parallelToolCalls',
    'outputFormat',
    'reasoning',
    'maxOutputTokens',
    'temperature',
    'topP',
    'topK',
    'frequencyPenalty',
    'presencePenalty',
    'stop',
    'seed',
    'logprobs',
  ]),
}

/** Stands for the first completion model that the server lists. */
const FIRST_LISTED = 'default'

/** Any server that speaks the OpenAI protocol, with whatever models it serves. */
export function createOpenaiCompatible({ apiKey, hosting, baseUrl, ...deps }: OpenaiCompatibleOptions): Provider {
  const name = 'openai-compatible'
  const client = createClient({ apiKey: apiKey ?? 'none', baseUrl, fetch: deps.fetch })
  const chat = createChatWire(client, dialect)
  const listed = createListedModels(client, { provider: name, logger: deps.logger })
  const completeWith: Provider['complete'] = (request, asking) =>
    streamCompletion(chat, request, { ...deps, ...asking, provider: name })

  /** While there is no list the server is asked for that very name: then its own answer says what is wrong. */
  const firstListed = async () => (await listed()).find(({ kind }) => kind === 'completion')?.name ?? FIRST_LISTED

  return {
    name,
    hosting,
    switchedOnBy: 'OPENAI_COMPATIBLE_URL',
    defaultModel: FIRST_LISTED,
    unsupported: (request) => [
      ...unsupportedBeside(dialect.honoured, request),
      ...(request.reasoning?.maxTokens === undefined
        ? []
        : [unsupported('/reasoning/maxTokens', 'is not supported by this model')]),
      ...imagesInResults(request),
    ],
    complete(request, options) {
      if (request.model !== FIRST_LISTED) return completeWith(request, options)
      const completion = firstListed().then((model) => completeWith({ ...request, model }, options))
      return { events: eventsOf(completion), usage: async () => (await completion).usage() }
    },
    embed: createEmbed(client, { ...deps, provider: name }),
    rerank: createRerank(client, { ...deps, provider: name }),
    models: listed,
  }
}

async function* eventsOf(completion: Promise<Completion>) {
  yield* (await completion).events
}
