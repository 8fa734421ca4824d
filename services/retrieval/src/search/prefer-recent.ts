import { byScore, type Ranked } from './fuse-rankings.ts'

const dayMs = 86_400_000
/** So much of its score stays with what is old as the hills, or does not tell. */
const floor = 0.5

/** Newer ones move up: half of a score is halved with each half-life. What fits far better stays ahead of what is merely new. */
export function preferRecent(
  ranked: readonly Ranked[],
  { halfLifeDays, nowMs }: { halfLifeDays: number; nowMs: number },
): Ranked[] {
  return ranked
    .map((one) => {
      const { updatedAtMs } = one.hit
      if (updatedAtMs === undefined) return { ...one, score: one.score * floor }
      const ageDays = Math.max(0, nowMs - updatedAtMs) / dayMs
      return { ...one, score: one.score * (floor + (1 - floor) * 2 ** (-ageDays / halfLifeDays)) }
    })
    .toSorted(byScore)
}
