import type { FinishReason } from '@tessera/shared/contracts/model-router/completion'

const finishReasons: Record<string, FinishReason> = {
  end_turn: 'stop',
  stop_sequence: 'stop',
  max_tokens: 'length',
  model_context_window_exceeded: 'length',
  tool_use: 'tool-call',
  refusal: 'content-filter',
}

export const finishReasonOf = (raw: string): FinishReason => finishReasons[raw] ?? 'other'
