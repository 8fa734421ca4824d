import type { HandlerOf } from '@tessera/shared/bus/contract'
import type { countOperations } from '@tessera/shared/contracts/model-router/count-tokens'
import { fail, ok } from '@tessera/shared/fault/result'
import { stored } from '../administration/stored.ts'
import { providerRequest } from '../complete/provider-request.ts'
import type { Configurations } from '../configuration/configuration.ts'
import { promptTexts } from '../guardrails/prompt-texts.ts'
import { countPrompt } from '../providers/count-prompt.ts'
import type { TokenCounter } from '../providers/token-counter.ts'
import { shapeOfCompletion } from '../routing/request-shape.ts'
import type { Permit } from '../serving/permit.ts'

export type CountTokensDeps = { configurations: Configurations; permit: Permit; tokens: TokenCounter }

type CountTokens = HandlerOf<(typeof countOperations)['countTokens']>

/**
 * How many tokens a prompt has with the model that would serve it. Its provider may be asked, so the text goes only where a completion of it may go; it costs
 * nothing, so no budget is.
 */
export const createCountTokens =
  ({ configurations, permit, tokens }: CountTokensDeps): CountTokens =>
  async (request, call) => {
    const now = await stored(configurations.now(call.caller.workspaceId))
    if (!now.ok) return now
    const { model: asked, fallbacks, decisionIds, labels, conversation } = request
    const shape = shapeOfCompletion(request)
    const permitted = await permit(
      now.value,
      {
        operation: 'complete',
        model: asked,
        fallbacks,
        decisionIds,
        labels,
        conversation,
        shape,
        texts: () => promptTexts(request),
      },
      call,
    )
    if (!permitted.ok) return permitted
    const { targets, inspected, noSuchModel } = permitted.value
    const [{ model }] = targets
    const prompt = providerRequest(request, model, inspected, call.caller)
    if (!prompt.ok) return prompt
    const counted = await model.provider.countTokens?.(prompt.value, { signal: call.signal })
    if (!counted) {
      const inputTokens = await countPrompt(prompt.value, (texts) => tokens.count(texts))
      return ok({ model: model.name, inputTokens, estimated: true })
    }
    if (counted.ok) return ok({ model: model.name, inputTokens: counted.value, estimated: false })
    return counted.fault.code === 'models.not-found' ? fail(noSuchModel()) : counted
  }
