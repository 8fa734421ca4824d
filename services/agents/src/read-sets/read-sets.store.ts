import type { ReadSetEntry } from '@tessera/shared/contracts/access-control/decisions'
import { sql } from 'kysely'
import type { AgentsDatabase } from '../database.ts'

export type Entry = ReadSetEntry

/** Adds to what a message was made from, as a statement of the run log. What stands there already stays once. */
export const addToReadSet = (messageId: string, entries: readonly Entry[]) => sql`
  insert into read_sets (message_id, document_id, passage_id, content_version, view, labels)
  select ${messageId}::text, entry.* from moved, jsonb_to_recordset(${JSON.stringify(entries)}::jsonb)
    as entry("documentId" text, "passageId" text, "contentVersion" text, view text, labels jsonb)
  on conflict do nothing`

/** The read sets of these messages; those without an entry are absent. */
export async function fetchReadSets(
  db: AgentsDatabase,
  messageIds: readonly string[],
): Promise<ReadonlyMap<string, Entry[]>> {
  const sets = new Map<string, Entry[]>()
  if (messageIds.length === 0) return sets
  const rows = await db
    .selectFrom('read_sets')
    .selectAll()
    .where('message_id', 'in', [...messageIds])
    .orderBy('document_id')
    .orderBy('passage_id')
    .execute()
  for (const { message_id, document_id, passage_id, content_version, view, labels } of rows) {
    const entries = sets.get(message_id) ?? []
    entries.push({ documentId: document_id, passageId: passage_id, contentVersion: content_version, view, labels })
    sets.set(message_id, entries)
  }
  return sets
}

/** Each entry once. What was read under different labels stands for each: it was masked for those alone, and to open it, one must pass them all. */
export function unionOf(sets: readonly (readonly Entry[])[]): Entry[] {
  return [...new Map(sets.flat().map((entry) => [keyOf(entry), entry])).values()]
}

const keyOf = ({ documentId, passageId, contentVersion, view, labels }: Entry) =>
  [documentId, passageId, contentVersion, view, ...labels.toSorted()].join(' ')
