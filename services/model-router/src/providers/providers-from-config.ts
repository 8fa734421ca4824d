import type { Logger } from 'pino'
import { type Static, Type } from 'typebox'
import { createAnthropic } from './anthropic/create-anthropic.ts'
import { providersEnvironment } from './environment.ts'
import { createExtractive } from './extractive/create-extractive.ts'
import { createGemini } from './gemini/create-gemini.ts'
import { createMistral } from './openai-compatible/create-mistral.ts'
import { createOpenaiCompatible } from './openai-compatible/create-openai-compatible.ts'
import { createOpenai } from './openai/create-openai.ts'
import type { Provider } from './provider.ts'

const ProviderConfig = Type.Object(providersEnvironment)
export type ProviderConfig = Static<typeof ProviderConfig>

/**
 * Every provider that the configuration switches on, the built-in model last. Their order decides whose default model is the default of
 * the installation.
 */
export function providersFromConfig(config: ProviderConfig, { logger }: { logger: Logger }): Provider[] {
  const limits = { firstTokenTimeoutMs: config.FIRST_TOKEN_TIMEOUT_MS, idleTimeoutMs: config.IDLE_TIMEOUT_MS }
  const providers: Provider[] = []
  const keyed = [
    { apiKey: config.OPENAI_API_KEY, baseUrl: config.OPENAI_BASE_URL, create: createOpenai },
    { apiKey: config.ANTHROPIC_API_KEY, baseUrl: config.ANTHROPIC_BASE_URL, create: createAnthropic },
    { apiKey: config.GEMINI_API_KEY, baseUrl: config.GEMINI_BASE_URL, create: createGemini },
    { apiKey: config.MISTRAL_API_KEY, baseUrl: config.MISTRAL_BASE_URL, create: createMistral },
  ]
  for (const { apiKey, baseUrl, create } of keyed) {
    if (apiKey !== undefined) providers.push(create({ apiKey, baseUrl: bare(baseUrl), limits, logger }))
  }
  if (config.OPENAI_COMPATIBLE_URL !== undefined) {
    const apiKey = config.OPENAI_COMPATIBLE_API_KEY
    const baseUrl = bare(config.OPENAI_COMPATIBLE_URL)
    const hosting = config.OPENAI_COMPATIBLE_HOSTING
    providers.push(
      createOpenaiCompatible({ baseUrl, hosting, ...(apiKey !== undefined && { apiKey }), limits, logger }),
    )
  }
  return [...providers, createExtractive({ logger })]
}

const bare = (url: string) => url.replace(/\/+$/, '')
