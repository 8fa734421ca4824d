import { streamFaults } from '@tessera/shared/bus/faults'
import type { CompareEvent } from '@tessera/shared/contracts/model-router/comparisons'
import { comparisonOperations } from '@tessera/shared/contracts/model-router/comparisons'
import { ok, type Result } from '@tessera/shared/fault/result'
import type { App } from '@tessera/shared/http/create-app'
import { FaultError } from '@tessera/shared/http/fault-error'
import { notFound } from '@tessera/shared/http/faults'
import { problems } from '@tessera/shared/http/problem'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { Type } from 'typebox'
import { inWordsOf } from '../compatible/field-names.ts'
import { dropsUnsupported, ownHeaders } from '../compatible/own-fields.ts'
import { bodyLimitBytes } from '../compatible/replies.ts'
import { type Edge, valueOf } from '../edge/edge.ts'
import { publicFault } from '../edge/public-fault.ts'
import { purposeHeaders, writeProblems } from '../edge/route-schema.ts'
import { broken } from '../event-stream/broken.ts'
import { frame, sendFrames } from '../event-stream/event-stream.ts'
import { chatNames } from '../openai/chat/chat-request.ts'
import { CompareBody, compareRequestOf } from './compare-request.ts'
import { comparedLanes, Comparison } from './compared-lanes.ts'

const { compare } = comparisonOperations

type Events = AsyncIterable<Result<CompareEvent>>

export function addCompare(app: App, edge: Edge): void {
  const { clients, callOf } = edge
  app.post(
    '/compare',
    {
      bodyLimit: bodyLimitBytes,
      config: { scopes: ['models'] },
      schema: {
        tags: ['models'],
        summary: compare.summary,
        description:
          'The body of a chat completion, with `models` in the place of `model`. Each lane is permitted, counted and paid for by itself; one that is refused or fails says so and disturbs no other. With `stream` the lanes come as server-sent events, each marked with its `lane`: `comparison.started`, `lane.started`, `lane.content`, `lane.completed` or `lane.failed`, and one `comparison.completed` at the end. No answer is kept, only what it took.',
        headers: Type.Object({ ...purposeHeaders.properties, ...ownHeaders }),
        body: CompareBody,
        response: {
          200: {
            description: 'All lanes.',
            content: { 'application/json': { schema: Comparison }, 'text/event-stream': { schema: Type.String() } },
          },
          ...writeProblems,
          ...problems(502, 504),
        },
      },
    },
    async (request, reply) => {
      const { stream, ...body } = request.body
      const asked = valueOf(compareRequestOf(body, dropsUnsupported(request, body)))
      if (asked.agent !== undefined) await requireAgent(asked.agent, request, reply, edge)
      const call = callOf(request, reply, { timeoutMs: compare.timeoutMs })
      const events = inWordsOfChat(clients.models.compare(asked, call))
      if (stream === true) return sendComparison(request, reply, edge, events)
      return reply.type('application/json').send(valueOf(await comparedLanes(events)))
    },
  )
}

/** An agent that the caller may not run does not exist for them. */
async function requireAgent(id: string, request: FastifyRequest, reply: FastifyReply, { clients, callOf }: Edge) {
  const name = `agent:${id}`
  const call = callOf(request, reply)
  const { allowed } = valueOf(await clients.access.checkAgents({ verb: 'run', agents: [name] }, call))
  if (!allowed.includes(name)) throw new FaultError(notFound())
}

/** What becomes of a lane, in the words of whoever asked. */
async function* inWordsOfChat(events: Events): AsyncGenerator<Result<CompareEvent>, void, void> {
  for await (const result of events) {
    if (!result.ok || result.value.type !== 'lane.failed') yield result
    else yield ok({ ...result.value, fault: inWordsOf(chatNames, publicFault(result.value.fault)) })
  }
}

/** It opens with the first event, so what is wrong by then is a problem document. */
async function sendComparison(request: FastifyRequest, reply: FastifyReply, edge: Edge, events: Events) {
  const source = events[Symbol.asyncIterator]()
  const first = await source.next()
  if (first.done) throw new FaultError(cut())
  return sendFrames(reply, framesOf(request, valueOf(first.value), source), edge.heartbeatMs)
}

async function* framesOf(
  request: FastifyRequest,
  opening: CompareEvent,
  source: AsyncIterator<Result<CompareEvent>>,
): AsyncGenerator<string, void, void> {
  try {
    for (let event = opening; ;) {
      yield frame(event, { event: event.type })
      if (event.type === 'comparison.completed') return
      const next = await source.next()
      const result: Result<CompareEvent> = next.done ? { ok: false, fault: cut() } : next.value
      if (!result.ok) {
        yield broken(request, result.fault)
        throw new FaultError(result.fault)
      }
      event = result.value
    }
  } finally {
    await source.return?.()
  }
}

const cut = () => streamFaults.fault('cut', 'The comparison broke off before its end.')
