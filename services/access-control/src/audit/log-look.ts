import type { Call } from '@tessera/shared/bus/call'
import type { LogWriter } from '../log/writer.ts'

/** Who looks into the log stands in it, too. */
export async function logLook(log: LogWriter, { caller }: Call, operation: string, revision: number, items?: number) {
  const { workspaceId, subject, actors } = caller
  const details = items === undefined ? {} : { items }
  await log.append({ workspaceId, kind: 'audit', operation, subject, actors, revision, details })
}
