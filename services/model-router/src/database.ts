import type { BudgetDefinition } from '@tessera/shared/contracts/model-router/budgets'
import type { CatalogueFacts } from '@tessera/shared/contracts/model-router/catalogue'
import type { Guardrails } from '@tessera/shared/contracts/model-router/guardrails'
import type { RouteDefinition } from '@tessera/shared/contracts/model-router/routes'
import type { ColumnType, Generated } from 'kysely'
import type { Charge } from './budgets/charge.ts'
import type { HealthOfModel } from './routing/health.ts'

/** A `jsonb` column: read as a value, written as text. */
type Json<T> = ColumnType<T, string, string>

/** The tables of the schema `models`. */
export type ModelsDatabase = {
  configurations: ConfigurationTable
  catalogue: CatalogueTable
  routes: RouteTable
  replicas: ReplicaTable
  ledger: LedgerTable
  budgets: BudgetTable
  budget_periods: BudgetPeriodTable
  budget_blocks: BudgetBlockTable
  comparisons: ComparisonTable
  comparison_lanes: ComparisonLaneTable
}

type ConfigurationTable = {
  workspace_id: string
  version: number
  guardrails: ColumnType<Guardrails | null, string | undefined, string>
}

type CatalogueTable = { workspace_id: string; model: string; facts: Json<CatalogueFacts> }

/** Every definition that a route has had. */
type RouteTable = {
  workspace_id: string
  name: string
  version: number
  /** Null: it ended with this version. */
  definition: ColumnType<RouteDefinition | null, string | null, never>
  changed_by: string
  changed_at: Generated<Date>
}

/** A process of the router that is alive, or was a moment ago. */
type ReplicaTable = {
  id: string
  seen_at: Generated<Date>
  health: ColumnType<HealthOfModel[], never, string>
}

/** One row a request, made before anything of it leaves and completed when it ends. */
export type LedgerTable = {
  id: string
  at: Generated<Date>
  workspace_id: string
  replica_id: string
  subject: string
  actors: string[]
  key_id: string | null
  purpose: string | null
  operation: string
  /** The model or route that the caller named. */
  asked: string
  /** What served it, or was tried last. */
  model: string
  /** How it was chosen. */
  route: string | null
  /** `started`, `completed`, `cached`, `cancelled`, `lost` (its process died), or the code of a fault. */
  outcome: string
  input_tokens: number
  output_tokens: number
  cached_input_tokens: number | null
  reasoning_tokens: number | null
  estimated: boolean
  /** Null where the model has no price. */
  cost_micros: number | null
  /** To the first content, and in all, as the provider took it. Milliseconds. */
  first_content_ms: number | null
  total_ms: number | null
  /** Under which decisions of access-control the text in the prompt was given out. */
  decision_ids: string[]
  /** What its caller noted with it. */
  metadata: ColumnType<Record<string, string> | null, string | undefined, never>
  /** What else is to be known of it, such as a soft limit that it went over. */
  notes: Generated<string[]>
  charges: Generated<Charge[]>
}

type BudgetTable = {
  id: string
  workspace_id: string
  definition: Json<BudgetDefinition>
  created_at: Generated<Date>
}

/** `spent` is settled, `held` is what replicas have set aside. */
type BudgetPeriodTable = {
  budget_id: string
  counter: string
  period: string
  ends_at: Date | null
  spent: Generated<number>
  held: Generated<number>
}

type BudgetBlockTable = { budget_id: string; counter: string; period: string; replica_id: string; held: number }

type ComparisonTable = {
  id: string
  workspace_id: string
  subject: string
  /** The agent that a model was looked for. */
  agent: string | null
  at: Generated<Date>
  /** The lane; null with a vote: none of them. */
  winner: number | null
  voted_at: Date | null
}

/** An answer that came to its end. */
export type ComparisonLaneTable = {
  comparison_id: string
  lane: number
  /** What served it. */
  model: string
  input_tokens: number
  output_tokens: number
  /** Null where the model has no price. */
  cost_micros: number | null
  /** From the beginning of the lane, in milliseconds. */
  first_content_ms: number
  total_ms: number
}
