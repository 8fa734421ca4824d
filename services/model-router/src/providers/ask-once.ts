import { fail, ok, type Result } from '@tessera/shared/fault/result'
import { providerFault } from './failure.ts'
import type { ProviderFault } from './provider.ts'
import type { Attempt, Wire } from './stream-completion.ts'

/** One request that is answered as a whole, under the time limit of a first content, its errors as faults. */
export async function askOnce<T>(
  work: (signal: AbortSignal) => Promise<T>,
  failureOf: Wire['failureOf'],
  { provider, model, limits, logger, signal }: Omit<Attempt, 'tokens'> & { model: string },
): Promise<Result<T, ProviderFault>> {
  const limit = AbortSignal.timeout(limits.firstTokenTimeoutMs)
  try {
    return ok(await work(AbortSignal.any([signal, limit])))
  } catch (error) {
    const failure =
      limit.aborted || signal.aborted ? { cause: 'timeout' as const } : failureOf(error, { answered: false })
    if (!failure) throw error
    const { cause } = failure
    if (!signal.aborted) logger.warn({ provider, model, cause, status: failure.status }, 'a provider did not answer')
    return fail(providerFault(failure, { provider, afterFirstToken: false }))
  }
}
