import type { ReadSetEntry } from '@tessera/shared/contracts/access-control/decisions'
import { sql } from 'kysely'
import type { AgentsDatabase } from '../database.ts'

export type Entry = ReadSetEntry

/** Adds to what a message was made from, as a statement of the run log. What stands there already stays once, with the labels of both times. */
export const addToReadSet = (messageId: string, entries: readonly Entry[]) => sql`
  insert into read_sets (message_id, document_id, passage_id, content_version, view, labels)
  select ${messageId}::text, entry.* from moved, jsonb_to_recordset(${JSON.stringify(entries)}::jsonb)
    as entry("documentId" text, "passageId" text, "contentVersion" text, view text, labels jsonb)
  on conflict (message_id, document_id, passage_id, content_version, view) do update set labels = (
    select coalesce(jsonb_agg(distinct label), '[]') from jsonb_array_elements(read_sets.labels || excluded.labels) label)`

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

/** Each entry once. What was read under different labels keeps all of them: to open it, one must pass them all. */
export function unionOf(sets: readonly (readonly Entry[])[]): Entry[] {
  const union = new Map<string, Entry>()
  for (const entry of sets.flat()) {
    const key = [entry.documentId, entry.passageId, entry.contentVersion, entry.view].join(' ')
    const before = union.get(key)
    union.set(key, before ? { ...entry, labels: [...new Set([...before.labels, ...entry.labels])] } : entry)
  }
  return [...union.values()]
}
