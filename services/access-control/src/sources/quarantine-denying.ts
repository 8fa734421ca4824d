import { sql } from 'kysely'
import type { Change } from '../changes/writer.ts'
import { findLayers, replaceSourceLayer } from './documents.store.ts'

/** Rows per statement; PostgreSQL takes 65,535 parameters. */
const BATCH = 1000

/**
 * A source deleted groups. Documents whose deny names one of them would open to the people that the deny was about (an unknown name denies nobody), so they
 * are quarantined until their own source states their facts anew.
 */
export async function quarantineDenying(change: Change, names: readonly string[]): Promise<void> {
  if (names.length === 0) return
  const { trx, workspaceId } = change
  const { rows } = await sql<{ document_id: string; data_source_id: string; space: string }>`
    select distinct d.document_id, d.data_source_id, s.space
    from document_facts f
    join documents d on d.workspace_id = f.workspace_id and d.document_id = f.document_id and d.deleted_rev is null
    join data_sources s on s.workspace_id = d.workspace_id and s.data_source_id = d.data_source_id and s.to_rev is null
    where f.workspace_id = ${workspaceId} and f.to_rev is null and f.deny <> '{}' and f.deny && ${[...names]}::text[]`.execute(
    trx,
  )
  for (const [, documents] of Map.groupBy(rows, (row) => row.data_source_id)) {
    const [first] = documents
    if (!first) continue
    const place = { dataSourceId: first.data_source_id, space: first.space }
    const layers = await findLayers(
      trx,
      workspaceId,
      documents.map(({ document_id }) => document_id),
    )
    const ready = layers.filter(({ layer, state }) => layer === 'source' && state === 'ready')
    const facts = ready.flatMap((row) =>
      row.content_version === null ? [] : [quarantined(row, layers, row.content_version)],
    )
    for (let at = 0; at < facts.length; at += BATCH)
      await replaceSourceLayer(change, place, facts.slice(at, at + BATCH))
  }
}

type Layer = Awaited<ReturnType<typeof findLayers>>[number]

const quarantined = (row: Layer, layers: readonly Layer[], contentVersion: string) => ({
  documentId: row.document_id,
  contentVersion,
  allow: row.allow,
  deny: row.deny,
  gates: row.gates,
  denyAgents: row.deny_agents,
  state: 'quarantined' as const,
  reason: 'its source deleted a group that a deny names',
  otherGates: layers
    .filter((other) => other.document_id === row.document_id && other.layer !== 'source')
    .flatMap(({ gates }) => gates),
})
