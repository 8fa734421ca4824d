import type { Selectable } from 'kysely'
import type { AccessTables } from '../database.ts'
import type { SignedCheckpoint } from './checkpoint.ts'
import type { LogRow } from './row.ts'

/** A row as it was hashed, from how the database keeps it. */
export const toLogRow = (row: Selectable<AccessTables['log_rows']>): LogRow => ({
  workspace: row.workspace_id,
  sequence: row.sequence,
  id: row.id,
  at: row.at.toISOString(),
  kind: row.kind,
  revision: row.revision,
  policyVersion: row.policy_version,
  body: row.body,
  previousHash: row.previous_hash,
})

/** A checkpoint as it was signed. */
export const toCheckpoint = (row: Selectable<AccessTables['log_checkpoints']>): SignedCheckpoint => ({
  workspace: row.workspace_id,
  sequence: row.sequence,
  hash: row.hash,
  revision: row.revision,
  at: row.at.toISOString(),
  keyId: row.key_id,
  ...(row.replaces ? { replaces: row.replaces } : {}),
  signature: row.signature,
})
