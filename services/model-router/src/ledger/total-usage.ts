import type { HandlerOf } from '@tessera/shared/bus/contract'
import type { usageOperations } from '@tessera/shared/contracts/model-router/usage'
import { ok } from '@tessera/shared/fault/result'
import { stored } from '../administration/stored.ts'
import type { UsageDeps } from './list-usage.ts'
import { ownOrAll } from './own-or-all.ts'

type TotalUsage = HandlerOf<(typeof usageOperations)['totalUsage']>

const DEFAULT_LIMIT = 200

export const totalUsage =
  ({ access, store }: UsageDeps): TotalUsage =>
  async ({ by, limit = DEFAULT_LIMIT, ...filter }, call) => {
    const visible = await ownOrAll(access, call)
    if (!visible.ok) return visible
    const totals = await stored(store.totals({ ...filter, ...visible.value }, by, limit + 1))
    if (!totals.ok) return totals
    return ok({ items: totals.value.slice(0, limit), complete: totals.value.length <= limit })
  }
