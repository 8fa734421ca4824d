import type { App } from '@tessera/shared/http/create-app'
import { faultOf } from '@tessera/shared/http/error-handling'
import { FaultError } from '@tessera/shared/http/fault-error'
import { notFound } from '@tessera/shared/http/faults'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { type Static, Type } from 'typebox'
import { anthropicError } from '../anthropic/error-shape.ts'
import { type Edge, valueOf } from '../edge/edge.ts'
import { hasScope, identityOf } from '../edge/identity.ts'
import { openaiError } from '../openai/error-shape.ts'
import { agentModels, type AvailableModel, rawModels } from './available-models.ts'

const OpenaiModel = Type.Object({
  id: Type.String(),
  object: Type.Literal('model'),
  created: Type.Integer({ description: 'Unix time in seconds; 0 where nobody knows.' }),
  owned_by: Type.String(),
})
const AnthropicModel = Type.Object({
  type: Type.Literal('model'),
  id: Type.String(),
  display_name: Type.String(),
  created_at: Type.String({ description: '1970-01-01 where nobody knows.' }),
})
const OpenaiList = Type.Object({ object: Type.Literal('list'), data: Type.Array(OpenaiModel) })
const AnthropicList = Type.Object({
  data: Type.Array(AnthropicModel),
  has_more: Type.Boolean(),
  first_id: Type.Union([Type.String(), Type.Null()]),
  last_id: Type.Union([Type.String(), Type.Null()]),
})

const Paging = Type.Object({
  limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 1000 })),
  after_id: Type.Optional(Type.String({ maxLength: 300 })),
  before_id: Type.Optional(Type.String({ maxLength: 300 })),
})

const asJson = (description: string, ...schemas: Type.TSchema[]) => ({
  description,
  content: { 'application/json': { schema: Type.Union(schemas) } },
})

/** Both kinds of client ask here. Anthropic's tell which version of its API they speak, and get its shape. */
const isAnthropic = ({ headers }: FastifyRequest) => headers['anthropic-version'] !== undefined

const errors = Object.fromEntries(
  [400, 401, 403, 404, 429, 500, 503].map((status) => [
    status,
    asJson("An error in OpenAI's or Anthropic's shape.", Type.Ref('OpenaiError'), Type.Ref('AnthropicError')),
  ]),
)

/** The models and agents that a caller may use, for the clients of both APIs. */
export function addModels(app: App, { clients, callOf }: Edge): void {
  const config = { scopes: ['ask', 'models'] } as const
  app.setErrorHandler((error, request, reply) => {
    const fault = faultOf(error, request)
    if (fault.retryAfterMs !== undefined) reply.header('retry-after', Math.ceil(fault.retryAfterMs / 1000))
    const shown = isAnthropic(request) ? anthropicError(fault, request.id) : openaiError(fault)
    return reply.code(fault.status).type('application/json').send(shown)
  })

  const available = async (request: FastifyRequest, reply: FastifyReply): Promise<AvailableModel[]> => {
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
        tags: ['models'],
        summary:
          'The models, routes and agents that the caller may use, as clients of OpenAI or of Anthropic know them.',
        querystring: Paging,
        response: {
          200: asJson('All of them; by pages where `limit` is given.', OpenaiList, AnthropicList),
          ...errors,
        },
      },
    },
    async (request, reply) => {
      const models = await available(request, reply)
      if (!isAnthropic(request)) return reply.send({ object: 'list', data: models.map(toOpenai) })
      return reply.send(pageOf(models, request.query))
    },
  )
  app.get(
    '/models/:model',
    {
      config,
      schema: {
        tags: ['models'],
        summary: 'One of them.',
        params: Type.Object({
          model: Type.String({ minLength: 1, maxLength: 300, description: 'Its id, URL-encoded.' }),
        }),
        response: { 200: asJson('The model.', OpenaiModel, AnthropicModel), ...errors },
      },
    },
    async (request, reply) => {
      const found = (await available(request, reply)).find(({ id }) => id === request.params.model)
      if (!found) throw new FaultError(notFound())
      return reply.send(isAnthropic(request) ? toAnthropic(found) : toOpenai(found))
    },
  )
}

const toOpenai = ({ id, ownedBy, createdAtMs }: AvailableModel): Static<typeof OpenaiModel> => ({
  id,
  object: 'model',
  created: Math.floor(createdAtMs / 1000),
  owned_by: ownedBy,
})

const toAnthropic = ({ id, createdAtMs }: AvailableModel): Static<typeof AnthropicModel> => ({
  type: 'model',
  id,
  display_name: id,
  created_at: new Date(createdAtMs).toISOString(),
})

function pageOf(models: readonly AvailableModel[], page: Static<typeof Paging>): Static<typeof AnthropicList> {
  const { limit = models.length, after_id: after, before_id: before } = page
  const start = after === undefined ? 0 : models.findIndex(({ id }) => id === after) + 1
  const end = before === undefined ? models.length : models.findIndex(({ id }) => id === before)
  const data = models.slice(start, Math.max(start, end)).slice(0, limit).map(toAnthropic)
  return {
    data,
    has_more: start + data.length < end,
    first_id: data[0]?.id ?? null,
    last_id: data.at(-1)?.id ?? null,
  }
}
