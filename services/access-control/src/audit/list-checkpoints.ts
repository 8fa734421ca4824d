import { ok } from '@tessera/shared/fault/result'
import { readAs } from '../changes/read-at.ts'
import type { Make } from '../handler.ts'
import { listCheckpoints as findCheckpoints } from '../log/list-rows.ts'
import { limitOf, pageOfNext, readCursor } from '../paging/paging.ts'
import { logLook } from './log-look.ts'

export const listCheckpoints: Make<'listCheckpoints'> = ({ db, log }) =>
  async function listCheckpoints({ cursor, limit: asked }, call) {
    const read = readCursor(cursor, 2)
    if (!read.ok) return read
    const [sequence, at] = read.value ?? []
    const after = sequence === undefined || at === undefined ? undefined : { sequence: Number(sequence) || 0, at }
    const listed = await readAs(db, call, { anyOf: ['admin', 'auditor'] }, async ({ trx, workspaceId, revision }) => {
      const { checkpoints, next } = await findCheckpoints(trx, workspaceId, { after, limit: limitOf(asked) })
      return ok({ ...pageOfNext(checkpoints, next && [String(next.sequence), next.at]), revision })
    })
    if (listed.ok) await logLook(log, call, 'listCheckpoints', listed.value.revision, listed.value.items.length)
    return listed
  }
