import type { Amounts } from '../budgets/reserve.ts'
import type { Model } from '../catalogue/model.ts'
import { mostCostMicros } from '../ledger/cost.ts'
import type { RequestShape } from './request-shape.ts'

/** What a request comes to that no model is asked for. */
export const nothingBut: Amounts = { cost: 0, tokens: 0, requests: 1 }

/** What a request may come to at a model, at most: what is set aside for it. Undefined where nothing bounds it. */
export function mostAmounts({ facts }: Model, { mostInputTokens, maxOutputTokens }: RequestShape): Amounts {
  const { contextTokens = Infinity, maxOutputTokens: cap = Infinity } = facts
  const inputTokens = Math.min(mostInputTokens, contextTokens)
  const outputTokens = Math.min(maxOutputTokens ?? Infinity, cap, contextTokens)
  if (!Number.isFinite(outputTokens)) return { cost: undefined, tokens: undefined, requests: 1 }
  return {
    cost: mostCostMicros(facts.prices, { inputTokens, outputTokens }),
    tokens: inputTokens + outputTokens,
    requests: 1,
  }
}
