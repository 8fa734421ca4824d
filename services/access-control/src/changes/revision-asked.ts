import { fail, ok, type Result } from '@tessera/shared/fault/result'
import type { Fault } from '@tessera/shared/fault/fault'
import type { Kysely } from 'kysely'
import type { AccessTables } from '../database.ts'
import { futureRevision, unknown } from '../faults.ts'

/**
 * The past revision that a question is about; undefined where it is about now. A revision wins over a time, and of a time it is the highest that had been
 * reached. Before the workspace there was nothing.
 */
export async function revisionAsked(
  db: Kysely<AccessTables>,
  workspaceId: string,
  now: number,
  { atRevision, atTime }: { atRevision?: number | undefined; atTime?: string | undefined },
): Promise<Result<number | undefined, Fault<'access.future-revision' | 'access.not-found'>>> {
  if (atRevision === undefined && atTime === undefined) return ok(undefined)
  const future = futureRevision(now, atRevision)
  if (future) return fail(future)
  const row = await db
    .selectFrom('changes')
    .select((select) => [select.fn.min('revision').as('first'), select.fn.max('revision').as('last')])
    .where('workspace_id', '=', workspaceId)
    .$if(atTime !== undefined && atRevision === undefined, (query) =>
      query.where('at', '<=', new Date(atTime ?? 0) as never),
    )
    .executeTakeFirst()
  const revision = atRevision ?? row?.last ?? 0
  if (!row?.first || revision < row.first) return fail(unknown('workspace at that time'))
  return ok(revision === now ? undefined : revision)
}
