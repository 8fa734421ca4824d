import { sql } from 'kysely'
import type { Change } from '../changes/writer.ts'
import { findStanding, type KnownDocument, layerOf, withLayer } from './documents.store.ts'
import { writeDocuments } from './write-documents.ts'

const BATCH = 1000

/**
 * A source deleted groups. Documents whose deny names one of them would open to the people that the deny was about (an unknown name denies nobody), so they
 * are quarantined until their own source states their facts anew.
 */
export async function quarantineDenying(change: Change, names: readonly string[]): Promise<void> {
  if (names.length === 0) return
  const { trx, workspaceId } = change
  const { rows } = await sql<{ document_id: string }>`
    select distinct d.document_id from document_facts f
    join documents d on d.workspace_id = f.workspace_id and d.document_id = f.document_id and d.deleted_rev is null
    where f.workspace_id = ${workspaceId} and f.to_rev is null and f.deny <> '{}' and f.deny && ${[...names]}::text[]`.execute(
    trx,
  )
  const ids = rows.map(({ document_id }) => document_id)
  for (let at = 0; at < ids.length; at += BATCH) {
    const { documents } = await findStanding(trx, workspaceId, { documentIds: ids.slice(at, at + BATCH) })
    await writeDocuments(change, [...documents.values()].flatMap(quarantined))
  }
}

function quarantined(before: KnownDocument) {
  const source = layerOf(before, 'source')
  if (source?.state !== 'ready') return []
  const reason = 'its source deleted a group that a deny names'
  return [{ before, after: withLayer(before, 'source', { ...source, state: 'quarantined', reason }) }]
}
