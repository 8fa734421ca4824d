import type OpenAI from 'openai'
import { type Static, Type } from 'typebox'
import { Compile } from 'typebox/compile'
import { estimateTokens } from '../estimate-tokens.ts'
import { GarbageError } from '../failure.ts'
import type { Embedding } from '../provider.ts'
import type { Dialect } from './dialect.ts'

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

/** Vectors of texts. Everything that a caller relies on is checked: as many as texts, in their order, of one length, all finite. */
export async function embed(
  client: OpenAI,
  dialect: Dialect,
  { model, texts }: { model: string; texts: readonly string[] },
  signal: AbortSignal,
): Promise<Embedding> {
  const answer: unknown = await client.embeddings.create(
    { model, input: [...texts], encoding_format: dialect.vectorEncoding },
    { signal },
  )
  if (!embeddings.Check(answer)) throw new GarbageError('The answer is no list of embeddings')
  const vectors = inOrder(answer.data).map(({ embedding }) => numbersOf(embedding))
  requireOneEach(vectors, texts.length)
  const inputTokens = answer.usage?.prompt_tokens
  return {
    vectors,
    usage: {
      inputTokens: inputTokens ?? estimateTokens(...texts),
      outputTokens: 0,
      estimated: inputTokens === undefined,
    },
  }
}

type Data = Static<typeof Embeddings>['data']

/** The protocol allows any order and numbers the entries; servers that don't number them keep the order of the texts. */
function inOrder(data: Data): Data {
  const ordered = data.map((entry, position) => ({ ...entry, index: entry.index ?? position }))
  ordered.sort((a, b) => a.index - b.index)
  if (ordered.some(({ index }, position) => index !== position)) {
    throw new GarbageError('The embeddings are not numbered one by one')
  }
  return ordered
}

/** Base64 of little-endian 32-bit floats, or numbers from servers that ignore the encoding asked for. */
function numbersOf(embedding: string | readonly number[]): readonly number[] {
  if (typeof embedding !== 'string') return embedding
  const bytes = Buffer.from(embedding, 'base64')
  if (bytes.length % 4 !== 0) throw new GarbageError('An embedding is no sequence of 32-bit floats')
  return Array.from({ length: bytes.length / 4 }, (_, index) => bytes.readFloatLE(index * 4))
}

function requireOneEach(vectors: readonly (readonly number[])[], count: number): void {
  if (vectors.length !== count) throw new GarbageError('There are not as many embeddings as texts')
  const dimensions = vectors[0]?.length ?? 0
  if (dimensions === 0 || vectors.some((vector) => vector.length !== dimensions)) {
    throw new GarbageError('The embeddings have no common length')
  }
  if (!vectors.every((vector) => vector.every(Number.isFinite))) throw new GarbageError('An embedding is not finite')
}
