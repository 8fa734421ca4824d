import { fail, ok, type Result } from '@tessera/shared/fault/result'
import { providerFault } from './failure.ts'
import type { Embedding, ProviderFault } from './provider.ts'
import type { Attempt, Wire } from './stream-completion.ts'

/** One request for vectors under the time limit of a first text, its errors as faults. */
export async function embedWith(
  work: (signal: AbortSignal) => Promise<Embedding>,
  failureOf: Wire['failureOf'],
  { provider, model, limits, logger, signal }: Attempt & { model: string },
): Promise<Result<Embedding, ProviderFault>> {
  const limit = AbortSignal.timeout(limits.firstTokenTimeoutMs)
  try {
    return ok(await work(AbortSignal.any([signal, limit])))
  } catch (error) {
    const failure =
      limit.aborted || signal.aborted ? { cause: 'timeout' as const } : failureOf(error, { answered: false })
    if (!failure) throw error
    const { cause } = failure
    if (!signal.aborted) logger.warn({ provider, model, cause, status: failure.status }, 'a provider did not embed')
    return fail(providerFault(failure, { provider, afterFirstToken: false }))
  }
}
