import { prepared } from '@tessera/shared/database/prepared'
import { type Kysely, sql } from 'kysely'
import type { Change } from '../changes/writer.ts'
import type { AccessTables } from '../database.ts'
import type { LabelDefinition } from '../decide/facts.ts'

/** The definitions in force, by label. */
export async function findDefinitions(
  db: Kysely<AccessTables>,
  workspaceId: string,
): Promise<ReadonlyMap<string, LabelDefinition & { title: string }>> {
  const rows = await db
    .selectFrom('labels')
    .select(['label', 'title', 'requires', 'below', 'hides_title'])
    .where('workspace_id', '=', workspaceId)
    .where('to_rev', 'is', null)
    .modifyEnd(prepared)
    .execute()
  return new Map(
    rows.map(({ label, title, requires, below, hides_title }) => [
      label,
      { title, requires, below, hidesTitle: hides_title },
    ]),
  )
}

export type Definition = LabelDefinition & { readonly label: string; readonly title: string }

/** Ends the definitions of these labels and writes others; returns nothing, touches the readers' filters. */
export async function replaceDefinitions(
  change: Change,
  ended: readonly string[],
  made: readonly Definition[],
): Promise<void> {
  if (ended.length + made.length === 0) return
  change.touch({ readers: true })
  const { trx, workspaceId, revision } = change
  await sql`update labels set to_rev = ${revision}
    where workspace_id = ${workspaceId} and label = any(${[...ended]}::text[]) and to_rev is null`.execute(trx)
  if (made.length === 0) return
  await trx
    .insertInto('labels')
    .values(
      made.map(({ label, title, requires, below, hidesTitle }) => ({
        workspace_id: workspaceId,
        label,
        title,
        requires: [...requires],
        below,
        hides_title: hidesTitle,
        from_rev: revision,
        to_rev: null,
      })),
    )
    .execute()
}

/** Whether index rows of what carries the label change: its title, or which redacted variants exist. */
export const changesIndex = (before: LabelDefinition | undefined, after: LabelDefinition | undefined): boolean =>
  before?.below !== after?.below || before?.hidesTitle !== after?.hidesTitle

/** The documents that carry one of these labels, or have a passage that does, change for the index. */
export async function touchLabelled({ trx, workspaceId, revision }: Change, labels: readonly string[]): Promise<void> {
  if (labels.length === 0) return
  await sql`update documents d set index_rev = ${revision}
    where d.workspace_id = ${workspaceId} and d.document_id in (
      select f.document_id from document_facts f
      where f.workspace_id = ${workspaceId} and f.labels && ${[...labels]}::text[] and f.labels <> '{}' and f.to_rev is null
      union all
      select p.document_id from passage_facts p
      where p.workspace_id = ${workspaceId} and p.labels && ${[...labels]}::text[] and p.to_rev is null)`.execute(trx)
}
