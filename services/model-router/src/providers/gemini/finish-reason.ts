import type { FinishReason } from '@tessera/shared/contracts/model-router/completion'

const finishReasons: Record<string, FinishReason> = {
  STOP: 'stop',
  MAX_TOKENS: 'length',
  SAFETY: 'content-filter',
  RECITATION: 'content-filter',
  LANGUAGE: 'content-filter',
  BLOCKLIST: 'content-filter',
  PROHIBITED_CONTENT: 'content-filter',
  SPII: 'content-filter',
}

export const finishReasonOf = (raw: string): FinishReason => finishReasons[raw] ?? 'other'
