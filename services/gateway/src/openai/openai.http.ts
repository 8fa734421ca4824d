import { agentsContract } from '@tessera/shared/contracts/agents'
import { modelsContract } from '@tessera/shared/contracts/model-router'
import { fail, ok, type Result } from '@tessera/shared/fault/result'
import type { App } from '@tessera/shared/http/create-app'
import { faultOf } from '@tessera/shared/http/error-handling'
import { FaultError } from '@tessera/shared/http/fault-error'
import { httpFaults, notFound } from '@tessera/shared/http/faults'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { Type } from 'typebox'
import { type Edge, valueOf } from '../edge/edge.ts'
import { idempotencyKeyOf } from '../edge/idempotency-key.ts'
import { hasScope, identityOf, type Scope } from '../edge/identity.ts'
import { agentPurpose } from '../edge/purpose.ts'
import { purposeHeaders, repeatHeaders } from '../edge/route-schema.ts'
import { sendFrames } from '../event-stream/event-stream.ts'
import { askOf, chatOfRun, handleOf } from './agent-chat.ts'
import { agentModels, Model, ModelList, rawModels } from './available-models.ts'
import type { ChatEvents } from './chat-event.ts'
import { openChatFrames } from './chat-frames.ts'
import { ChatRequest } from './chat-request.ts'
import { ChatCompletion } from './chat-response.ts'
import { OpenaiError, openaiError } from './error-shape.ts'
import { chatOfCompletion, completionOf } from './raw-chat.ts'
import { wholeChat } from './whole-chat.ts'

const { ask } = agentsContract.operations
const { complete } = modelsContract.operations
const tags = ['OpenAI clients']
const errors = Object.fromEntries(
  [400, 401, 403, 404, 409, 413, 429, 500, 502, 503, 504].map((status) => [
    status,
    {
      description: "An error in OpenAI's shape.",
      content: { 'application/json': { schema: { $ref: 'OpenaiError#' } } },
    },
  ]),
)

/** The routes that OpenAI's clients know, in their shapes, errors included. */
export function addOpenai(app: App, edge: Edge): void {
  app.addSchema(OpenaiError)
  app.setErrorHandler((error, request, reply) => {
    const fault = faultOf(error, request)
    if (fault.retryAfterMs !== undefined) reply.header('retry-after', Math.ceil(fault.retryAfterMs / 1000))
    return reply.code(fault.status).type('application/json').send(openaiError(fault))
  })
  // Where their clients look for what to quote in a report.
  app.addHook('onSend', (request, reply, payload, done) => {
    reply.header('x-request-id', request.id)
    done(null, payload)
  })
  addChat(app, edge)
  addModels(app, edge)
}

function addChat(app: App, edge: Edge): void {
  app.post(
    '/chat/completions',
    {
      bodyLimit: 4 * 1024 * 1024,
      config: { scopes: ['ask', 'models'], repeatable: true },
      schema: {
        tags,
        summary: 'A chat with an agent, or with a raw model.',
        description:
          'With `agent/<handle>` the last message is the question, those before are untrusted history; citations are `annotations`. A stream begins with the first content; a failure after that is an event with `error`, and `[DONE]` does not come.',
        headers: Type.Object({ ...repeatHeaders.properties, ...purposeHeaders.properties }),
        body: ChatRequest,
        response: {
          200: {
            description: 'The reply.',
            content: {
              'application/json': { schema: ChatCompletion },
              'text/event-stream': { schema: Type.String() },
            },
          },
          ...errors,
        },
      },
    },
    async (request, reply) => {
      const events = valueOf(chatOf(request, reply, request.body, edge))
      if (request.body.stream) {
        const includeUsage = request.body.stream_options?.include_usage === true
        return sendFrames(reply, valueOf(await openChatFrames(events, { includeUsage })), edge.heartbeatMs)
      }
      return reply.type('application/json').send(valueOf(await wholeChat(events)))
    },
  )
}

function chatOf(request: FastifyRequest, reply: FastifyReply, body: ChatRequest, edge: Edge): Result<ChatEvents> {
  const handle = handleOf(body.model)
  const idempotencyKey = idempotencyKeyOf(request)
  requireScope(request, handle === undefined ? 'models' : 'ask')
  if (handle !== undefined) {
    const input = askOf(body, handle)
    if (!input.ok) return input
    const purpose = agentPurpose(request)
    const call = edge.callOf(request, reply, { timeoutMs: ask.timeoutMs, purpose })
    const keyed = {
      ...input.value,
      ...(idempotencyKey !== undefined && { idempotencyKey }),
      ...(purpose.ofAgent !== undefined && { purpose: purpose.ofAgent }),
    }
    return ok(chatOfRun(edge.clients.agents.ask(keyed, call), body.model))
  }
  if (idempotencyKey !== undefined) return fail(invalidKey())
  if (!/^[a-z0-9-]+\/./.test(body.model)) return fail(notFound())
  const call = edge.callOf(request, reply, { timeoutMs: complete.timeoutMs })
  return ok(chatOfCompletion(edge.clients.models.complete(completionOf(body), call)))
}

const invalidKey = () =>
  httpFaults.fault('invalid-request', 'Idempotency-Key is not kept for raw models.', {
    errors: [{ field: 'Idempotency-Key', rule: 'is not kept for raw models' }],
  })

function requireScope(request: FastifyRequest, scope: Scope): void {
  if (!hasScope(identityOf(request), scope))
    throw new FaultError(httpFaults.fault('forbidden', `This needs a key with the scope all or ${scope}.`))
}

function addModels(app: App, { clients, callOf }: Edge): void {
  const config = { scopes: ['ask', 'models'] } as const
  const available = async (request: FastifyRequest, reply: FastifyReply): Promise<Model[]> => {
    const identity = identityOf(request)
    const call = callOf(request, reply)
    const raw = hasScope(identity, 'models') ? valueOf(await rawModels(clients, call)) : []
    const agents = hasScope(identity, 'ask') ? valueOf(await agentModels(clients, call)) : []
    return [...agents, ...raw]
  }
  app.get(
    '/models',
    {
      config,
      schema: {
        tags,
        summary: 'The models and agents that the caller may use.',
        response: { 200: ModelList, ...errors },
      },
    },
    async (request, reply) => reply.send({ object: 'list', data: await available(request, reply) }),
  )
  app.get(
    '/models/:model',
    {
      config,
      schema: {
        tags,
        summary: 'One of them.',
        params: Type.Object({
          model: Type.String({ minLength: 1, maxLength: 300, description: 'Its id, URL-encoded.' }),
        }),
        response: { 200: Model, ...errors },
      },
    },
    async (request, reply) => {
      const found = (await available(request, reply)).find(({ id }) => id === request.params.model)
      if (!found) throw new FaultError(notFound())
      return reply.send(found)
    },
  )
}
