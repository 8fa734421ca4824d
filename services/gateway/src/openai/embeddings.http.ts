import type { App } from '@tessera/shared/http/create-app'
import type { InputOf } from '@tessera/shared/bus/contract'
import type { modelsContract } from '@tessera/shared/contracts/model-router'
import { fail, ok, type Result } from '@tessera/shared/fault/result'
import { type Static, Type } from 'typebox'
import { inWordsOf } from '../compatible/field-names.ts'
import { dropsUnsupported, modelField, ownFields, ownHeaders } from '../compatible/own-fields.ts'
import { bodyLimitBytes, named } from '../compatible/replies.ts'
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
  labels: ownFields.labels,
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

export function addEmbeddings(app: App, { clients, askModels }: Edge): void {
  app.post(
    '/embeddings',
    {
      bodyLimit: bodyLimitBytes,
      config: { scopes: ['models'], remembers: true },
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
      const embed: Embed = (input) => askModels.once({ request, reply }, (call) => clients.models.embed(input, call))
      const embedded = valueOf(await embedAll(embed, body, dropsUnsupported(request, body)))
      const { vectors, model, inputTokens } = embedded
      return named(reply, embedded).send({
        object: 'list',
        data: vectors.map((vector, index) => ({
          object: 'embedding',
          index,
          embedding: body.encoding_format === 'base64' ? vector : numbersOf(vector),
        })),
        model,
        usage: { prompt_tokens: inputTokens, total_tokens: inputTokens },
      })
    },
  )
}

type Input = InputOf<(typeof modelsContract)['operations']['embed']>
type Embedded = { vectors: string[]; model: string; route: string; notes: string[]; usage: { inputTokens: number } }
type Embed = (input: Input) => Promise<Result<Embedded>>

/** In as many calls as it takes, one after the other, all of the model that served the first; the first that fails ends it. */
async function embedAll(
  embed: Embed,
  { model, input, dimensions, labels }: EmbeddingsRequest,
  drop: boolean,
): Promise<Result<Omit<Embedded, 'usage'> & { inputTokens: number }>> {
  const texts = typeof input === 'string' ? [input] : input
  const vectors: string[] = []
  let first: Embedded | undefined
  let inputTokens = 0
  for (let start = 0; start < texts.length; start += BATCH) {
    const some = {
      model: first?.model ?? model,
      texts: texts.slice(start, start + BATCH),
      ...(typeof dimensions === 'number' && { dimensions }),
      ...(drop && { dropUnsupported: true }),
      ...(labels && { labels }),
    }
    const embedded = await embed(some)
    if (!embedded.ok) return fail(inWordsOf(names, embedded.fault))
    first ??= embedded.value
    vectors.push(...embedded.value.vectors)
    inputTokens += embedded.value.usage.inputTokens
  }
  if (!first) throw new Error('An embedding without texts')
  const { route, notes } = first
  return ok({ vectors, model: first.model, route, notes, inputTokens })
}

/** Base64 of little-endian 32-bit floats. */
function numbersOf(vector: string): number[] {
  const bytes = Buffer.from(vector, 'base64')
  return Array.from({ length: Math.floor(bytes.length / 4) }, (_, index) => bytes.readFloatLE(index * 4))
}
