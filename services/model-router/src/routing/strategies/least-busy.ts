import { byNumber } from './by-number.ts'
import type { Order } from '../target.ts'

/** With the fewest requests under way for its weight first; chance decides between equals, so that replicas don't all run to the same one. */
export const leastBusy: Order = (targets, { inFlight, random }) =>
  byNumber(targets, (target) => (target.weight === 0 ? Infinity : (inFlight(target) + 1) / target.weight), random)
