import type { ListedModel } from '../providers/provider.ts'

type KnownModels = { readonly defaultModel: string; readonly models: readonly ListedModel[] }

const completion = (name: string): ListedModel => ({ name, kind: 'completion' })
const embedding = (name: string): ListedModel => ({ name, kind: 'embedding' })

/**
 * What to offer of each provider without asking it. It is a list to choose from, not a limit: any other `provider/name` is passed through
 * to that provider, which knows best. The names are those of the official SDKs' types, of the provider's documentation where its SDK
 * has none.
 */
export const knownModels = {
  openai: {
    defaultModel: 'gpt-5.4-mini',
    models: [
      completion('gpt-6.1-sol'),
      completion('gpt-6-luna'),
      completion('gpt-5.5'),
      completion('gpt-5.4'),
      completion('gpt-5.4-mini'),
      completion('gpt-5.4-nano'),
      completion('gpt-4.1'),
      embedding('text-embedding-3-small'),
      embedding('text-embedding-3-large'),
    ],
  },
  anthropic: {
    defaultModel: 'claude-sonnet-5-5',
    models: [
      completion('claude-opus-5-5'),
      completion('claude-sonnet-5-5'),
      completion('claude-haiku-5-5'),
      completion('claude-sonnet-4-6'),
      completion('claude-haiku-4-5'),
    ],
  },
  gemini: {
    defaultModel: 'gemini-3.5-flash',
    models: [
      completion('gemini-3.6-flash'),
      completion('gemini-3.5-flash'),
      completion('gemini-3.5-flash-lite'),
      completion('gemini-2.5-pro'),
      completion('gemini-2.5-flash'),
    ],
  },
  mistral: {
    defaultModel: 'mistral-small-latest',
    models: [
      completion('mistral-large-latest'),
      completion('mistral-medium-latest'),
      completion('mistral-small-latest'),
      embedding('mistral-embed'),
    ],
  },
} as const satisfies Record<string, KnownModels>
