import type { Target } from '../target.ts'

/** The lowest first; equals in an order of chance. */
export function byNumber(targets: readonly Target[], numberOf: (target: Target) => number, random: () => number) {
  return targets
    .map((target) => ({ target, number: numberOf(target), chance: random() }))
    .toSorted((a, b) => compare(a.number, b.number) || a.chance - b.chance)
    .map(({ target }) => target)
}

/** Infinity is equal to itself, which a subtraction does not say. */
const compare = (a: number, b: number) => (a === b ? 0 : a - b)
