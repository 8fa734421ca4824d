import type { Fault } from '@tessera/shared/fault/fault'
import type { ProviderFault } from '../providers/provider.ts'
import type { BreakerCause } from '../routing/breaker.ts'

/** What a failure before the first content says: about the target, about the request there, and whether to ask the same one again. */
type Meaning = {
  /** What the target is to be spared for; absent: it says nothing about the target for others. */
  readonly breaker?: BreakerCause
  /** Whether another target may do better. */
  readonly elsewhere: boolean
  /** Whether the same target may do better in a moment. What may already have cost something is not asked for twice. */
  readonly again: boolean
}

/** A refused credential or request is the affair of this request alone: it spares nobody a target. */
const meanings: Record<ProviderFault['code'], Meaning> = {
  'models.provider-rate-limited': { breaker: 'rate-limited', elsewhere: true, again: true },
  'models.provider-unreachable': { breaker: 'unreachable', elsewhere: true, again: true },
  'models.provider-failed': { breaker: 'failed', elsewhere: true, again: true },
  'models.provider-empty': { breaker: 'empty', elsewhere: true, again: false },
  'models.provider-garbage': { breaker: 'garbage', elsewhere: true, again: false },
  'models.provider-timeout': { breaker: 'timeout', elsewhere: true, again: false },
  'models.provider-cut': { breaker: 'cut', elsewhere: true, again: false },
  'models.provider-refused': { elsewhere: true, again: false },
  'models.not-found': { elsewhere: true, again: false },
  'models.unsupported': { elsewhere: true, again: false },
  'models.prompt-too-long': { elsewhere: true, again: false },
  'models.request-refused': { elsewhere: false, again: false },
}

export const meaningOf = ({ code }: Fault<ProviderFault['code']>): Meaning => meanings[code]
