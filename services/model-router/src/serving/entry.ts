import type { Call } from '@tessera/shared/bus/call'
import type { Usage } from '@tessera/shared/contracts/model-router/usage'
import { newId } from '@tessera/shared/ids/ids'
import type { Amounts } from '../budgets/reserve.ts'
import type { Model } from '../catalogue/model.ts'
import { costMicros } from '../ledger/cost.ts'
import type { Ledger } from '../ledger/ledger.ts'
import type { LedgerStart } from '../ledger/ledger.store.ts'
import { nothingBut } from '../routing/most.ts'
import type { Asked } from './asked.ts'
import type { Decided } from './decide.ts'

/** How a request ended. */
export type Ended = {
  readonly outcome: string
  /** What served it, or was tried last. */
  readonly model: Model
  /** How it came to that one. */
  readonly route?: string | undefined
  readonly usage: Usage
  readonly firstContentMs?: number | undefined
  readonly totalMs: number
}

/** The row of a request that is under way. */
export type Entry = {
  /** Completes it and settles what it cost, once. Resolves when whoever asked may know; never rejects. */
  end(ended: Ended): Promise<void>
}

/** The row of a request that begins. Should its process die, it counts its prompt. */
export function startOf(
  { targets, reservation, notes, slot }: Decided,
  asked: Asked,
  { caller }: Call,
  version: number,
): LedgerStart {
  const [{ model }] = targets
  const usage = { inputTokens: slot?.kept ? 0 : asked.shape.inputTokens, outputTokens: 0 }
  const amounts = slot?.kept ? nothingBut : amountsOf(model, usage)
  return {
    id: newId('usg'),
    workspace_id: caller.workspaceId,
    version,
    subject: caller.subject,
    actors: caller.actors,
    key_id: caller.keyId ?? null,
    purpose: caller.purpose ?? null,
    operation: asked.operation,
    asked: asked.model,
    model: model.name,
    input_tokens: usage.inputTokens,
    cost_micros: amounts.cost ?? null,
    decision_ids: asked.decisionIds,
    metadata: asked.metadata ?? null,
    notes,
    charges: reservation.charges(model.name, amounts),
  }
}

export function createEntry(ledger: Ledger, { id, notes }: LedgerStart, { reservation, slot }: Decided): Entry {
  return {
    end({ outcome, model, route, usage, firstContentMs, totalMs }) {
      const amounts = slot?.kept ? nothingBut : amountsOf(model, usage)
      return ledger.end({
        id,
        outcome,
        model: model.name,
        route: route ?? null,
        input_tokens: usage.inputTokens,
        output_tokens: usage.outputTokens,
        cached_input_tokens: usage.cachedInputTokens ?? null,
        reasoning_tokens: usage.reasoningTokens ?? null,
        estimated: usage.estimated,
        cost_micros: amounts.cost ?? null,
        first_content_ms: firstContentMs ?? null,
        total_ms: totalMs,
        notes,
        charges: reservation.settle(model.name, amounts),
      })
    },
  }
}

const amountsOf = ({ facts }: Model, usage: Pick<Usage, 'inputTokens' | 'outputTokens'>): Amounts => ({
  cost: costMicros(facts.prices, usage),
  tokens: usage.inputTokens + usage.outputTokens,
  requests: 1,
})
