import type { HandlerOf } from '@tessera/shared/bus/contract'
import type { usageOperations } from '@tessera/shared/contracts/model-router/usage'
import { modelsFaults } from '@tessera/shared/contracts/model-router/faults'
import { fail, ok } from '@tessera/shared/fault/result'
import type { Selectable } from 'kysely'
import type { Access } from '../access/check-caller.ts'
import { stored } from '../administration/stored.ts'
import type { LedgerTable } from '../database.ts'
import { ownOrAll } from './own-or-all.ts'
import type { UsageStore } from './usage.store.ts'

export type UsageDeps = { access: Access; store: UsageStore }

type ListUsage = HandlerOf<(typeof usageOperations)['listUsage']>

const DEFAULT_LIMIT = 50

/** An admin sees the whole workspace's use of models, anyone else their own. */
export const listUsage =
  ({ access, store }: UsageDeps): ListUsage =>
  async ({ cursor, limit = DEFAULT_LIMIT, ...filter }, call) => {
    if (cursor !== undefined && !/^usg_\w{10,52}$/.test(cursor)) {
      return fail(
        modelsFaults.fault('invalid', 'The cursor is not one that this list gave out.', {
          errors: [{ field: '/cursor', rule: 'must be a cursor of this list' }],
        }),
      )
    }
    const visible = await ownOrAll(access, call)
    if (!visible.ok) return visible
    const page = { limit: limit + 1, ...(cursor !== undefined && { beforeId: cursor }) }
    const rows = await stored(store.page({ ...filter, ...visible.value }, page))
    if (!rows.ok) return rows
    const items = rows.value.slice(0, limit)
    const last = items.at(-1)
    return ok({ items: items.map(toItem), ...(rows.value.length > limit && last && { nextCursor: last.id }) })
  }

const toItem = (row: Selectable<LedgerTable>) => ({
  id: row.id,
  at: row.at.toISOString(),
  subject: row.subject,
  actors: row.actors,
  ...(row.key_id !== null && { keyId: row.key_id }),
  ...(row.purpose !== null && { purpose: row.purpose }),
  operation: row.operation,
  asked: row.asked,
  model: row.model,
  ...(row.route !== null && { route: row.route }),
  outcome: row.outcome,
  usage: {
    inputTokens: row.input_tokens,
    outputTokens: row.output_tokens,
    ...(row.cached_input_tokens !== null && { cachedInputTokens: row.cached_input_tokens }),
    ...(row.reasoning_tokens !== null && { reasoningTokens: row.reasoning_tokens }),
    estimated: row.estimated,
  },
  ...(row.cost_micros !== null && { costMicros: row.cost_micros }),
  ...(row.first_content_ms !== null && { firstContentMs: row.first_content_ms }),
  ...(row.total_ms !== null && { totalMs: row.total_ms }),
  ...(row.metadata !== null && { metadata: row.metadata }),
  notes: row.notes,
})
