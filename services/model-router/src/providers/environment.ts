import { Secret } from '@tessera/shared/config/load-config'
import { Type } from 'typebox'

const Url = (options: { default?: string; description: string }) =>
  Type.String({ pattern: '^https?://[^\\s]+$', ...options })
const key = (provider: string) => Type.Optional(Secret({ description: `The API key of ${provider}; switches it on.` }))

/** Where providers are on the internet. Elsewhere is where the operator says. */
const at = {
  openai: 'https://api.openai.com/v1',
  anthropic: 'https://api.anthropic.com',
  gemini: 'https://generativelanguage.googleapis.com',
  mistral: 'https://api.mistral.ai',
} as const
export const publicBaseUrls: ReadonlySet<string> = new Set(Object.values(at))

/** The variables that switch providers on. Where a provider is reached is the operator's to say, never a caller's. */
export const providersEnvironment = {
  OPENAI_API_KEY: key('OpenAI'),
  OPENAI_BASE_URL: Url({ default: at.openai, description: 'Where OpenAI is reached.' }),
  ANTHROPIC_API_KEY: key('Anthropic'),
  ANTHROPIC_BASE_URL: Url({ default: at.anthropic, description: 'Where Anthropic is reached.' }),
  GEMINI_API_KEY: key('Gemini'),
  GEMINI_BASE_URL: Url({
    default: at.gemini,
    description: 'Where Gemini is reached.',
  }),
  MISTRAL_API_KEY: key('Mistral'),
  MISTRAL_BASE_URL: Url({ default: at.mistral, description: 'Where Mistral is reached.' }),
  OPENAI_COMPATIBLE_URL: Type.Optional(
    Url({ description: 'The base URL of a server that speaks the OpenAI protocol, with its /v1; switches it on.' }),
  ),
  OPENAI_COMPATIBLE_API_KEY: Type.Optional(Secret({ description: 'The key that this server wants, if any.' })),
  OPENAI_COMPATIBLE_HOSTING: Type.Union([Type.Literal('own'), Type.Literal('cloud')], {
    default: 'cloud',
    description: 'Whether this server runs on your own machines (`own`). Policies look at it.',
  }),
  FIRST_TOKEN_TIMEOUT_MS: Type.Integer({
    default: 120_000,
    minimum: 100,
    maximum: 600_000,
    description: 'How long a provider may take to its first text.',
  }),
  IDLE_TIMEOUT_MS: Type.Integer({
    default: 60_000,
    minimum: 100,
    maximum: 600_000,
    description: 'How long a provider may be silent within an answer.',
  }),
}
