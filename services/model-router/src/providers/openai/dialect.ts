/** In what servers of the OpenAI protocol differ. */
export type Dialect = {
  /** What the limit of output tokens is called. */
  readonly maxTokensField: 'max_tokens' | 'max_completion_tokens'
  readonly seedField: 'seed' | 'random_seed'
  /** Whether usage must be asked for (`stream_options`); some send it unasked and refuse the field. */
  readonly asksForUsage: boolean
  /** How vectors are asked for; servers that don't know `base64` refuse it or ignore it. */
  readonly vectorEncoding: 'base64' | 'float'
}
