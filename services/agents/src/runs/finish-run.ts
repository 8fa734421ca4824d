import { sql } from 'kysely'
import type { NewEvent, RunLog } from './run-log.ts'
import { type Outcome, type Run, stepNumbers } from './run.ts'

/** The last step: the answer, the end of the run and its one terminal event, all or nothing. */
export const finishRun = (log: RunLog, run: Run, outcome: Outcome): Promise<void> =>
  log.commit([terminalEvent(run, outcome)], {
    run: sql`state = ${outcome.state}, request = null, ended_at = now()`,
    also: [
      storeAnswer(run, outcome),
      // The journal holds texts of passages; nothing but the answer, which knows what it was made from, outlives the run.
      sql`delete from run_steps using moved where run_id = moved.id`,
      ...(run.onlyFor === undefined ? [touchConversation(run)] : []),
    ],
  })

const touchConversation = ({ conversationId }: Run) =>
  sql`update conversations set updated_at = now() from moved where conversations.id = ${conversationId}`

function storeAnswer(run: Run, outcome: Outcome) {
  const completed = outcome.state === 'completed' ? outcome : undefined
  const fault = outcome.state === 'failed' ? JSON.stringify(outcome.fault) : null
  return sql`
    update messages set state = ${outcome.state}, text = ${outcome.text}, partial = ${!completed && outcome.text !== ''},
      citations = ${JSON.stringify(outcome.citations)}, model = ${completed?.model ?? null},
      usage = ${completed ? JSON.stringify(completed.usage) : null}, fault = ${fault}
    from moved where messages.id = ${run.messageId}`
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
