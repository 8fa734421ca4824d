import type { Generated } from 'kysely'

/** The tables of the schema `models`. */
export type ModelsDatabase = { usage: UsageTable }

/** One row a request to a provider, made before the provider's first text is passed on and completed when the request ends. */
export type UsageTable = {
  id: Generated<number>
  at: Generated<Date>
  workspace_id: string
  subject: string
  actors: string[]
  model: string
  operation: 'complete' | 'embed'
  /** `started`, `completed`, `cancelled`, or the code of a fault. A row that stays `started` belongs to a process that was killed. */
  outcome: string
  input_tokens: number
  output_tokens: number
  estimated: boolean
  /** To the first text, and in all, as the provider took it. Milliseconds. */
  first_text_ms: number | null
  total_ms: number | null
  /** Under which decisions of access-control the text in the prompt was given out. */
  decision_ids: string[]
}
