import type { Order, Target } from '../target.ts'
import { drawn } from './drawn.ts'

/** Drawn by chance, by weight, one after the other. Those of weight 0 come last, as they are listed. */
export const weighted: Order = (targets, { random }) => {
  const ordered: Target[] = []
  let left = targets
  while (left.length > 0) {
    const next = drawn(left, random())
    if (!next) break
    ordered.push(next)
    left = left.filter((target) => target !== next)
  }
  return [...ordered, ...left]
}
