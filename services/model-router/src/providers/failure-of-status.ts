import type { Failure } from './failure.ts'

const DAY_MS = 86_400_000

/** What an HTTP status of a provider means. Successful ones do not come here. */
export function failureOfStatus(status: number, headers?: Headers): Failure {
  const retryAfterMs = headers && retryAfterMsOf(headers)
  const failure = { status, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) }
  if (status === 401 || status === 402 || status === 403) return { ...failure, cause: 'refused' }
  if (status === 404) return { ...failure, cause: 'not-found' }
  if (status === 408) return { ...failure, cause: 'timeout' }
  if (status === 429) return { ...failure, cause: 'rate-limited' }
  if (status === 413) return { ...failure, cause: 'request-refused', hint: 'The request is too large for this model.' }
  if (status >= 500) return { ...failure, cause: 'failed' }
  if (status >= 400) return { ...failure, cause: 'request-refused' }
  return { ...failure, cause: 'garbage' } // A redirect or an informational answer: no provider's protocol has one.
}

/** `Retry-After` in seconds or as a date (RFC 9110), or the more exact `retry-after-ms`. At most a day; undefined where it makes no sense. */
export function retryAfterMsOf(headers: Headers, nowMs = Date.now()): number | undefined {
  const exact = headers.get('retry-after-ms')
  const text = headers.get('retry-after')
  if (exact !== null && /^\d{1,12}(\.\d+)?$/.test(exact)) return bounded(Number(exact))
  if (text === null) return undefined
  if (/^\d{1,9}(\.\d+)?$/.test(text)) return bounded(Number(text) * 1000)
  const dateMs = Date.parse(text)
  return Number.isNaN(dateMs) ? undefined : bounded(dateMs - nowMs)
}

const bounded = (ms: number) => Math.min(Math.max(Math.ceil(ms), 0), DAY_MS)
