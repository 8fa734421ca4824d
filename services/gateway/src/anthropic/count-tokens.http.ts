import { modelsContract } from '@tessera/shared/contracts/model-router'
import { fail } from '@tessera/shared/fault/result'
import type { App } from '@tessera/shared/http/create-app'
import { Type } from 'typebox'
import { handleOf } from '../compatible/agent-answer.ts'
import { inWordsOf } from '../compatible/field-names.ts'
import { readAs } from '../compatible/model-request.ts'
import { dropsUnsupported, ownFields, ownHeaders } from '../compatible/own-fields.ts'
import { bodyLimitBytes } from '../compatible/replies.ts'
import { type Edge, valueOf } from '../edge/edge.ts'
import { anthropicErrors, anthropicTags } from './anthropic-errors.ts'
import { invalidTools, messageNames, promptFields, promptOf } from './message-request.ts'

const { countTokens } = modelsContract.operations

const CountRequest = Type.Object({
  ...promptFields,
  drop_unsupported: ownFields.drop_unsupported,
  labels: ownFields.labels,
})

/** An agent's prompt is made of what it finds; nobody knows it before. */
const noAgents = { field: '/model', rule: 'must not be an agent: its prompt is made when it is asked' }

export function addCountTokens(app: App, { clients, askModels }: Edge): void {
  app.post(
    '/messages/count_tokens',
    {
      bodyLimit: bodyLimitBytes,
      config: { scopes: ['models'], repeatable: true, remembers: true },
      schema: {
        tags: anthropicTags,
        summary: countTokens.summary,
        headers: Type.Object(ownHeaders),
        body: CountRequest,
        response: {
          200: Type.Object({
            input_tokens: Type.Integer(),
            estimated: Type.Boolean({ description: 'Ours: counted here, since the provider does not count.' }),
          }),
          ...anthropicErrors,
        },
      },
    },
    async (request, reply) => {
      const { body } = request
      const invalid = [...(handleOf(body.model) === undefined ? [] : [noAgents]), ...invalidTools(body)]
      const prompt = valueOf(readAs(promptOf(body), { invalid }))
      const drop = dropsUnsupported(request, body) && { dropUnsupported: true }
      const labels = body.labels && { labels: body.labels }
      const input = { ...prompt, ...drop, ...labels, decisionIds: [] }
      const counted = await askModels.once({ request, reply }, (call) => clients.models.countTokens(input, call))
      const { inputTokens, estimated } = valueOf(counted.ok ? counted : fail(inWordsOf(messageNames, counted.fault)))
      return reply.send({ input_tokens: inputTokens, estimated })
    },
  )
}
