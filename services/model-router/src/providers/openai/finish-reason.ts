import type { FinishReason } from '@tessera/shared/contracts/model-router/completion'

const finishReasons: Record<string, FinishReason> = {
  stop: 'stop',
  eos: 'stop',
  length: 'length',
  model_length: 'length',
  content_filter: 'content-filter',
  tool_calls: 'tool-call',
  function_call: 'tool-call',
}

/** `eos` and `model_length` are spellings of compatible servers. */
export const finishReasonOf = (raw: string): FinishReason => finishReasons[raw] ?? 'other'
