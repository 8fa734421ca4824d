import type { Order } from '../target.ts'
import { byNumber } from './by-number.ts'

/** What costs least for this very request first; what has no price comes last. */
export const lowestPrice: Order = (targets, { costMicros, random }) =>
  byNumber(targets, (target) => costMicros(target) ?? Infinity, random)
