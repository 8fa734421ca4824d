import type { agentsContract } from '@tessera/shared/contracts/agents'
import type { InputOf } from '@tessera/shared/bus/contract'
import type { FieldError } from '@tessera/shared/fault/fault'
import { fail, ok, type Result } from '@tessera/shared/fault/result'
import { httpFaults } from '@tessera/shared/http/faults'
import type { RunEvents } from '../conversations/run-events.ts'
import { failureOf } from '../conversations/run-outcome.ts'
import { annotationOf } from './annotation.ts'
import type { ChatEvent } from './chat-event.ts'
import { type ChatRequest, maxTokensOf, roleOf, textOf } from './chat-request.ts'

type Ask = InputOf<(typeof agentsContract)['operations']['ask']>

const agentPrefix = 'agent/'

/** `support` of `agent/support`; absent for a raw model. */
export const handleOf = (model: string) => (model.startsWith(agentPrefix) ? model.slice(agentPrefix.length) : undefined)

export const modelOfHandle = (handle: string) => `${agentPrefix}${handle}`

/** The last message is the question; those before are history that the client brings, untrusted. */
export function askOf(request: ChatRequest, handle: string): Result<Ask> {
  const errors: FieldError[] = []
  for (const name of ['top_p', 'stop', 'seed'] as const)
    if (request[name] !== undefined && request[name] !== null)
      errors.push({ field: `/${name}`, rule: 'is not supported with an agent' })
  const history = request.messages.slice(0, -1)
  const question = request.messages.at(-1)
  if (question?.role !== 'user')
    errors.push({ field: `/messages/${history.length}/role`, rule: 'must be "user" in the last message' })
  const [first] = errors
  if (first || !question)
    return fail(httpFaults.fault('invalid-request', `${first?.field} ${first?.rule}.`, { errors }))
  const maxOutputTokens = maxTokensOf(request)
  return ok({
    agent: handle,
    text: textOf(question),
    clientHistory: history.map((message) => ({ role: roleOf(message), text: textOf(message) })),
    cancelOnLeave: true,
    ...(maxOutputTokens !== undefined && { maxOutputTokens }),
    ...(typeof request.temperature === 'number' && { temperature: request.temperature }),
  })
}

/** A run as a chat. */
export async function* chatOfRun(events: RunEvents, model: string): AsyncGenerator<Result<ChatEvent>> {
  for await (const result of events) {
    if (!result.ok) return yield result
    const event = result.value
    switch (event.type) {
      case 'run.started': {
        const { conversationId, messageId, runId } = event
        const kept = { conversation_id: conversationId, message_id: messageId, run_id: runId }
        yield ok({ type: 'start', id: `chatcmpl-${messageId}`, model, kept })
        break
      }
      case 'text.delta':
        yield ok({ type: 'text', text: event.text })
        break
      case 'citation.added':
        yield ok({ type: 'annotation', annotation: annotationOf(event.citation) })
        break
      case 'step.restarted':
        yield ok({ type: 'restart' })
        break
      case 'run.completed': {
        const whole = { text: event.text, annotations: event.citations.map(annotationOf) }
        return yield ok({ type: 'end', finishReason: 'stop', usage: event.usage, whole })
      }
      case 'run.failed':
      case 'run.cancelled':
      case 'run.expired':
        return yield fail(failureOf(event))
      default:
        // `passages.found`, and what newer services may say.
        break
    }
  }
}
