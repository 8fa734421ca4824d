import type OpenAI from 'openai'
import { Type } from 'typebox'
import { Compile } from 'typebox/compile'
import { estimateTokens } from '../estimate-tokens.ts'
import { GarbageError } from '../failure.ts'
import type { Embedding, EmbeddingRequest } from '../provider.ts'
import { inOrder, requireOneEach } from '../vectors.ts'

const Embeddings = Type.Object({
  data: Type.Array(
    Type.Object({
      index: Type.Optional(Type.Integer({ minimum: 0 })),
      embedding: Type.Union([Type.String(), Type.Array(Type.Number())]),
    }),
  ),
  usage: Type.Optional(
    Type.Union([Type.Object({ prompt_tokens: Type.Optional(Type.Integer({ minimum: 0 })) }), Type.Null()]),
  ),
})
const embeddings = Compile(Embeddings)

/** Vectors of texts. */
export async function embed(
  client: OpenAI,
  { model, texts, dimensions }: EmbeddingRequest,
  signal: AbortSignal,
): Promise<Embedding> {
  const answer: unknown = await client.embeddings.create(
    {
      model,
      input: [...texts],
      encoding_format: 'base64',
      ...(dimensions !== undefined && { dimensions }),
    },
    { signal },
  )
  if (!embeddings.Check(answer)) throw new GarbageError('The answer is no list of embeddings')
  const vectors = inOrder(answer.data).map(({ embedding }) => numbersOf(embedding))
  requireOneEach(vectors, texts.length)
  // Zero is what servers say that don't count.
  const inputTokens = answer.usage?.prompt_tokens || undefined
  return {
    vectors,
    usage: {
      inputTokens: inputTokens ?? estimateTokens(...texts),
      outputTokens: 0,
      estimated: inputTokens === undefined,
    },
  }
}

/** Base64 of little-endian 32-bit floats, or numbers from servers that ignore the encoding asked for. */
function numbersOf(embedding: string | readonly number[]): readonly number[] {
  if (typeof embedding !== 'string') return embedding
  const bytes = Buffer.from(embedding, 'base64')
  if (bytes.length % 4 !== 0) throw new GarbageError('An embedding is no sequence of 32-bit floats')
  return Array.from({ length: bytes.length / 4 }, (_, index) => bytes.readFloatLE(index * 4))
}
