import type { Start } from './answer-event.ts'

/** How a stream says, in a field of ours, that another model goes on with the answer. */
export const wentOnOf = ({ model, route, notes }: Start) => ({ went_on: { model, route, notes } })
