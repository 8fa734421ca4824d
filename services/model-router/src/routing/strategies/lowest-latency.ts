import type { Order } from '../target.ts'
import { byNumber } from './by-number.ts'

/**
 * The faster of two drawn by chance first, then all others by speed. Always to take the fastest would send every replica to the same one, and never find out that
 * another has become faster. One that was never measured counts as fast: it is tried.
 */
export const lowestLatency: Order = (targets, { firstContentMs, random }) => {
  const fastestFirst = byNumber(targets, (target) => firstContentMs(target) ?? 0, random)
  if (fastestFirst.length < 3) return fastestFirst
  const one = Math.floor(random() * fastestFirst.length)
  const other = (one + 1 + Math.floor(random() * (fastestFirst.length - 1))) % fastestFirst.length
  const first = fastestFirst[Math.min(one, other)]
  return first ? [first, ...fastestFirst.filter((target) => target !== first)] : fastestFirst
}
