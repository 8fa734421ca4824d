import type { UsageItem } from '@tessera/shared/contracts/model-router/usage'
import { stringify } from 'csv-stringify/sync'
import type { Static } from 'typebox'

type Item = Static<typeof UsageItem>

/** Columns of the file, in their order. */
const columns: Record<string, (item: Item) => string | number | undefined> = {
  at: ({ at }) => at,
  id: ({ id }) => id,
  subject: ({ subject }) => subject,
  actors: ({ actors }) => actors.join(' '),
  key: ({ keyId }) => keyId,
  purpose: ({ purpose }) => purpose,
  operation: ({ operation }) => operation,
  asked: ({ asked }) => asked,
  model: ({ model }) => model,
  outcome: ({ outcome }) => outcome,
  input_tokens: ({ usage }) => usage.inputTokens,
  cached_input_tokens: ({ usage }) => usage.cachedInputTokens,
  output_tokens: ({ usage }) => usage.outputTokens,
  estimated: ({ usage }) => String(usage.estimated),
  cost_micros: ({ costMicros }) => costMicros,
  first_content_ms: ({ firstContentMs }) => firstContentMs,
  total_ms: ({ totalMs }) => totalMs,
  metadata: ({ metadata }) => metadata && JSON.stringify(metadata),
  notes: ({ notes }) => notes.join(' '),
}

/** Texts that a spreadsheet would run as a formula are escaped: the name of a model comes from a caller. */
const lines = (rows: (string | number | undefined)[][]) => stringify(rows, { escape_formulas: true })

export const csvHead = lines([Object.keys(columns)])

export const csvOf = (items: readonly Item[]) =>
  lines(items.map((item) => Object.values(columns).map((valueOf) => valueOf(item))))
