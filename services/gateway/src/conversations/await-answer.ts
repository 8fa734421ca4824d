import { Label } from '@tessera/shared/contracts/access-control/common'
import { Receipt } from '@tessera/shared/contracts/access-control/decisions'
import { Citation, type RunEvent } from '@tessera/shared/contracts/agents'
import { Usage } from '@tessera/shared/contracts/model-router/usage'
import { fail, ok, type Result } from '@tessera/shared/fault/result'
import { IdOf } from '@tessera/shared/ids/ids'
import { type Static, Type } from 'typebox'
import { cut, type RunEvents } from './run-events.ts'
import { failureOf, isTerminal } from './run-outcome.ts'

export const Answer = Type.Object({
  conversationId: IdOf('cnv'),
  questionId: IdOf('msg'),
  messageId: IdOf('msg'),
  runId: IdOf('run'),
  text: Type.String(),
  citations: Type.Array(Citation),
  model: Type.String(),
  usage: Usage,
  decisionId: Type.Optional({ ...IdOf('dec'), description: 'What was decided about the passages that it is made of.' }),
  receipt: Type.Optional(Receipt),
  unclearedLabels: Type.Optional(
    Type.Array(Label, {
      description: 'With `allowRestrictedView`: what no model of the agent may have, and was left out or masked.',
    }),
  ),
})
export type Answer = Static<typeof Answer>

/** Reads a run to its end, for clients that want the answer in one piece. */
export async function awaitAnswer(events: RunEvents): Promise<Result<Answer>> {
  let started: Extract<RunEvent, { type: 'run.started' }> | undefined
  let found: Extract<RunEvent, { type: 'passages.found' }> | undefined
  for await (const result of events) {
    if (!result.ok) return result
    const event = result.value
    if (event.type === 'run.started') started = event
    if (event.type === 'passages.found') found = event
    if (!isTerminal(event)) continue
    if (event.type !== 'run.completed') return fail(failureOf(event))
    if (!started) return fail(cut())
    const { conversationId, questionId, runId } = started
    const { messageId, text, citations, model, usage } = event
    return ok({
      ...{ conversationId, questionId, messageId, runId, text, citations, model, usage },
      ...(found && { decisionId: found.decisionId }),
      ...(found?.receipt && { receipt: found.receipt }),
      ...(found?.unclearedLabels && { unclearedLabels: found.unclearedLabels }),
    })
  }
  return fail(cut())
}
