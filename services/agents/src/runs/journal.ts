import type { Receipt } from '@tessera/shared/contracts/access-control/decisions'
import { sql } from 'kysely'
import type { Static } from 'typebox'
import type { AgentsDatabase } from '../database.ts'
import type { Answer, GivenPassage } from './run.ts'
import { stepNumbers } from './run.ts'

/** What each step came to, so that whoever takes the run up later need not repeat it. */
export type StepOutputs = {
  search: {
    readonly decisionId: string
    readonly receipt: Static<typeof Receipt> | undefined
    readonly revision: number
    readonly passages: GivenPassage[]
    /** The labels that no model of the agent may have: what carries them was searched at the view below. */
    readonly unclearedLabels: readonly string[]
  }
  complete: Answer
}
export type Steps = { readonly [K in keyof StepOutputs]?: StepOutputs[K] }

/** Writes a step down, as a statement of the run log. */
export const journalStep = <K extends keyof StepOutputs>(kind: K, output: StepOutputs[K]) => sql`
  insert into run_steps (run_id, number, kind, output)
  select id, ${stepNumbers[kind]}::integer, ${kind}::text, ${JSON.stringify(output)}::jsonb from moved`

export async function fetchSteps(db: AgentsDatabase, runId: string): Promise<Steps> {
  const rows = await db.selectFrom('run_steps').select(['kind', 'output']).where('run_id', '=', runId).execute()
  return Object.fromEntries(rows.map(({ kind, output }) => [kind, output])) as Steps
}
