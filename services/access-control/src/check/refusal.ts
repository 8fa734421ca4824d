import { futureRevision, stateFault, stopped } from '../faults.ts'
import type { Facts } from './loaded-facts.ts'

/** Why this reader gets no decision at all: the workspace is stopped, the reader is not active, or the revision is not reached. */
export const refusal = (facts: Pick<Facts, 'stopped' | 'readers' | 'revision'>, subject: string, atLeast?: number) =>
  stopped(facts) ??
  stateFault(facts.readers.get(subject)?.state ?? 'unknown') ??
  futureRevision(facts.revision, atLeast)
