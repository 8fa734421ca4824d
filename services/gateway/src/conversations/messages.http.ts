import { agentsContract } from '@tessera/shared/contracts/agents'
import { FaultError } from '@tessera/shared/http/fault-error'
import { httpFaults } from '@tessera/shared/http/faults'
import type { App } from '@tessera/shared/http/create-app'
import { problems } from '@tessera/shared/http/problem'
import { IdOf } from '@tessera/shared/ids/ids'
import { Type } from 'typebox'
import type { Edge } from '../edge/edge.ts'
import { keyOf } from '../edge/idempotency-key.ts'
import { agentPurpose } from '../edge/purpose.ts'
import {
  noContent,
  purposeHeaders,
  readHeaders,
  readProblems,
  repeatHeaders,
  writeProblems,
} from '../edge/route-schema.ts'
import { Answer, awaitAnswer } from './await-answer.ts'
import { sendRunEvents } from './run-events.ts'

const { ask, readEvents, cancelRun, putFeedback } = agentsContract.operations
const tags = ['conversations']
const address = '/conversations/:conversationId/messages'
const Message = Type.Object({ conversationId: IdOf('cnv'), messageId: IdOf('msg') })
/** What is documented of a stream: its events are those of `RunEvent`. */
const EventStream = {
  description:
    'Server-sent events with `id` and `event`; `data` is JSON. A stream without `run.completed`, `run.failed`, `run.cancelled` or `run.expired` was cut: resume it.',
  content: { 'text/event-stream': { schema: Type.String() } },
}

export function addMessages(app: App, edge: Edge): void {
  const { clients, callOf, atLeast, answer } = edge
  app.post(
    address,
    {
      config: { scopes: ['ask'] },
      schema: {
        tags,
        summary: 'Asks: stores the question and runs the agent.',
        description:
          'With `Accept: text/event-stream` the answer comes as events while it is made, else in one piece. The run goes on when the client leaves.',
        params: Type.Object({ conversationId: IdOf('cnv') }),
        headers: Type.Object({
          ...readHeaders.properties,
          ...purposeHeaders.properties,
          ...repeatHeaders.properties,
        }),
        body: Type.Pick(ask.input, [
          'text',
          'parentId',
          'retryOf',
          'audience',
          'purpose',
          'allowRestrictedView',
          'maxOutputTokens',
          'temperature',
        ]),
        response: {
          200: {
            description: 'The answer.',
            content: { 'application/json': { schema: Answer }, ...EventStream.content },
          },
          ...writeProblems,
          ...problems(502, 504),
        },
      },
    },
    async (request, reply) => {
      const purpose = agentPurpose(request, request.body.purpose)
      const { purpose: _, ...question } = request.body
      const input = {
        ...question,
        ...request.params,
        ...atLeast(request),
        ...(purpose.ofAgent !== undefined && { purpose: purpose.ofAgent }),
        ...keyOf(request),
      }
      const events = clients.agents.ask(input, callOf(request, reply, { timeoutMs: ask.timeoutMs, purpose }))
      if (wantsEvents(request.headers.accept)) return sendRunEvents(request, reply, edge, events)
      return answer(request, reply.type('application/json'), await awaitAnswer(events))
    },
  )
  app.get(
    `${address}/:messageId/events`,
    {
      config: { scopes: ['ask'] },
      schema: {
        tags,
        summary: readEvents.summary,
        params: Message,
        headers: Type.Object({
          'last-event-id': Type.Optional(Type.String({ description: 'The last `id` that was received; absent: all.' })),
        }),
        response: { 200: EventStream, ...readProblems },
      },
    },
    async (request, reply) => {
      const input = { ...request.params, after: lastEventId(request.headers['last-event-id']) }
      const call = callOf(request, reply, { timeoutMs: readEvents.timeoutMs })
      return sendRunEvents(request, reply, edge, clients.agents.readEvents(input, call))
    },
  )
  app.post(
    `${address}/:messageId/cancel`,
    {
      config: { scopes: ['ask'], repeatable: true },
      schema: {
        tags,
        summary: cancelRun.summary,
        params: Message,
        response: { 200: cancelRun.output, ...writeProblems },
      },
    },
    async (request, reply) =>
      answer(request, reply, await clients.agents.cancelRun(request.params, callOf(request, reply))),
  )
  app.post(
    `${address}/:messageId/feedback`,
    {
      config: { scopes: ['ask'], repeatable: true },
      schema: {
        tags,
        summary: putFeedback.summary,
        params: Message,
        body: Type.Pick(putFeedback.input, ['rating', 'comment']),
        response: { 204: noContent, ...writeProblems },
      },
    },
    async (request, reply) => {
      const input = { ...request.body, ...request.params }
      return answer(request, reply, await clients.agents.putFeedback(input, callOf(request, reply)), 204)
    },
  )
}

const wantsEvents = (accept = '') => accept.split(',').some((type) => type.trim().startsWith('text/event-stream'))

function lastEventId(text: string | undefined): number {
  if (text === undefined || text === '') return 0
  if (/^\d{1,12}$/.test(text)) return Number(text)
  const rule = 'must be the id of an event'
  throw new FaultError(
    httpFaults.fault('invalid-request', `Last-Event-ID ${rule}.`, { errors: [{ field: 'Last-Event-ID', rule }] }),
  )
}
