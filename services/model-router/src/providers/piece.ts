import type { FinishReason } from '@tessera/shared/contracts/model-router/completion'
import type { Content } from './content.ts'

/** What an adapter makes of one message of its provider; of one that only says that the provider lives, nothing. */
export type Piece =
  | Content
  | { readonly type: 'finish'; readonly reason: FinishReason; readonly stopText?: string }
  | { readonly type: 'usage'; readonly counts: Counts }

/** What a provider counted so far; running totals, absent where it says nothing. */
export type Counts = {
  readonly inputTokens?: number
  readonly outputTokens?: number
  readonly cachedInputTokens?: number
  readonly cacheWriteTokens?: number
  readonly reasoningTokens?: number
}
