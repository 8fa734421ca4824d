import type { Call } from '@tessera/shared/bus/call'
import type { Client } from '@tessera/shared/bus/contract'
import type { modelsContract } from '@tessera/shared/contracts/model-router'
import { embeddedText } from '../index-documents/rows.ts'
import type { Current } from './current-offers.ts'
import type { Place } from './fuse-rankings.ts'
import { rowIdOf } from '../index/search-index.ts'
import type { Settled } from './settle.ts'

/** One that a model read together with the query. */
export type Reranked = Current & { readonly byReranking?: Place }

export type RerankDeps = {
  models: Pick<Client<typeof modelsContract>, 'rerank'>
  /** `provider/name`; absent: nothing is reranked. */
  rerankModel: string | undefined
}

/** As many as a model reads in a moment; what stands further below hardly answers better. */
export const rerankedAtLeast = 50
/** What one call takes. */
const maxTexts = 200
/** Some 1,000 tokens: a passage has at most half of that. */
const maxCharacters = 4000
/** A search goes on without it after this long. */
const patienceMs = 3000
/** What is left of the deadline for everything else. */
const reservedMs = 500

/**
 * Puts what may be served in the order of a model that reads each text together with the query. The decision under which they are served says which models may
 * read them (ACCESS.md section 7). Undefined where it cannot be had: the order of the index is an answer, too.
 */
export async function rerank(
  { models, rerankModel: model }: RerankDeps,
  query: string,
  { kept, checked }: Settled,
  call: Call,
): Promise<Reranked[] | undefined> {
  if (!model) return undefined
  const read = kept.slice(0, maxTexts)
  const deadlineMs = Math.min(Date.now() + patienceMs, call.deadlineMs - reservedMs)
  const texts = read.map(({ offer }) => embeddedText(offer).slice(0, maxCharacters).toWellFormed())
  const input = { model, query: query.toWellFormed(), texts, decisionIds: [checked.decisionId] }
  const reranked = await models.rerank(input, { ...call, deadlineMs })
  if (!reranked.ok) return undefined
  const scored = read.map((one, at) => ({ one, score: reranked.value.scores[at] ?? 0 }))
  scored.sort((a, b) => b.score - a.score || (rowIdOf(a.one.hit) < rowIdOf(b.one.hit) ? -1 : 1))
  const places = scored.map(({ one, score }, at) => ({ ...one, byReranking: { rank: at + 1, score } }))
  return [...places, ...kept.slice(maxTexts)]
}
