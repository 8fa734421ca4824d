import type { Call } from '@tessera/shared/bus/call'
import type { Operation } from '@tessera/shared/bus/contract'
import { accessContract } from '@tessera/shared/contracts/access-control'
import type { Result } from '@tessera/shared/fault/result'
import type { Kysely } from 'kysely'
import type { Logger } from 'pino'
import type { AccessTables } from '../database.ts'
import type { AccessHandlers } from '../handler.ts'
import { stopWorkspace } from './stop-workspace.ts'

/**
 * Watches for revisions that the database has not reached: one that a read demands (the gateway authenticated it, and bound it to its workspace), and how far
 * the index has followed. The caller gets the answer that the operation gives; the stop is in force for the call that comes next.
 */
export function stopsWhenBehind(handlers: AccessHandlers, db: Kysely<AccessTables>, logger: Logger): AccessHandlers {
  const watch = async (call: Call, seen: number) => {
    const { workspaceId } = call.caller
    if (await stopWorkspace(db, workspaceId, seen))
      logger.error(
        { workspaceId, seenRevision: seen },
        'The workspace is stopped: its database is older than what it gave out',
      )
  }
  const watched = (handler: (input: unknown, call: Call) => Promise<Result<unknown>>) =>
    async function answer(input: unknown, call: Call) {
      const answered = await handler(input, call)
      const seen = seenRevision(input, answered)
      if (seen !== undefined) await watch(call, seen)
      return answered
    }
  return Object.fromEntries(
    Object.entries(handlers).map(([operation, handler]) => [
      operation,
      isStream(operation) ? handler : watched(handler as Parameters<typeof watched>[0]),
    ]),
  ) as AccessHandlers
}

/** It asks for no revision. */
const isStream = (operation: string) => {
  const operations: Readonly<Record<string, Operation>> = accessContract.operations
  return operations[operation]?.kind === 'stream'
}

type Asked = { atLeast?: number; afterRevision?: number }

/** The revision that a call knew of, where it is higher than what it was answered from. */
function seenRevision(input: unknown, answered: Result<unknown>): number | undefined {
  const { atLeast, afterRevision } = input as Asked
  if (!answered.ok) return answered.fault.code === 'access.future-revision' ? atLeast : undefined
  const { revision } = (answered.value ?? {}) as { revision?: number }
  return afterRevision !== undefined && revision !== undefined && afterRevision > revision ? afterRevision : undefined
}
