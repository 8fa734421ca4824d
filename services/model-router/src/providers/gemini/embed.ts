import type { GoogleGenAI } from '@google/genai'
import { estimateTokens } from '../estimate-tokens.ts'
import { GarbageError } from '../failure.ts'
import type { Embedding, EmbeddingRequest } from '../provider.ts'
import { requireOneEach } from '../vectors.ts'

/** The service takes no more texts at once. */
const MAX_TEXTS = 100

/** Vectors of texts. The service does not count them. */
export async function embed(
  { models }: GoogleGenAI,
  { model, texts, dimensions }: EmbeddingRequest,
  abortSignal: AbortSignal,
): Promise<Embedding> {
  const config = { abortSignal, ...(dimensions !== undefined && { outputDimensionality: dimensions }) }
  const vectors: number[][] = []
  for (let start = 0; start < texts.length; start += MAX_TEXTS) {
    const contents = texts.slice(start, start + MAX_TEXTS).map((text) => ({ role: 'user', parts: [{ text }] }))
    const { embeddings = [] } = await models.embedContent({ model, contents, config })
    vectors.push(...embeddings.map(({ values }) => vectorOf(values)))
  }
  requireOneEach(vectors, texts.length)
  return { vectors, usage: { inputTokens: estimateTokens(...texts), outputTokens: 0, estimated: true } }
}

function vectorOf(values: unknown): number[] {
  if (!Array.isArray(values) || !values.every((value) => typeof value === 'number')) {
    throw new GarbageError('An embedding of the answer is no list of numbers')
  }
  return values
}
