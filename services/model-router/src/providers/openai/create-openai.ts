import type { Logger } from 'pino'
import type { Provider } from '../provider.ts'
import type { Limits } from '../watch.ts'
import type { Dialect } from './dialect.ts'
import { createOpenaiProtocol } from './openai-protocol.ts'

export type OpenaiOptions = { apiKey: string; baseUrl: string; limits: Limits; logger: Logger }

const dialect: Dialect = {
  maxTokensField: 'max_completion_tokens',
  seedField: 'seed',
  asksForUsage: true,
  vectorEncoding: 'base64',
}

/** OpenAI through its chat completions and embeddings. */
export function createOpenai(options: OpenaiOptions): Provider {
  const name = 'openai'
  const { unsupported, complete, embed } = createOpenaiProtocol({ ...options, name, dialect })
  return {
    name,
    hosting: 'cloud',
    switchedOnBy: 'OPENAI_API_KEY',
    defaultModel: 'gpt-5.4-mini',
    unsupported,
    complete,
    embed,
    models: async () => [],
  }
}
