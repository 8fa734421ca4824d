import type { GenerateContentRequest, GenerationConfig } from '@google/generative-ai'
import { promptOf } from '../prompt-of.ts'
import type { ProviderRequest } from '../provider.ts'

/** Our request as `streamGenerateContent` takes it. */
export function toGenerateRequest(request: ProviderRequest): GenerateContentRequest {
  const { messages, maxOutputTokens, temperature, topP, stop, seed } = request
  const { system, turns } = promptOf(messages)
  // The service takes a seed; the SDK's type does not have it yet.
  const generationConfig: GenerationConfig & { seed?: number } = {
    ...(maxOutputTokens !== undefined && { maxOutputTokens }),
    ...(temperature !== undefined && { temperature }),
    ...(topP !== undefined && { topP }),
    ...(stop !== undefined && stop.length > 0 && { stopSequences: [...stop] }),
    ...(seed !== undefined && { seed }),
  }
  return {
    contents: turns.map(({ role, text }) => ({ role: role === 'assistant' ? 'model' : 'user', parts: [{ text }] })),
    ...(system !== '' && { systemInstruction: { role: 'system', parts: [{ text: system }] } }),
    generationConfig,
  }
}
