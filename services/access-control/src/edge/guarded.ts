import { auditFaults } from '@tessera/shared/contracts/access-control'
import type { Call } from '@tessera/shared/bus/call'
import { fail } from '@tessera/shared/fault/result'
import type { Logger } from 'pino'
import { LogError } from '../check/decision-log.ts'
import { fault } from '../faults.ts'
import type { AccessHandlers } from '../handler.ts'
import { isConnectionLost } from './connection-lost.ts'

/**
 * Turns outages into the faults that callers know: no log row, no answer; no database, no answer. Whatever else is thrown is a bug and goes on to the bus.
 */
export function guarded(handlers: AccessHandlers, logger: Logger): AccessHandlers {
  const outage = (operation: string, error: unknown) => {
    if (error instanceof LogError) {
      logger.error({ operation, error }, 'The decision log cannot be written')
      return fail(auditFaults.fault('unavailable', 'The decision log cannot be written, so nothing is answered.'))
    }
    if (!isConnectionLost(error)) throw error
    logger.error({ operation, error }, 'The database cannot be reached')
    return fail(fault('unavailable', 'The database of access control cannot be reached.'))
  }
  return Object.fromEntries(
    Object.entries(handlers).map(([operation, handler]) => [
      operation,
      (input: never, call: Call) => handler(input, call).catch((error: unknown) => outage(operation, error)),
    ]),
  ) as AccessHandlers
}
