import { sql } from 'kysely'
import type { AgentsTransaction } from '../database.ts'
import type { NewEvent, RunLog } from './run-log.ts'
import { type Outcome, type Run, stepNumbers } from './run.ts'

/** The last step: the answer, the end of the run and its one terminal event, all or nothing. */
export async function finishRun(log: RunLog, run: Run, outcome: Outcome): Promise<void> {
  await log.commit([terminalEvent(run, outcome)], { work: (trx) => store(trx, run, outcome) })
}

async function store(trx: AgentsTransaction, run: Run, outcome: Outcome): Promise<void> {
  const completed = outcome.state === 'completed' ? outcome : undefined
  await trx
    .updateTable('messages')
    .set({
      state: outcome.state,
      text: outcome.text,
      partial: !completed && outcome.text !== '',
      citations: JSON.stringify(outcome.citations),
      model: completed?.model ?? null,
      usage: completed ? JSON.stringify(completed.usage) : null,
      fault: outcome.state === 'failed' ? JSON.stringify(outcome.fault) : null,
    })
    .where('id', '=', run.messageId)
    .execute()
  await trx
    .updateTable('runs')
    .set({ state: outcome.state, request: null, ended_at: sql<Date>`now()` })
    .where('id', '=', run.id)
    .execute()
  // The journal holds texts of passages; nothing but the answer, which knows what it was made from, outlives the run.
  await trx.deleteFrom('run_steps').where('run_id', '=', run.id).execute()
  await trx
    .updateTable('conversations')
    .set({ updated_at: sql<Date>`now()` })
    .where('id', '=', run.conversationId)
    .execute()
}

function terminalEvent({ messageId }: Run, outcome: Outcome): NewEvent {
  const base = { step: stepNumbers.finish, messageId }
  switch (outcome.state) {
    case 'completed': {
      const { text, citations, model, usage, finishReason } = outcome
      return { ...base, type: 'run.completed', text, citations, model, usage, finishReason }
    }
    case 'failed': {
      const { fault, text } = outcome
      return { ...base, type: 'run.failed', fault, text, partial: text !== '' }
    }
    case 'cancelled':
      return { ...base, type: 'run.cancelled', reason: outcome.reason }
    case 'expired':
      return { ...base, type: 'run.expired' }
  }
}
