import type { Order } from '../target.ts'

/** As they are listed. */
export const fallback: Order = (targets) => targets
