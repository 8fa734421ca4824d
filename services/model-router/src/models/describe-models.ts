import type { Provider } from '../providers/provider.ts'
import { defaultModelOf } from './default-model.ts'

/**
 * What a start-up message says: a line for each provider with what switched it on and the model it is asked for by default, then the default
 * of the installation. Nothing of it is secret.
 */
export function describeModels(providers: readonly Provider[], defaultModel?: string): string[] {
  return [
    ...providers.map(({ name, switchedOnBy, defaultModel }) => `${name} (${switchedOnBy}): ${name}/${defaultModel}`),
    `default: ${defaultModelOf(providers, defaultModel)}`,
  ]
}
