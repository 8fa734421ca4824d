import type { HandlerOf } from '@tessera/shared/bus/contract'
import { modelsFaults } from '@tessera/shared/contracts/model-router/faults'
import type { rerankingOperations } from '@tessera/shared/contracts/model-router/reranking'
import { fail, ok, type Result } from '@tessera/shared/fault/result'
import type { Provider, ProviderFault, Reranked } from '../providers/provider.ts'
import type { Health } from '../routing/health.ts'
import { shapeOfReranking } from '../routing/request-shape.ts'
import type { Admit } from '../serving/admit.ts'
import { firstToAnswer } from '../serving/attempts.ts'
import { endAttempt } from '../serving/end-attempt.ts'
import { routeTaken } from '../serving/route-taken.ts'

export type RerankDeps = { admit: Admit; health: Health }

type Rerank = HandlerOf<(typeof rerankingOperations)['rerank']>
type Ask = Parameters<NonNullable<Provider['rerank']>>

/** Scores of texts for a query, counted. Labels of what the decisions gave out decide which models may read it. */
export const createRerank =
  ({ admit, health }: RerankDeps): Rerank =>
  async ({ model, decisionIds, query, texts }, call) => {
    const shape = shapeOfReranking(query, texts)
    const asked = { operation: 'rerank', model, decisionIds, shape, texts: () => [query, ...texts] } as const
    const admitted = await admit(asked, call)
    if (!admitted.ok) return admitted
    const { entry, targets, resolved, inspected, noSuchModel } = admitted.value
    const startedMs = performance.now()
    const { deadlineMs, signal } = call
    const { target, answer, tried } = await firstToAnswer({ targets, deadlineMs, signal }, ({ model }) => {
      const masked = model.hosting === 'cloud' ? inspected.masked : undefined
      const given = masked ? { query: masked(query), texts: texts.map(masked) } : { query, texts }
      return ask(health, model.name, model.provider, [{ ...given, model: model.ownName }, { signal }])
    })
    await entry.end({
      outcome: answer.ok ? 'completed' : signal.aborted ? 'cancelled' : answer.fault.code,
      model: target.model,
      route: routeTaken(resolved, target, tried),
      usage: answer.ok ? answer.value.usage : { inputTokens: 0, outputTokens: 0, estimated: true },
      totalMs: performance.now() - startedMs,
    })
    if (!answer.ok) return answer.fault.code === 'models.not-found' ? fail(noSuchModel()) : answer
    return ok({ scores: [...answer.value.scores] })
  }

async function ask(
  health: Health,
  name: string,
  { name: provider, rerank }: Provider,
  [request, options]: Ask,
): Promise<Result<Reranked, ProviderFault>> {
  if (!rerank) return fail(modelsFaults.fault('request-refused', `The provider ${provider} does not rerank.`))
  const attempt = health.begin(name)
  const reranked = await rerank(request, options)
  if (reranked.ok) attempt.succeeded()
  else if (options.signal.aborted) attempt.ended()
  else endAttempt(attempt, reranked.fault)
  return reranked
}
