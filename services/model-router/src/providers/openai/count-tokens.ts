import type OpenAI from 'openai'
import { GarbageError } from '../failure.ts'
import type { ProviderRequest } from '../provider.ts'
import { toResponseRequest } from './to-response-request.ts'

/** How many tokens a prompt has, as the provider counts them for a response. */
export async function countTokens(
  { responses }: OpenAI,
  request: ProviderRequest,
  signal: AbortSignal,
): Promise<number> {
  const { model, input, tools, tool_choice, text, reasoning, parallel_tool_calls } = toResponseRequest(request)
  const answer = await responses.inputTokens.count(
    {
      ...(model !== undefined && { model }),
      ...(input !== undefined && { input }),
      ...(tools && { tools }),
      ...(tool_choice !== undefined && { tool_choice }),
      ...(text && { text }),
      ...(reasoning && { reasoning }),
      ...(parallel_tool_calls !== undefined && { parallel_tool_calls }),
    },
    { signal },
  )
  const { input_tokens: count } = answer as { input_tokens?: unknown }
  if (typeof count !== 'number') throw new GarbageError('The answer is no count of tokens')
  return count
}
