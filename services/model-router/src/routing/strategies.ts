import type { Strategy } from '@tessera/shared/contracts/model-router/routes'
import { experiment } from './strategies/experiment.ts'
import { fallback } from './strategies/fallback.ts'
import { leastBusy } from './strategies/least-busy.ts'
import { lowestLatency } from './strategies/lowest-latency.ts'
import { lowestPrice } from './strategies/lowest-price.ts'
import { weighted } from './strategies/weighted.ts'
import type { Order } from './target.ts'

export const strategies: Record<Strategy, Order> = {
  fallback,
  weighted,
  'least-busy': leastBusy,
  'lowest-latency': lowestLatency,
  'lowest-price': lowestPrice,
  experiment,
}
