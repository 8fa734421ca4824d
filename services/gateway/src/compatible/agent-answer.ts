import type { InputOf } from '@tessera/shared/bus/contract'
import type { agentsContract } from '@tessera/shared/contracts/agents'
import { CompletionParameters } from '@tessera/shared/contracts/model-router/completion'
import type { PromptMessage } from '@tessera/shared/contracts/model-router/prompt'
import type { FieldError } from '@tessera/shared/fault/fault'
import { fail, ok, type Result } from '@tessera/shared/fault/result'
import type { RunEvents } from '../conversations/run-events.ts'
import { failureOf } from '../conversations/run-outcome.ts'
import { annotationOf } from './annotation.ts'
import type { AnswerEvent } from './answer-event.ts'
import { type ModelRequest, readAs } from './model-request.ts'

type Ask = InputOf<(typeof agentsContract)['operations']['ask']>

const agentPrefix = 'agent/'

/** `support` of `agent/support`; absent for a raw model. */
export const handleOf = (model: string) => (model.startsWith(agentPrefix) ? model.slice(agentPrefix.length) : undefined)

export const modelOfHandle = (handle: string) => `${agentPrefix}${handle}`

/** An agent's own version says everything else. */
const honoured = new Set(['maxOutputTokens', 'temperature'])
const parameters = Object.keys(CompletionParameters.properties).filter((name) => !honoured.has(name))
const others = [...parameters, 'fallbacks', 'goOnElsewhere', 'cacheSeconds', 'metadata', 'labels']

/** The last message is the question; those before are history that the client brings, untrusted. */
export function askOf(request: ModelRequest, handle: string): Result<Ask> {
  const { messages, maxOutputTokens, temperature, dropUnsupported, allowRestrictedView } = request
  const history = messages.slice(0, -1)
  const question = messages.at(-1)
  const unsupported = others
    .filter((name) => (request as Record<string, unknown>)[name] !== undefined)
    .map((name) => ({ field: `/${name}`, rule: 'is not supported with an agent' }))
  const invalid: FieldError[] = messages.flatMap(onlyText)
  if (question?.role !== 'user') invalid.push({ field: '/messages', rule: 'must end with a message of the user' })
  return readAs(
    {
      agent: handle,
      text: question ? textOf(question) : '',
      clientHistory: history.flatMap((message) =>
        message.role === 'tool' ? [] : [{ role: message.role, text: textOf(message) }],
      ),
      cancelOnLeave: true,
      ...(maxOutputTokens !== undefined && { maxOutputTokens }),
      ...(temperature !== undefined && { temperature }),
      ...(allowRestrictedView !== undefined && { allowRestrictedView }),
    },
    { invalid, unsupported: dropUnsupported === true ? [] : unsupported },
  )
}

/** What was thought in between is no part of a conversation with an agent. */
const onlyText = ({ content }: PromptMessage, index: number): FieldError[] =>
  content.every(({ type }) => type === 'text' || type === 'reasoning')
    ? []
    : [{ field: `/messages/${index}/content`, rule: 'may hold only text with an agent' }]

const textOf = ({ content }: PromptMessage): string =>
  content.flatMap((part) => (part.type === 'text' ? [part.text] : [])).join('\n')

/** A run as an answer. */
export async function* answerOfRun(events: RunEvents, model: string): AsyncGenerator<Result<AnswerEvent>, void, void> {
  for await (const result of events) {
    if (!result.ok) return yield result
    const event = result.value
    switch (event.type) {
      case 'run.started': {
        const { conversationId, messageId, runId } = event
        const kept = { conversation_id: conversationId, message_id: messageId, run_id: runId }
        yield ok({ type: 'start', id: messageId, model, kept })
        break
      }
      case 'text.delta':
        yield ok({ type: 'text-delta', text: event.text })
        break
      case 'citation.added':
        yield ok({ type: 'annotation', annotation: annotationOf(event.citation) })
        break
      case 'step.restarted':
        yield ok({ type: 'restart' })
        break
      case 'run.completed': {
        const whole = { text: event.text, annotations: event.citations.map(annotationOf) }
        const { finishReason = 'stop', usage } = event
        return yield ok({ type: 'end', finishReason, usage, whole })
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
