import type { CompletionEvent } from '@tessera/shared/contracts/model-router/completion'
import type { PromptMessage } from '@tessera/shared/contracts/model-router/prompt'
import type { Result } from '@tessera/shared/fault/result'
import { loadConfig } from '@tessera/shared/config/load-config'
import { pino } from 'pino'
import { Type } from 'typebox'
import { providersEnvironment } from '../src/providers/environment.ts'
import { providersFromConfig } from '../src/providers/providers-from-config.ts'
import type { Provider, ProviderRequest } from '../src/providers/provider.ts'
import type { Protocol } from './fake-provider.ts'

const Environment = Type.Object(providersEnvironment)

/** The adapters, each with the protocol that its server speaks and the path that its base URL ends in. */
export const adapters = [
  { name: 'openai', key: 'OPENAI_API_KEY', url: 'OPENAI_BASE_URL', path: '/v1', protocol: 'openai' },
  { name: 'anthropic', key: 'ANTHROPIC_API_KEY', url: 'ANTHROPIC_BASE_URL', path: '', protocol: 'anthropic' },
  { name: 'gemini', key: 'GEMINI_API_KEY', url: 'GEMINI_BASE_URL', path: '', protocol: 'gemini' },
  { name: 'mistral', key: 'MISTRAL_API_KEY', url: 'MISTRAL_BASE_URL', path: '', protocol: 'mistral' },
  {
    name: 'openai-compatible',
    key: 'OPENAI_COMPATIBLE_API_KEY',
    url: 'OPENAI_COMPATIBLE_URL',
    path: '/v1',
    protocol: 'openai',
  },
] as const satisfies readonly { name: string; key: string; url: string; path: string; protocol: Protocol }[]
export type Adapter = (typeof adapters)[number]

export const KEY = 'sk-a-very-secret-key'

/** A logger whose lines a test can read. */
export function readableLogger() {
  const lines: string[] = []
  return { lines, logger: pino({ level: 'trace' }, { write: (line: string) => void lines.push(line) }) }
}

/** One adapter against a server at `url`, made as the service makes it: from variables. */
export async function adapterAt(
  adapter: Adapter,
  url: string,
  {
    environment = {},
    logger = pino({ level: 'silent' }),
  }: { environment?: Record<string, string>; logger?: pino.Logger } = {},
): Promise<Provider> {
  const variables = { [adapter.key]: KEY, [adapter.url]: `${url}${adapter.path}`, ...environment }
  const [provider] = await providersFromConfig(loadConfig(Environment, variables), { logger })
  if (provider?.name !== adapter.name) throw new Error(`${adapter.name} is not switched on`)
  return provider
}

export const user = (text: string): PromptMessage => ({ role: 'user', content: [{ type: 'text', text }] })

export type Seen = {
  events: CompletionEvent[]
  text: string
  fault: Extract<Result<never>, { ok: false }>['fault'] | undefined
}

/** Everything that a completion gives, to its end. */
export async function read(
  provider: Provider,
  request: Partial<ProviderRequest> = {},
  { signal = new AbortController().signal }: { signal?: AbortSignal } = {},
): Promise<Seen> {
  const seen: Seen = { events: [], text: '', fault: undefined }
  for await (const result of provider.complete(
    { model: 'some-model', messages: [user('hello')], ...request },
    { signal },
  ).events) {
    if (!result.ok) {
      seen.fault = result.fault
      continue
    }
    seen.events.push(result.value)
    if (result.value.type === 'text-delta') seen.text += result.value.text
  }
  return seen
}
