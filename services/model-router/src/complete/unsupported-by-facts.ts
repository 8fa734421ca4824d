import type { CatalogueFacts } from '@tessera/shared/contracts/model-router/catalogue'
import { unsupported } from '../providers/parameters.ts'
import type { ProviderRequest, Unsupported } from '../providers/provider.ts'

/** What of a request a model itself does not honour, by what the catalogue says of it; its protocol may have a place for it all the same. */
export function unsupportedByFacts(
  { reasoning }: ProviderRequest,
  { efforts }: Pick<CatalogueFacts, 'efforts'>,
): Unsupported[] {
  const effort = reasoning?.effort
  if (effort === undefined || !efforts || efforts.includes(effort)) return []
  const rule =
    efforts.length === 0 ? 'is not supported by this model' : `must be one of ${efforts.join(', ')} with this model`
  return [unsupported('/reasoning/effort', rule)]
}
