import type { Call } from '@tessera/shared/bus/call'
import { ok } from '@tessera/shared/fault/result'
import { sql } from 'kysely'
import type { RetrievalDatabase } from '../database.ts'
import type { Doorbell } from '../index-documents/doorbell.ts'

/** Work of another replica rings no bell here. */
const pollMs = 200
/** Left for the answer to travel. */
const reservedMs = 250

type Versions = { documents: { documentId: string; contentVersion: string }[]; revision?: number }

/**
 * Waits until these versions can be found, or were replaced, and their rows show the access facts of `revision`. Also false, and at once, where waiting is in vain: a version that was never stored, one that
 * cannot be indexed, or one that nobody may find as its access facts are.
 */
export function createAwaitIndexed({
  db,
  done,
  look,
}: {
  db: RetrievalDatabase
  done: Pick<Doorbell, 'listen'>
  look: (hint: { workspaceId: string; revision: number }) => void
}) {
  return async function awaitIndexed(
    { documents, revision = 0 }: Versions,
    { caller: { workspaceId }, deadlineMs, signal }: Call,
  ) {
    for (;;) {
      const heard = done.listen()
      const states = await statesOf(db, workspaceId, documents, revision)
      if (states.every((state) => state === 'indexed')) return ok({ indexed: true })
      const leftMs = deadlineMs - reservedMs - Date.now()
      if (states.includes('never') || leftMs <= 0 || signal.aborted) return ok({ indexed: false })
      if (states.includes('unlisted')) look({ workspaceId, revision })
      await heard.within(Math.min(pollMs, leftMs))
    }
  }
}

/** `unlisted`: whether its access changed is yet to be asked. */
type State = 'indexed' | 'waiting' | 'unlisted' | 'never'

async function statesOf(
  db: RetrievalDatabase,
  workspaceId: string,
  documents: Versions['documents'],
  revision: number,
): Promise<State[]> {
  const asked = documents.map(({ documentId, contentVersion }) => ({ id: documentId, version: contentVersion }))
  const { rows } = await sql<{ state: State }>`select case
      when d.document_id is null then 'never'
      when d.removed or d.content_version <> a.version then 'indexed'
      when d.facts_revision < ${revision} and l.revision < ${revision} then 'unlisted'
      when d.facts_revision < ${revision} and w.since_revision <= ${revision} then 'waiting'
      when d.indexed_version = a.version then 'indexed'
      when w.document_id is null then 'never' else 'waiting' end as state
    from jsonb_to_recordset(${JSON.stringify(asked)}::jsonb) as a (id text, version text)
    left join documents d on d.workspace_id = ${workspaceId} and d.document_id = a.id
    left join index_work w on w.workspace_id = ${workspaceId} and w.document_id = a.id
    cross join (select coalesce(max(listed_revision), 0) as revision from workspaces where workspace_id = ${workspaceId}) l`.execute(
    db,
  )
  return rows.map((row) => row.state)
}
