import type { AgentsDatabase, AgentsTransaction } from '../database.ts'
import type { Answer, GivenPassage } from './run.ts'
import { stepNumbers } from './run.ts'

/** What each step came to, so that whoever takes the run up later need not repeat it. */
export type StepOutputs = {
  search: { readonly decisionId: string; readonly revision: number; readonly passages: GivenPassage[] }
  complete: Answer
}
export type Steps = { readonly [K in keyof StepOutputs]?: StepOutputs[K] }

/** Writes a step down. The caller's transaction carries the fence. */
export async function journalStep<K extends keyof StepOutputs>(
  trx: AgentsTransaction,
  runId: string,
  kind: K,
  output: StepOutputs[K],
): Promise<void> {
  await trx
    .insertInto('run_steps')
    .values({ run_id: runId, number: stepNumbers[kind], kind, output: JSON.stringify(output) })
    .execute()
}

export async function fetchSteps(db: AgentsDatabase, runId: string): Promise<Steps> {
  const rows = await db.selectFrom('run_steps').select(['kind', 'output']).where('run_id', '=', runId).execute()
  return Object.fromEntries(rows.map(({ kind, output }) => [kind, output])) as Steps
}
