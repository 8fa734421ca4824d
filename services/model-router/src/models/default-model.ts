import type { Provider } from '../providers/provider.ts'

/** The model for those who chose none: the configured one, else the first provider's. Throws where the configured one has no provider. */
export function defaultModelOf(providers: readonly Provider[], configured: string | undefined): string {
  if (configured !== undefined) {
    if (providers.some(({ name }) => configured.startsWith(`${name}/`))) return configured
    throw new Error(`The default model ${configured} belongs to no provider that is switched on`)
  }
  const [first] = providers
  if (!first) throw new Error('A model router needs at least one provider')
  return `${first.name}/${first.defaultModel}`
}
