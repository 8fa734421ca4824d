import type Anthropic from '@anthropic-ai/sdk'
import { GarbageError } from '../failure.ts'
import type { ProviderRequest } from '../provider.ts'
import { outputOf, thinkingOf, toolsOf } from './to-message-request.ts'
import { toMessages } from './to-messages.ts'

/** How many tokens the prompt of a message has, as the provider counts them. */
export async function countTokens(
  { messages }: Anthropic,
  request: ProviderRequest,
  signal: AbortSignal,
): Promise<number> {
  const thinking = thinkingOf(request)
  const output = outputOf(request)
  const answer = await messages.countTokens(
    {
      model: request.model,
      ...toMessages(request.messages),
      ...toolsOf(request),
      ...(thinking && { thinking }),
      ...(output && { output_config: output }),
    },
    { signal },
  )
  const { input_tokens: count } = answer as { input_tokens?: unknown }
  if (typeof count !== 'number') throw new GarbageError('The answer is no count of tokens')
  return count
}
