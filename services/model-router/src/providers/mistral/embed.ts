import type { MistralCore } from '@mistralai/mistralai/core.js'
import { embeddingsCreate } from '@mistralai/mistralai/funcs/embeddingsCreate.js'
import { estimateTokens } from '../estimate-tokens.ts'
import type { Embedding, EmbeddingRequest } from '../provider.ts'
import { inOrder, requireOneEach } from '../vectors.ts'

/** Vectors of texts. */
export async function embed(
  client: MistralCore,
  { model, texts, dimensions }: EmbeddingRequest,
  signal: AbortSignal,
): Promise<Embedding> {
  const answer = await embeddingsCreate(
    client,
    { model, inputs: [...texts], ...(dimensions !== undefined && { outputDimension: dimensions }) },
    { signal },
  )
  if (!answer.ok) throw answer.error
  const vectors = inOrder(answer.value.data).map(({ embedding = [] }) => embedding)
  requireOneEach(vectors, texts.length)
  const { promptTokens } = answer.value.usage
  return {
    vectors,
    usage: {
      inputTokens: promptTokens || estimateTokens(...texts),
      outputTokens: 0,
      estimated: !promptTokens,
    },
  }
}
