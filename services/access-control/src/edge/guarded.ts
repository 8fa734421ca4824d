import { auditFaults } from '@tessera/shared/contracts/access-control/faults'
import type { Call } from '@tessera/shared/bus/call'
import { accessContract } from '@tessera/shared/contracts/access-control'
import { fail, type Result } from '@tessera/shared/fault/result'
import type { Logger } from 'pino'
import { fault } from '../faults.ts'
import type { AccessHandlers } from '../handler.ts'
import { LogError } from '../log/log-error.ts'
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
  const guardedCall =
    (operation: string, handler: CallHandler): CallHandler =>
    (input, call) =>
      handler(input, call).catch((error: unknown) => outage(operation, error))
  const guardedStream = (operation: string, handler: StreamHandler): StreamHandler =>
    async function* guardedEvents(input, call) {
      try {
        yield* handler(input, call)
      } catch (error) {
        yield outage(operation, error)
      }
    }
  const isStream = (operation: string) => accessContract.operations[operation as keyof AccessHandlers].kind === 'stream'
  return Object.fromEntries(
    Object.entries(handlers).map(([operation, handler]) => [
      operation,
      isStream(operation)
        ? guardedStream(operation, handler as StreamHandler)
        : guardedCall(operation, handler as CallHandler),
    ]),
  ) as AccessHandlers
}

type CallHandler = (input: never, call: Call) => Promise<Result<unknown>>
type StreamHandler = (input: never, call: Call) => AsyncIterable<Result<unknown>>
