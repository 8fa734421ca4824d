import { type IndexRow, rowIdOf, type SearchIndex, type Which } from '../index/search-index.ts'
import type { Embedded } from './embed-documents.ts'
import type { PlannedRow } from './rows.ts'

/**
 * Puts rows with their vectors. Returns, by document, why it cannot be in the index: what its model or the index will never take. Of such a document there is nothing at all: a part
 * of it must not pass for the whole.
 */
export async function putPlanned(
  index: Pick<SearchIndex, 'put' | 'remove'>,
  { workspaceId, which }: { workspaceId: string; which: Which },
  planned: readonly PlannedRow[],
  { vectors, failures }: Embedded,
): Promise<Map<string, string>> {
  const rows = planned
    .filter(({ row }) => !failures.has(row.documentId))
    .map(({ row }): IndexRow => {
      const vector = vectors.get(rowIdOf(row))
      return vector ? { ...row, vector } : row
    })
  const refused = new Map(failures)
  const rowOf = new Map(rows.map((row) => [rowIdOf(row), row]))
  for (const { rowId, reason } of await index.put(workspaceId, rows, which)) {
    const row = rowOf.get(rowId)
    if (row) refused.set(row.documentId, `The index refuses passage ${row.passageId}: ${reason}`)
  }
  const parts = planned.filter(({ row }) => refused.has(row.documentId)).map(({ row }) => rowIdOf(row))
  if (parts.length > 0) await index.remove(workspaceId, parts, which)
  return refused
}
