import type { WorkspaceSettings } from '@tessera/shared/contracts/access-control/administration'
import { ok } from '@tessera/shared/fault/result'
import type { Kysely } from 'kysely'
import type { Static } from 'typebox'
import { readAs } from '../changes/read-at.ts'
import type { AccessTables } from '../database.ts'
import type { Make } from '../handler.ts'

/** Answers while the workspace is stopped, too: it says why. */
export const getWorkspace: Make<'getWorkspace'> = ({ db }) =>
  async function getWorkspace({ atLeast }, call) {
    const options = { anyOf: ['admin', 'auditor'], atLeast, whileStopped: true } as const
    return readAs(db, call, options, async ({ trx, workspaceId, revision }) =>
      ok({ workspace: await settingsOf(trx, workspaceId), revision }),
    )
  }

export async function settingsOf(
  db: Kysely<AccessTables>,
  workspaceId: string,
): Promise<Static<typeof WorkspaceSettings>> {
  const row = await db
    .selectFrom('workspaces')
    .select(['title', 'two_admins', 'strict_ranking', 'stopped_at', 'seen_revision'])
    .where('id', '=', workspaceId)
    .executeTakeFirstOrThrow()
  const {
    title,
    two_admins: twoAdmins,
    strict_ranking: strictRanking,
    stopped_at: since,
    seen_revision: seenRevision,
  } = row
  return {
    title,
    twoAdmins,
    strictRanking,
    ...(since ? { stopped: { since: since.toISOString(), seenRevision: seenRevision ?? 0 } } : {}),
  }
}
