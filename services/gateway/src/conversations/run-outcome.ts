import type { RunEvent } from '@tessera/shared/contracts/agents'
import type { Fault } from '@tessera/shared/fault/fault'
import { gatewayFaults } from '../faults.ts'

export type TerminalEvent = Extract<
  RunEvent,
  { type: 'run.completed' | 'run.failed' | 'run.cancelled' | 'run.expired' }
>

export const isTerminal = (event: RunEvent): event is TerminalEvent =>
  event.type === 'run.completed' ||
  event.type === 'run.failed' ||
  event.type === 'run.cancelled' ||
  event.type === 'run.expired'

/** The fault that a run which brought no answer ended in; the message can be read under its id, with what it has of a text. */
export function failureOf(event: Exclude<TerminalEvent, { type: 'run.completed' }>): Fault {
  const { messageId } = event
  switch (event.type) {
    case 'run.failed':
      return { ...event.fault, meta: { ...event.fault.meta, messageId, partial: event.partial } }
    case 'run.cancelled':
      return gatewayFaults.fault('run-cancelled', 'The run was cancelled before it had an answer.', {
        meta: { messageId, reason: event.reason },
      })
    case 'run.expired':
      return gatewayFaults.fault('run-expired', 'The run had no answer in the time it may take.', {
        meta: { messageId },
      })
  }
}
