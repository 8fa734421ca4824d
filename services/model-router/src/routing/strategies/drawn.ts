import type { Target } from '../target.ts'

/** The target in whose share `point` (from 0 to below 1) falls; undefined where none has a share. */
export function drawn(targets: readonly Target[], point: number): Target | undefined {
  const total = targets.reduce((sum, { weight }) => sum + weight, 0)
  let left = point * total
  return targets.find(({ weight }) => {
    left -= weight
    return weight > 0 && left < 0
  })
}
