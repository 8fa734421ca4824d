import type { Logger } from 'pino'
import type { Dialect } from '../openai/dialect.ts'
import { createOpenaiProtocol } from '../openai/openai-protocol.ts'
import type { Provider } from '../provider.ts'
import type { Limits } from '../watch.ts'

export type MistralOptions = { apiKey: string; baseUrl: string; limits: Limits; logger: Logger }

/** Its own names for some fields, and it refuses fields that it does not know; usage comes unasked in the last chunk. */
const dialect: Dialect = {
  maxTokensField: 'max_tokens',
  seedField: 'random_seed',
  asksForUsage: false,
  vectorEncoding: 'float',
}

/** Mistral, which speaks the OpenAI protocol with an accent. */
export function createMistral(options: MistralOptions): Provider {
  const name = 'mistral'
  const { unsupported, complete, embed } = createOpenaiProtocol({ ...options, name, dialect })
  return {
    name,
    hosting: 'cloud',
    switchedOnBy: 'MISTRAL_API_KEY',
    defaultModel: 'mistral-small-latest',
    unsupported,
    complete,
    embed,
    models: async () => [],
  }
}
