import type { Logger } from 'pino'
import { type Static, Type } from 'typebox'
import { createProviderFetch } from './connection/provider-fetch.ts'
import { providersEnvironment, publicBaseUrls } from './environment.ts'
import { createExtractive } from './extractive/create-extractive.ts'
import { tokenCounter } from './token-counter.ts'
import type { Provider } from './provider.ts'

const ProviderConfig = Type.Object(providersEnvironment)
export type ProviderConfig = Static<typeof ProviderConfig>

/**
 * Every provider that the configuration switches on, the built-in model last. Their order decides whose default model is the default of
 * the installation.
 */
export async function providersFromConfig(config: ProviderConfig, { logger }: { logger: Logger }): Promise<Provider[]> {
  const limits = { firstTokenTimeoutMs: config.FIRST_TOKEN_TIMEOUT_MS, idleTimeoutMs: config.IDLE_TIMEOUT_MS }
  const depsFor = (baseUrl: string) => {
    const send = createProviderFetch({ baseUrl, mayBePrivate: !publicBaseUrls.has(baseUrl) })
    return { baseUrl, limits, logger, tokens: tokenCounter, fetch: send }
  }
  const providers: Provider[] = []
  for (const { apiKey, baseUrl, load } of keyed(config)) {
    if (apiKey !== undefined) providers.push((await load())({ apiKey, ...depsFor(bare(baseUrl)) }))
  }
  if (config.OPENAI_COMPATIBLE_URL !== undefined) {
    const apiKey = config.OPENAI_COMPATIBLE_API_KEY
    const deps = depsFor(bare(config.OPENAI_COMPATIBLE_URL))
    const hosting = config.OPENAI_COMPATIBLE_HOSTING
    const { createOpenaiCompatible } = await import('./openai-compatible/create-openai-compatible.ts')
    providers.push(createOpenaiCompatible({ hosting, ...(apiKey !== undefined && { apiKey }), ...deps }))
  }
  return [...providers, createExtractive({ logger })]
}

/** An SDK takes 25 to 70 MB of memory, so only those are loaded that are asked. */
const keyed = (config: ProviderConfig) => [
  {
    apiKey: config.OPENAI_API_KEY,
    baseUrl: config.OPENAI_BASE_URL,
    load: async () => (await import('./openai/create-openai.ts')).createOpenai,
  },
  {
    apiKey: config.ANTHROPIC_API_KEY,
    baseUrl: config.ANTHROPIC_BASE_URL,
    load: async () => (await import('./anthropic/create-anthropic.ts')).createAnthropic,
  },
  {
    apiKey: config.GEMINI_API_KEY,
    baseUrl: config.GEMINI_BASE_URL,
    load: async () => (await import('./gemini/create-gemini.ts')).createGemini,
  },
  {
    apiKey: config.MISTRAL_API_KEY,
    baseUrl: config.MISTRAL_BASE_URL,
    load: async () => (await import('./mistral/create-mistral.ts')).createMistral,
  },
]

const bare = (url: string) => url.replace(/\/+$/, '')
