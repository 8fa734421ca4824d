import type { Caller } from '@tessera/shared/bus/call'
import type { Fault } from '@tessera/shared/fault/fault'
import { fail, ok, type Result } from '@tessera/shared/fault/result'
import { invalid } from '../edge/faults.ts'

/**
 * What a question is asked for (ACCESS.md section 3). The lists are closed: a question chooses among what the agent states, and a key that binds its callers
 * to a purpose is never widened by an agent. Nobody states a purpose of their own.
 */
export function choosePurpose(
  stated: readonly string[],
  wanted: string | undefined,
  caller: Caller,
): Result<string | undefined, Fault<'agents.invalid'>> {
  const refuse = (rule: string) => fail(invalid([{ field: '/purpose', rule }]))
  const bound = caller.purpose
  if (bound !== undefined && wanted !== undefined && wanted !== bound)
    return refuse('must be the one that the key is used for')
  const purpose = wanted ?? bound ?? stated[0]
  if (stated.length === 0) {
    return purpose === bound ? ok(bound) : refuse('must not be given: this agent states none')
  }
  return purpose !== undefined && stated.includes(purpose) ? ok(purpose) : refuse('must be one that the agent states')
}
