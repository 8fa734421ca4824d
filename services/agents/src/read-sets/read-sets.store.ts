import type { ReadSetEntry } from '@tessera/shared/contracts/access-control'
import type { Static } from 'typebox'
import { sql } from 'kysely'
import type { AgentsDatabase } from '../database.ts'

export type Entry = Static<typeof ReadSetEntry>

/** Adds to what a message was made from, as a statement of the run log. What stands there already stays once. */
export const addToReadSet = (messageId: string, entries: readonly Entry[]) => sql`
  insert into read_sets (message_id, document_id, passage_id, content_version, view)
  select ${messageId}::text, entry.* from moved, unnest(
    ${entries.map(({ documentId }) => documentId)}::text[], ${entries.map(({ passageId }) => passageId)}::text[],
    ${entries.map(({ contentVersion }) => contentVersion)}::text[], ${entries.map(({ view }) => view)}::text[]) entry
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
  for (const { message_id, document_id, passage_id, content_version, view } of rows) {
    const entries = sets.get(message_id) ?? []
    entries.push({ documentId: document_id, passageId: passage_id, contentVersion: content_version, view })
    sets.set(message_id, entries)
  }
  return sets
}

/** Each entry once. */
export function unionOf(sets: readonly (readonly Entry[])[]): Entry[] {
  const union = new Map<string, Entry>()
  for (const entry of sets.flat()) {
    union.set([entry.documentId, entry.passageId, entry.contentVersion, entry.view].join(' '), entry)
  }
  return [...union.values()]
}
