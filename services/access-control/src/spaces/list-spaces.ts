import { ok } from '@tessera/shared/fault/result'
import { sql } from 'kysely'
import { type Reading, readAs } from '../changes/read-at.ts'
import { coveringNames } from '../check/covering.ts'
import type { Make } from '../handler.ts'
import { readCursor } from '../paging/paging.ts'
import { listPrincipals } from '../people/list-principals.ts'
import { roleFault } from '../people/may.ts'

export const listSpaces: Make<'listSpaces'> = ({ db }) =>
  async function listSpaces({ cursor, limit, atLeast }, call) {
    const after = readCursor(cursor, 1)
    if (!after.ok) return after
    return readAs(db, call, { anyOf: [], atLeast }, async (reading) => {
      const among = roleFault(reading.row, call, ['admin', 'auditor']) ? await coveringSpaces(reading) : undefined
      const page = await listPrincipals(
        reading.trx,
        reading.workspaceId,
        { kinds: ['space'], among },
        { after: after.value, limit },
        ({ name, title }) => ({ name, title }),
      )
      return ok({ ...page, revision: reading.revision })
    })
  }

/** Those that cover the caller, and those that they administer. */
async function coveringSpaces({ trx, workspaceId, row }: Reading): Promise<string[]> {
  const { rows } = await sql<{ name: string }>`
    with recursive ${coveringNames(workspaceId, [row.name])}
    select name from covering where name like 'space:%'
    union select d.space from space_delegates d join covering c on c.name = d.principal
      where d.workspace_id = ${workspaceId} and d.to_rev is null`.execute(trx)
  return rows.map(({ name }) => name)
}
