import type { AccessTables } from '@tessera/access-control/database'
import { holdsNow, jointProviso, type Proviso } from '@tessera/access-control/log/proviso'
import type { LogWriter } from '@tessera/access-control/log/writer'
import { prepared } from '@tessera/shared/database/prepared'
import { newId } from '@tessera/shared/ids/ids'
import { type Kysely, sql } from 'kysely'

type Waiting = { proviso: Proviso; told: (holds: boolean) => void; failed: (error: unknown) => void }

/**
 * Writes nothing. Whether a proviso holds is still asked of the database, as often as the log writes batches: all that wait while one statement runs share the
 * next. To be asked about one workspace.
 */
export function createNoLog(db: Kysely<AccessTables>): LogWriter {
  let waiting: Waiting[] = []
  let asking = false
  const receipt = () => ({ decisionId: newId('dec'), sequence: 1, rowHash: '0'.repeat(64) })

  const askAll = async (workspaceId: string) => {
    asking = true
    while (waiting.length > 0) {
      const batch = waiting
      waiting = []
      const revision = Math.max(...batch.map(({ proviso }) => proviso.revision))
      const current = batch.filter(({ proviso }) => proviso.revision === revision)
      try {
        const holds = await ask(db, workspaceId, jointProviso(current.map(({ proviso }) => proviso)))
        for (const { proviso, told } of batch) told(holds && proviso.revision === revision)
      } catch (error) {
        for (const { failed } of batch) failed(error)
      }
    }
    asking = false
  }
  return {
    append: async () => receipt(),
    async appendIf(proviso, { workspaceId }) {
      const holds = new Promise<boolean>((told, failed) => waiting.push({ proviso, told, failed }))
      if (!asking) void askAll(workspaceId)
      return (await holds) ? receipt() : undefined
    },
    appendInTransaction: async () => [],
    inputHash: async () => '',
    settled: async () => undefined,
  }
}

async function ask(db: Kysely<AccessTables>, workspaceId: string, proviso: Proviso | undefined): Promise<boolean> {
  const { rows } = await sql<{ holds: boolean }>`${prepared} select ${holdsNow(workspaceId, proviso)} as holds`.execute(
    db,
  )
  return rows[0]?.holds === true
}
