import type { GoogleGenAI } from '@google/genai'
import { GarbageError } from '../failure.ts'
import type { ProviderRequest } from '../provider.ts'
import { toContents } from './to-contents.ts'

/** The service counts contents alone with an API key, so instructions are counted as such; tools are not. */
export async function countTokens(
  { models }: GoogleGenAI,
  { model, messages }: ProviderRequest,
  abortSignal: AbortSignal,
): Promise<number> {
  const { system, contents } = toContents(messages)
  const instructions = system === '' ? [] : [{ role: 'user', parts: [{ text: system }] }]
  const { totalTokens } = await models.countTokens({
    model,
    contents: [...instructions, ...contents],
    config: { abortSignal },
  })
  if (typeof totalTokens !== 'number') throw new GarbageError('The answer is no count of tokens')
  return totalTokens
}
