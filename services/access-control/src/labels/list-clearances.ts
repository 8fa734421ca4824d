import { ok } from '@tessera/shared/fault/result'
import { sql } from 'kysely'
import { readAs } from '../changes/read-at.ts'
import type { Make } from '../handler.ts'
import { limitOf, pageOf, readCursor } from '../paging/paging.ts'

/** By principal. Of those who hold one clearance, all are told. */
export const listClearances: Make<'listClearances'> = ({ db }) =>
  async function listClearances({ principal, clearance, cursor, limit: asked, atLeast }, call) {
    const after = readCursor(cursor, 1)
    if (!after.ok) return after
    return readAs(db, call, { anyOf: ['admin', 'auditor'], atLeast }, async ({ trx, workspaceId, revision }) => {
      const limit = limitOf(asked)
      const { rows } = await sql<{ principal: string; clearances: string[] }>`
        select c.principal, array_agg(c.clearance order by c.clearance) as clearances from clearances c
        where c.workspace_id = ${workspaceId} and c.to_rev is null and c.principal > ${after.value?.[0] ?? ''}
          ${principal === undefined ? sql`` : sql`and c.principal = ${principal}`}
        group by c.principal
        ${clearance === undefined ? sql`` : sql`having bool_or(c.clearance = ${clearance})`}
        order by c.principal limit ${limit + 1}`.execute(trx)
      const page = pageOf(
        rows,
        limit,
        (row) => [row.principal],
        (row) => row,
      )
      return ok({ ...page, revision })
    })
  }
