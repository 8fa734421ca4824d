import type { Prices } from '@tessera/shared/contracts/model-router/catalogue'
import type { Usage } from '@tessera/shared/contracts/model-router/usage'

type Tokens = Pick<Usage, 'inputTokens' | 'outputTokens' | 'cachedInputTokens' | 'cacheWriteTokens'>

/** What tokens cost, in whole micros, rounded up: a thousand small requests must not be free. Undefined where no price is known. */
export function costMicros(prices: Prices | undefined, tokens: Tokens): number | undefined {
  if (!prices) return undefined
  const { inputTokens, outputTokens, cachedInputTokens: cached = 0, cacheWriteTokens: written = 0 } = tokens
  const { inputMicros, outputMicros, cachedInputMicros = inputMicros, cacheWriteMicros = inputMicros } = prices
  const plain = Math.max(0, inputTokens - cached - written)
  const perMillion =
    plain * inputMicros + cached * cachedInputMicros + written * cacheWriteMicros + outputTokens * outputMicros
  return Math.ceil(perMillion / 1_000_000)
}

/** What they can cost at most, whatever of the input a provider's cache is written with. */
export function mostCostMicros(prices: Prices | undefined, { inputTokens, outputTokens }: Tokens): number | undefined {
  if (!prices) return undefined
  const { inputMicros, cachedInputMicros = 0, cacheWriteMicros = 0 } = prices
  const dearest = Math.max(inputMicros, cachedInputMicros, cacheWriteMicros)
  return costMicros({ inputMicros: dearest, outputMicros: prices.outputMicros }, { inputTokens, outputTokens })
}
