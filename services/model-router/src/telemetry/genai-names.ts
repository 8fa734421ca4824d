/**
 * The names of OpenTelemetry's conventions for generative AI, as of semantic conventions 1.41, the last version before they moved to a repository of their own: those are
 * what tools read today. Metrics are spelled as Prometheus spells them (dots become underscores, the unit is appended).
 */
export const attribute = {
  operation: 'gen_ai.operation.name',
  provider: 'gen_ai.provider.name',
  requestModel: 'gen_ai.request.model',
  maxTokens: 'gen_ai.request.max_tokens',
  temperature: 'gen_ai.request.temperature',
  topP: 'gen_ai.request.top_p',
  responseModel: 'gen_ai.response.model',
  finishReasons: 'gen_ai.response.finish_reasons',
  timeToFirstChunk: 'gen_ai.response.time_to_first_chunk',
  inputTokens: 'gen_ai.usage.input_tokens',
  outputTokens: 'gen_ai.usage.output_tokens',
  cachedInputTokens: 'gen_ai.usage.cache_read.input_tokens',
  inputMessages: 'gen_ai.input.messages',
  outputMessages: 'gen_ai.output.messages',
  errorType: 'error.type',
} as const

export const metric = {
  duration: 'gen_ai_client_operation_duration_seconds',
  timeToFirstChunk: 'gen_ai_client_operation_time_to_first_chunk_seconds',
  timePerOutputChunk: 'gen_ai_client_operation_time_per_output_chunk_seconds',
  tokens: 'gen_ai_client_token_usage',
} as const

export type Operation = 'chat' | 'embeddings' | 'rerank'
