import type { FinishReason } from '@tessera/shared/contracts/model-router/completion'

const finishReasons: Record<string, FinishReason> = {
  stop: 'stop',
  length: 'length',
  model_length: 'length',
  tool_calls: 'tool-call',
}

export const finishReasonOf = (raw: string): FinishReason => finishReasons[raw] ?? 'other'
