/** What a request takes from one budget. */
export type Charge = {
  readonly budget: string
  /** Whose counter, where the budget counts each apart; else empty. */
  readonly counter: string
  readonly period: string
  /** ISO; null: the period never ends. */
  readonly endsAt: string | null
  /** In the budget's unit. */
  readonly amount: number
  /** Whether it was set aside before, which it is for a hard limit. */
  readonly held: boolean
}
