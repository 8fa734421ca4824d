import { fail, ok } from '@tessera/shared/fault/result'
import { sql } from 'kysely'
import type { Change } from '../changes/writer.ts'
import { fault, unknown } from '../faults.ts'
import type { Make } from '../handler.ts'
import { registerSignatures, signatureRow } from '../index/signatures.store.ts'
import { findName } from '../people/principals.store.ts'
import { mayAdmin, mayDataSource } from '../people/may.ts'
import { findDataSource } from './data-sources.store.ts'

/**
 * An admin says where a data source belongs. The data source itself may make itself known, and repeat what stands; to move itself to another space, or to let
 * its facts grow older, takes an admin, since that may widen who reads.
 */
export const putDataSource: Make<'putDataSource'> = ({ write }) =>
  async function putDataSource({ dataSourceId, space, freshnessMs }, call) {
    const itself = call.caller.subject.startsWith('connector:')
    const moves = async ({ trx, workspaceId }: Change) =>
      !itself && (await findDataSource(trx, workspaceId, dataSourceId)) !== undefined
    return write(
      call,
      { operation: 'putDataSource', input: { dataSourceId, space, freshnessMs }, sensitive: moves },
      itself ? mayDataSource(dataSourceId) : mayAdmin,
      async (change) => {
        const { trx, workspaceId } = change
        if ((await findName(trx, workspaceId, space))?.kind !== 'space') return fail(unknown('space'))
        const current = await findDataSource(trx, workspaceId, dataSourceId)
        const bound = freshnessMs ?? null
        if (current?.space === space && current.freshness_ms === bound) return ok({})
        if (current && itself)
          return fail(fault('forbidden', 'Only an admin moves a data source or changes its freshness bound.'))
        change.touch({ readers: true })
        const facts = { dataSourceId, space, freshnessMs: bound }
        if (current && current.space !== space) await moveDataSource(change, facts)
        else await replaceDataSource(change, facts)
        if (!current) await startAge(change, dataSourceId)
        return ok({})
      },
    )
  }

type DataSource = { dataSourceId: string; space: string; freshnessMs: number | null }

/** To another space, with all its documents. */
export async function moveDataSource(change: Change, facts: DataSource): Promise<void> {
  await replaceDataSource(change, facts)
  await moveDocuments(change, facts.dataSourceId, facts.space)
}

async function replaceDataSource(
  { trx, workspaceId, revision }: Change,
  { dataSourceId, space, freshnessMs }: DataSource,
): Promise<void> {
  await trx
    .updateTable('data_sources')
    .set({ to_rev: revision })
    .where('workspace_id', '=', workspaceId)
    .where('data_source_id', '=', dataSourceId)
    .where('to_rev', 'is', null)
    .execute()
  await trx
    .insertInto('data_sources')
    .values({
      workspace_id: workspaceId,
      data_source_id: dataSourceId,
      space,
      freshness_ms: freshnessMs,
      from_rev: revision,
      to_rev: null,
    })
    .execute()
}

/** Facts are no older than their data source, so their age counts from its making until the first confirmation. */
async function startAge({ trx, workspaceId }: Change, dataSourceId: string): Promise<void> {
  await sql`insert into data_source_confirmations (workspace_id, data_source_id, confirmed_at)
    values (${workspaceId}, ${dataSourceId}, clock_timestamp())`.execute(trx)
}

/** The space is a gate of every document, so all of them change for the index, and so does each signature. */
async function moveDocuments(change: Change, dataSourceId: string, space: string): Promise<void> {
  const { trx, workspaceId, revision } = change
  const old = await trx
    .selectFrom('signatures')
    .select(['signature', 'gates', 'document_labels', 'passage_labels'])
    .where('workspace_id', '=', workspaceId)
    .where('data_source_id', '=', dataSourceId)
    .execute()
  const moved = old.map((row) =>
    signatureRow({
      dataSourceId,
      space,
      gates: row.gates,
      documentLabels: row.document_labels,
      passageLabels: row.passage_labels,
    }),
  )
  await registerSignatures(change, moved)
  await sql`update documents d set signature = m.moved, index_rev = ${revision}
    from unnest(${old.map(({ signature }) => signature)}::text[], ${moved.map(({ signature }) => signature)}::text[]) m(old, moved)
    where d.workspace_id = ${workspaceId} and d.data_source_id = ${dataSourceId} and d.signature = m.old`.execute(trx)
}
