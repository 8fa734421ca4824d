import type { Transaction } from 'kysely'
import type { AccessTables } from '../database.ts'
import { type SignedFacts, signatureOf } from './signature.ts'

/** A row of `signatures` without its workspace. */
export const signatureRow = ({ dataSourceId, space, gates }: SignedFacts) => ({
  signature: signatureOf({ dataSourceId, space, gates }),
  data_source_id: dataSourceId,
  space,
  gates: [...new Set(gates)].toSorted(),
})

/** Registers what these facts look like to the filter; returns their signatures in the same order. */
export async function registerSignatures(
  trx: Transaction<AccessTables>,
  workspaceId: string,
  facts: readonly SignedFacts[],
): Promise<string[]> {
  const signed = facts.map(signatureRow)
  const rows = new Map(signed.map((row) => [row.signature, { workspace_id: workspaceId, ...row }]))
  if (rows.size > 0) {
    await trx
      .insertInto('signatures')
      .values([...rows.values()])
      .onConflict((conflict) => conflict.doNothing())
      .execute()
  }
  return signed.map(({ signature }) => signature)
}
