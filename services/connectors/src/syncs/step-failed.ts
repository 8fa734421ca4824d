import type { Fault } from '@tessera/shared/fault/fault'
import { connectorsFaults } from '@tessera/shared/contracts/connectors'

/**
 * A step of a sync did not succeed. It unwinds to the worker, the one place that decides whether the sync is taken up again from its
 * checkpoint or ends as failed.
 */
export class StepFailed extends Error {
  readonly fault: Fault
  constructor(fault: Fault) {
    super(`${fault.code}: ${fault.detail}`)
    this.fault = fault
  }
}

/** Another worker holds the sync now, or it has ended: nothing more may be written for it. */
export class LeaseLost extends Error {}

/** Whether the same step may succeed later without anybody changing something. */
export const mayPass = ({ code }: Fault) =>
  code.endsWith('.unavailable') || code === 'retrieval.busy' || /^bus\.(timeout|internal|cancelled)$/.test(code)

/** What a failed sync says about an error that is no fault: its text may hold anything, so it stays in the log. */
export const unexpected = connectorsFaults.fault(
  'unavailable',
  'The sync stopped on an unexpected error; the log has more.',
)
