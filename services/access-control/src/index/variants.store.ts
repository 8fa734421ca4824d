import { type Selectable, sql } from 'kysely'
import type { Change } from '../changes/writer.ts'
import type { AccessTables } from '../database.ts'
import { touchDocument } from './known-passages.store.ts'
import { asSet } from './signature.ts'

type Variant = Omit<
  Selectable<AccessTables['passage_variants']>,
  'workspace_id' | 'document_id' | 'from_rev' | 'to_rev'
>

type Put = {
  readonly documentId: string
  readonly contentVersion: string
  readonly complete: boolean
  readonly passages: readonly {
    readonly passageId: string
    readonly redacted?: {
      readonly hash: string
      readonly marked: readonly string[]
      readonly labels: readonly string[]
      readonly hidesTitle: boolean
    }
  }[]
}

/** Makes exactly these the redacted variants of a document. Where the list is complete, digests of passages that are gone end as well. */
export async function replaceVariants(change: Change, put: Put): Promise<void> {
  const { trx, workspaceId, revision } = change
  const current = await trx
    .selectFrom('passage_variants')
    .select([
      'passage_id',
      'variant',
      'state',
      'hash',
      'labels',
      'marked',
      'hides_title',
      'content_version',
      'proposer',
      'approver',
    ])
    .where('workspace_id', '=', workspaceId)
    .where('document_id', '=', put.documentId)
    .where('to_rev', 'is', null)
    .execute()
  const wanted = put.passages.flatMap(({ passageId, redacted }) =>
    redacted ? [redactedRow(passageId, put.contentVersion, redacted)] : [],
  )
  const named = new Set(put.passages.map(({ passageId }) => passageId))
  const [before, after] = [new Set(current.map(textOf)), new Set(wanted.map(textOf))]
  const ended = current.filter((row) =>
    row.variant === 'redacted' ? !after.has(textOf(row)) : put.complete && !named.has(row.passage_id),
  )
  const made = wanted.filter((row) => !before.has(textOf(row)))
  if (ended.length + made.length === 0) return
  await touchDocument(change, put.documentId)
  await sql`update passage_variants v set to_rev = ${revision}
    from unnest(${ended.map((row) => row.passage_id)}::text[], ${ended.map((row) => row.variant)}::text[]) e(passage_id, variant)
    where v.workspace_id = ${workspaceId} and v.document_id = ${put.documentId} and v.passage_id = e.passage_id and v.variant = e.variant
      and v.to_rev is null`.execute(trx)
  await sql`insert into passage_variants
      (workspace_id, document_id, passage_id, variant, state, hash, labels, marked, hides_title, content_version, from_rev)
    select ${workspaceId}, ${put.documentId}, v.*, ${revision}::bigint from jsonb_to_recordset(${JSON.stringify(made)}::jsonb)
      as v(passage_id text, variant text, state text, hash text, labels text[], marked text[], hides_title boolean, content_version text)`.execute(
    trx,
  )
}

const redactedRow = (
  passageId: string,
  contentVersion: string,
  { hash, marked, labels, hidesTitle }: NonNullable<Put['passages'][number]['redacted']>,
): Variant => ({
  passage_id: passageId,
  variant: 'redacted',
  state: 'approved',
  hash,
  labels: asSet(labels),
  marked: asSet(marked),
  hides_title: hidesTitle,
  content_version: contentVersion,
  proposer: null,
  approver: null,
})

const textOf = (row: Variant) =>
  JSON.stringify([row.passage_id, row.variant, row.hash, row.labels, row.marked, row.hides_title, row.content_version])
