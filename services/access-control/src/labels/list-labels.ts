import { ok } from '@tessera/shared/fault/result'
import { readAs } from '../changes/read-at.ts'
import type { Make } from '../handler.ts'
import { limitOf, pageOf, readCursor } from '../paging/paging.ts'

export const listLabels: Make<'listLabels'> = ({ db }) =>
  async function listLabels({ cursor, limit: asked, atLeast }, call) {
    const after = readCursor(cursor, 1)
    if (!after.ok) return after
    return readAs(db, call, { anyOf: [], atLeast }, async ({ trx, workspaceId, revision }) => {
      const limit = limitOf(asked)
      let query = trx
        .selectFrom('labels')
        .select(['label', 'title', 'requires', 'below', 'hides_title'])
        .where('workspace_id', '=', workspaceId)
        .where('to_rev', 'is', null)
        .orderBy('label')
        .limit(limit + 1)
      if (after.value?.[0] !== undefined) query = query.where('label', '>', after.value[0])
      const page = pageOf(
        await query.execute(),
        limit,
        ({ label }) => [label],
        ({ hides_title: hidesTitle, ...row }) => ({ ...row, hidesTitle }),
      )
      return ok({ ...page, revision })
    })
  }
