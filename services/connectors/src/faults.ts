import { connectorsFaults } from '@tessera/shared/contracts/connectors'
import type { Fault } from '@tessera/shared/fault/fault'
import { type Failure, fail, type Result } from '@tessera/shared/fault/result'

export const { fault } = connectorsFaults

type Name = keyof (typeof connectorsFaults)['definitions']
export type ConnectorsFault = Fault<`connectors.${Name}`>

/**
 * Whether an error says that the database is away or full rather than that we have a bug. Classes of PostgreSQL: 08 connection,
 * 53 resources (53100 is a full disk), 57P shutdown, 58 system; Node's own socket errors have no SQLSTATE.
 */
export function isDatabaseOutage(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  const code = 'code' in error ? String(error.code) : ''
  if (/^(08|53|57P|58)/.test(code) || /^(ECONN|EPIPE|ETIMEDOUT|EHOST|ENET|ENOTFOUND|EAI_)/.test(code)) return true
  return /^(Connection terminated|timeout exceeded when trying to connect|Client has encountered a connection error)/.test(
    error.message,
  )
}

/** Runs a handler; an outage of the database becomes a fault that says so, everything else stays a bug. */
export async function orUnavailable<R extends Result<unknown>>(
  work: () => Promise<R>,
): Promise<R | Failure<Fault<'connectors.unavailable'>>> {
  try {
    return await work()
  } catch (error) {
    if (isDatabaseOutage(error)) return fail(fault('unavailable', 'The database of the connectors does not answer.'))
    throw error
  }
}
