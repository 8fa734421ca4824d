import { sql } from 'kysely'
import { prepared } from '@tessera/shared/database/prepared'
import type { Change } from '../changes/writer.ts'
import { asSet, type SignedFacts, signatureOf } from './signature.ts'

/** A row of `signatures` without its workspace. */
export const signatureRow = (facts: SignedFacts) => ({
  signature: signatureOf(facts),
  data_source_id: facts.dataSourceId,
  space: facts.space,
  gates: asSet(facts.gates),
  document_labels: asSet(facts.documentLabels),
  passage_labels: asSet(facts.passageLabels),
})
export type SignatureRow = ReturnType<typeof signatureRow>

/** Registers what these facts look like to the filter. One that is new is in no filter that was made before, so those are made anew. */
export async function registerSignatures(change: Change, signed: readonly SignatureRow[]): Promise<void> {
  if (signed.length === 0) return
  const { rows } = await sql`${prepared} ${insertSignatures(change.workspaceId, signed)}`.execute(change.trx)
  if (rows.length > 0) change.touch({ readers: true })
}

/** One row comes back for each that is new. */
export const insertSignatures = (workspaceId: string, signed: readonly SignatureRow[]) => sql`
  insert into signatures (workspace_id, signature, data_source_id, space, gates, document_labels, passage_labels)
  select distinct ${workspaceId}::text, s.* from jsonb_to_recordset(${JSON.stringify(signed)}::jsonb)
    as s(signature text, data_source_id text, space text, gates text[], document_labels text[], passage_labels text[])
  on conflict do nothing returning 1`
