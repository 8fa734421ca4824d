import type { ReadSetEntry } from '@tessera/shared/contracts/access-control'
import type { Static } from 'typebox'
import type { AgentsDatabase, AgentsTransaction } from '../database.ts'

export type Entry = Static<typeof ReadSetEntry>

/** Adds to what a message was made from. What stands there already stays once. */
export async function addToReadSet(
  trx: AgentsTransaction,
  messageId: string,
  entries: readonly Entry[],
): Promise<void> {
  for (let from = 0; from < entries.length; from += 1000) {
    const rows = entries.slice(from, from + 1000).map((entry) => ({
      message_id: messageId,
      document_id: entry.documentId,
      passage_id: entry.passageId,
      content_version: entry.contentVersion,
      view: entry.view,
    }))
    await trx
      .insertInto('read_sets')
      .values(rows)
      .onConflict((conflict) => conflict.doNothing())
      .execute()
  }
}

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
