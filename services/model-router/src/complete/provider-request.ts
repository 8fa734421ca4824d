import type { Caller } from '@tessera/shared/bus/call'
import type { CompletionRequest } from '@tessera/shared/contracts/model-router/completion'
import type { Result } from '@tessera/shared/fault/result'
import type { Model } from '../catalogue/model.ts'
import type { Inspected } from '../guardrails/inspect.ts'
import { mapPromptTexts } from '../guardrails/prompt-texts.ts'
import { honour } from '../providers/parameters.ts'
import type { ProviderFault, ProviderRequest } from '../providers/provider.ts'
import { unsupportedByFacts } from './unsupported-by-facts.ts'

/**
 * A request as this model gets it: under the provider's own name of it, masked for a cloud model where the workspace says so, and only with what it can honour. What
 * is for the router alone stays here.
 */
export function providerRequest(
  asked: CompletionRequest,
  { ownName, provider, facts, hosting }: Model,
  { masked }: Inspected,
  { actors }: Pick<Caller, 'actors'>,
): Result<ProviderRequest, ProviderFault> {
  const {
    decisionIds: _decisions,
    labels: _labels,
    metadata: _metadata,
    fallbacks: _fallbacks,
    goOnElsewhere: _goOnElsewhere,
    cacheSeconds: _cacheSeconds,
    conversation: _conversation,
    whole: _whole,
    dropUnsupported,
    ...given
  } = masked && hosting === 'cloud' ? mapPromptTexts(asked, masked) : asked
  // Only the agents service speaks for an agent, and what it instructs with is the agent's own (ACCESS.md section 7).
  const isOfAgent = actors.some((actor) => actor.startsWith('agent:'))
  const request = { ...given, model: ownName, ...(isOfAgent && ({ sharedInstructions: true } as const)) }
  const refused = [...provider.unsupported(request), ...unsupportedByFacts(request, facts)]
  return honour(request, refused, { drop: dropUnsupported === true })
}
