import type { Transaction } from 'kysely'
import type { AccessTables } from '../database.ts'
import { type SignedFacts, signatureOf } from './signature.ts'

/** Registers what these facts look like to the filter; returns their signatures in the same order. */
export async function registerSignatures(
  trx: Transaction<AccessTables>,
  workspaceId: string,
  facts: readonly SignedFacts[],
): Promise<string[]> {
  const signatures = facts.map(signatureOf)
  const rows = new Map(
    facts.map(({ dataSourceId, space, gates }, index) => [
      signatures[index] ?? '',
      { workspace_id: workspaceId, data_source_id: dataSourceId, space, gates: [...new Set(gates)].toSorted() },
    ]),
  )
  if (rows.size > 0) {
    await trx
      .insertInto('signatures')
      .values([...rows].map(([signature, row]) => ({ signature, ...row })))
      .onConflict((conflict) => conflict.doNothing())
      .execute()
  }
  return signatures
}
