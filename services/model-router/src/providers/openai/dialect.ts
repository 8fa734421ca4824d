import type { Parameter } from '@tessera/shared/contracts/model-router/completion'

/** Where the speakers of this protocol differ. */
export type Dialect = {
  /** What the limit of output tokens is called. */
  readonly maxTokensField: 'max_tokens' | 'max_completion_tokens'
  /** The parameters that its chat completions have a place for. */
  readonly honoured: ReadonlySet<Parameter>
}
