import type { HandlerOf } from '@tessera/shared/bus/contract'
import type { modelsContract } from '@tessera/shared/contracts/model-router'
import type { Access } from '../access/check-caller.ts'
import { checkModel } from '../access/check-model.ts'
import type { ModelLabels } from '../access/model-labels.ts'
import { findModel } from '../models/find-model.ts'
import { honour } from '../providers/parameters.ts'
import type { Provider } from '../providers/provider.ts'
import { estimateInputTokens } from '../providers/estimate-input.ts'
import type { Meter } from '../usage/meter.ts'
import { meteredCompletion } from '../usage/metered-completion.ts'

export type CompleteDeps = { access: Access; providers: readonly Provider[]; labels: ModelLabels; meter: Meter }

type Complete = HandlerOf<(typeof modelsContract)['operations']['complete']>

/** Lets a model answer: which provider, whether this text may go there, then its answer, counted. When the caller leaves, the provider's work ends. */
export const createComplete = ({ access, providers, labels, meter }: CompleteDeps): Complete =>
  async function* complete({ decisionIds, metadata: _metadata, dropUnsupported, ...asked }, call) {
    const found = findModel(providers, asked.model)
    if (!found.ok) return yield found
    const { provider, model } = found.value
    const allowed = await checkModel(access, labels, { provider, model: asked.model, decisionIds }, call)
    if (!allowed.ok) return yield allowed
    const named = { ...asked, model }
    const request = honour(named, provider.unsupported(named), { drop: dropUnsupported === true })
    if (!request.ok) return yield request
    const inputTokens = estimateInputTokens(named)
    const start = {
      caller: call.caller,
      model: asked.model,
      operation: 'complete',
      inputTokens,
      decisionIds,
    } as const
    yield* meteredCompletion(provider.complete(request.value, { signal: call.signal }), start, meter)
  }
