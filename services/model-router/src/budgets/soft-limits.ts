import type { BlocksStore, CounterKey } from './blocks.store.ts'

/** For so long a sum that was read is believed: a soft limit refuses nobody. */
const MAX_AGE_MS = 1000
const REMEMBERED = 10_000

export type SoftLimits = { isOver(key: CounterKey, limit: number): Promise<boolean> }

/** Whether budgets without a hard limit are over it, to the second. Where that can't be read they count as not. */
export function createSoftLimits(store: Pick<BlocksStore, 'spent'>): SoftLimits {
  const sums = new Map<string, { spent: Promise<number>; readAtMs: number }>()
  return {
    async isOver(key, limit) {
      const name = `${key.budget} ${key.period} ${key.counter}`
      const nowMs = performance.now()
      let sum = sums.get(name)
      if (!sum || nowMs - sum.readAtMs > MAX_AGE_MS) {
        if (sums.size >= REMEMBERED) sums.clear()
        sum = { spent: store.spent(key).catch(() => 0), readAtMs: nowMs }
        sums.set(name, sum)
      }
      return (await sum.spent) >= limit
    },
  }
}
