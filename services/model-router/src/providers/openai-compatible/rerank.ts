import type OpenAI from 'openai'
import { Type } from 'typebox'
import { Compile } from 'typebox/compile'
import { askOnce } from '../ask-once.ts'
import { estimateTokens } from '../estimate-tokens.ts'
import { GarbageError } from '../failure.ts'
import { failureOfOpenai } from '../openai/failure-of-openai.ts'
import type { Provider, Reranked, RerankingRequest } from '../provider.ts'
import type { AdapterDeps } from '../stream-completion.ts'

/** What vLLM, Jina, Cohere and others answer, as far as they agree. */
const Answer = Type.Object({
  results: Type.Array(Type.Object({ index: Type.Integer({ minimum: 0 }), relevance_score: Type.Number() })),
  usage: Type.Optional(
    Type.Union([Type.Object({ total_tokens: Type.Optional(Type.Integer({ minimum: 0 })) }), Type.Null()]),
  ),
})
const answers = Compile(Answer)

/** `POST /rerank` beside the routes of the OpenAI protocol, which has none of its own. */
export const createRerank =
  (client: OpenAI, options: AdapterDeps & { readonly provider: string }): NonNullable<Provider['rerank']> =>
  (request, { signal }) =>
    askOnce((limited) => rerank(client, request, limited), failureOfOpenai, {
      ...options,
      model: request.model,
      signal,
    })

async function rerank(
  client: OpenAI,
  { model, query, texts }: RerankingRequest,
  signal: AbortSignal,
): Promise<Reranked> {
  const answer: unknown = await client.post('/rerank', { body: { model, query, documents: texts }, signal })
  if (!answers.Check(answer)) throw new GarbageError('The answer is no list of scores')
  const scores = new Map(answer.results.map(({ index, relevance_score }) => [index, relevance_score]))
  const inOrder = texts.map((_, at) => scores.get(at) ?? Number.NaN)
  if (answer.results.length !== texts.length || !inOrder.every(Number.isFinite)) {
    throw new GarbageError('There is not one score for each text')
  }
  const inputTokens = answer.usage?.total_tokens
  return {
    scores: inOrder,
    usage: {
      inputTokens: inputTokens ?? estimateTokens(query, ...texts),
      outputTokens: 0,
      estimated: inputTokens === undefined,
    },
  }
}
