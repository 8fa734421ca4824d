import type { App } from '@tessera/shared/http/create-app'
import type { Result } from '@tessera/shared/fault/result'
import { fail, ok } from '@tessera/shared/fault/result'
import type { Call } from '@tessera/shared/bus/call'
import { type Static, Type } from 'typebox'
import type { Clients } from '../clients.ts'
import { inWordsOf } from '../compatible/field-names.ts'
import { dropsUnsupported, modelField, ownFields, ownHeaders } from '../compatible/own-fields.ts'
import { bodyLimitBytes } from '../compatible/replies.ts'
import { type Edge, valueOf } from '../edge/edge.ts'
import { openaiErrors, openaiTags } from './openai-errors.ts'
import { optional } from './optional.ts'

/** Texts of one call on the bus. */
const BATCH = 256

const Text = Type.String({ minLength: 1 })

const EmbeddingsRequest = Type.Object({
  model: modelField,
  input: Type.Union([Text, Type.Array(Text, { minItems: 1, maxItems: 2048 })], {
    description: 'Texts. Lists of tokens are not taken: they belong to one model’s tokenizer.',
  }),
  dimensions: optional(Type.Integer({ minimum: 1, maximum: 16_384 })),
  encoding_format: optional(Type.Union([Type.Literal('float'), Type.Literal('base64')])),
  user: optional(Type.String(), 'Has no effect: who calls is what the credential says.'),
  drop_unsupported: ownFields.drop_unsupported,
})
type EmbeddingsRequest = Static<typeof EmbeddingsRequest>

const EmbeddingList = Type.Object({
  object: Type.Literal('list'),
  data: Type.Array(
    Type.Object({
      object: Type.Literal('embedding'),
      index: Type.Integer(),
      embedding: Type.Union([Type.Array(Type.Number()), Type.String()]),
    }),
  ),
  model: Type.String(),
  usage: Type.Object({ prompt_tokens: Type.Integer(), total_tokens: Type.Integer() }),
})

const names = { '/texts': '/input' }

export function addEmbeddings(app: App, { clients, callOf }: Edge): void {
  app.post(
    '/embeddings',
    {
      bodyLimit: bodyLimitBytes,
      config: { scopes: ['models'] },
      schema: {
        tags: openaiTags,
        summary: 'Vectors of texts.',
        headers: Type.Object(ownHeaders),
        body: EmbeddingsRequest,
        response: { 200: EmbeddingList, ...openaiErrors },
      },
    },
    async (request, reply) => {
      const { body } = request
      const call = callOf(request, reply)
      const embedded = valueOf(await embedAll(clients, body, dropsUnsupported(request, body), call))
      const { vectors, inputTokens } = embedded
      return reply.send({
        object: 'list',
        data: vectors.map((vector, index) => ({
          object: 'embedding',
          index,
          embedding: body.encoding_format === 'base64' ? vector : numbersOf(vector),
        })),
        model: body.model,
        usage: { prompt_tokens: inputTokens, total_tokens: inputTokens },
      })
    },
  )
}

/** In as many calls as it takes, one after the other; the first that fails ends it. */
async function embedAll(
  { models }: Clients,
  { model, input, dimensions }: EmbeddingsRequest,
  drop: boolean,
  call: Call,
): Promise<Result<{ vectors: string[]; inputTokens: number }>> {
  const texts = typeof input === 'string' ? [input] : input
  const vectors: string[] = []
  let inputTokens = 0
  for (let start = 0; start < texts.length; start += BATCH) {
    const some = {
      model,
      texts: texts.slice(start, start + BATCH),
      ...(typeof dimensions === 'number' && { dimensions }),
      ...(drop && { dropUnsupported: true }),
    }
    const embedded = await models.embed(some, call)
    if (!embedded.ok) return fail(inWordsOf(names, embedded.fault))
    vectors.push(...embedded.value.vectors)
    inputTokens += embedded.value.usage.inputTokens
  }
  return ok({ vectors, inputTokens })
}

/** Base64 of little-endian 32-bit floats. */
function numbersOf(vector: string): number[] {
  const bytes = Buffer.from(vector, 'base64')
  return Array.from({ length: Math.floor(bytes.length / 4) }, (_, index) => bytes.readFloatLE(index * 4))
}
