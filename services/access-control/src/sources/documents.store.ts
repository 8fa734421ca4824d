import type { Kysely, Selectable } from 'kysely'
import type { Change } from '../changes/writer.ts'
import type { AccessTables, FactState } from '../database.ts'
import { registerSignatures } from '../index/signatures.store.ts'

export type DocumentRow = Selectable<AccessTables['documents']>
export type LayerRow = Selectable<AccessTables['document_facts']>

export const findDocuments = (
  db: Kysely<AccessTables>,
  workspaceId: string,
  documentIds: readonly string[],
): Promise<DocumentRow[]> =>
  db
    .selectFrom('documents')
    .selectAll()
    .where('workspace_id', '=', workspaceId)
    .where('document_id', 'in', [...documentIds])
    .execute()

/** Every layer of these documents, as it stands. */
export const findLayers = (
  db: Kysely<AccessTables>,
  workspaceId: string,
  documentIds: readonly string[],
): Promise<LayerRow[]> =>
  db
    .selectFrom('document_facts')
    .selectAll()
    .where('workspace_id', '=', workspaceId)
    .where('document_id', 'in', [...documentIds])
    .where('to_rev', 'is', null)
    .execute()

export type SourceFacts = {
  documentId: string
  contentVersion: string
  allow: string[]
  deny: string[]
  gates: string[]
  denyAgents: string[]
  state: FactState
  reason: string | null
  /** Gates of the other layers, which are part of the signature. */
  otherGates: string[]
}

/** Ends the source layer of these documents and writes another; what the other layers say stays. */
export async function replaceSourceLayer(
  change: Change,
  place: { dataSourceId: string; space: string },
  documents: readonly SourceFacts[],
): Promise<void> {
  const { trx, workspaceId, revision } = change
  await endSourceLayer(
    change,
    documents.map(({ documentId }) => documentId),
  )
  await trx
    .insertInto('document_facts')
    .values(
      documents.map((facts) => ({
        workspace_id: workspaceId,
        document_id: facts.documentId,
        layer: 'source' as const,
        allow: facts.allow,
        deny: facts.deny,
        gates: facts.gates,
        deny_agents: facts.denyAgents,
        state: facts.state,
        reason: facts.reason,
        content_version: facts.contentVersion,
        from_rev: revision,
        to_rev: null,
      })),
    )
    .execute()
  const signatures = await registerSignatures(
    trx,
    workspaceId,
    documents.map(({ gates, otherGates }) => ({ ...place, gates: [...gates, ...otherGates] })),
  )
  await trx
    .insertInto('documents')
    .values(
      documents.map(({ documentId }, index) => ({
        workspace_id: workspaceId,
        document_id: documentId,
        data_source_id: place.dataSourceId,
        deleted_rev: null,
        index_rev: revision,
        signature: signatures[index] ?? '',
      })),
    )
    .onConflict((conflict) =>
      conflict.columns(['workspace_id', 'document_id']).doUpdateSet((set) => ({
        index_rev: set.ref('excluded.index_rev'),
        signature: set.ref('excluded.signature'),
      })),
    )
    .execute()
}

async function endSourceLayer({ trx, workspaceId, revision }: Change, documentIds: readonly string[]): Promise<void> {
  await trx
    .updateTable('document_facts')
    .set({ to_rev: revision })
    .where('workspace_id', '=', workspaceId)
    .where('document_id', 'in', [...documentIds])
    .where('layer', '=', 'source')
    .where('to_rev', 'is', null)
    .execute()
}
