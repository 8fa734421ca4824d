import type { BudgetPeriod } from '@tessera/shared/contracts/model-router/budgets'

/** A period of a budget. Its name sorts as the time does; it has no end where it never ends. */
export type Period = { readonly name: string; readonly endsAtMs?: number }

const fixedMs = { minute: 60_000, hour: 3_600_000, day: 86_400_000 } as const

/** The period that a moment lies in, in UTC. */
export function periodOf(per: BudgetPeriod, nowMs: number): Period {
  if (per === 'ever') return { name: 'ever' }
  if (per === 'month') {
    const now = new Date(nowMs)
    const [year, month] = [now.getUTCFullYear(), now.getUTCMonth()]
    return { name: iso(Date.UTC(year, month)), endsAtMs: Date.UTC(year, month + 1) }
  }
  const startMs = Math.floor(nowMs / fixedMs[per]) * fixedMs[per]
  return { name: iso(startMs), endsAtMs: startMs + fixedMs[per] }
}

/** Requests of the same time ask for the same few. */
const written = new Map<number, string>()

function iso(ms: number): string {
  const known = written.get(ms)
  if (known !== undefined) return known
  if (written.size > 100) written.clear()
  const text = new Date(ms).toISOString()
  written.set(ms, text)
  return text
}
