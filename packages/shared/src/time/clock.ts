/** Where the time comes from, so that a test may set it. Decisions about access use the database's clock instead. */
export type Clock = { nowMs(): number }

export const systemClock: Clock = { nowMs: () => Date.now() }
