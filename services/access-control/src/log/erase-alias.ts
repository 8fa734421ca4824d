import type { Kysely } from 'kysely'
import type { AccessTables } from '../database.ts'

/**
 * Destroys salt and mapping of a person or a document: their aliases stay in the log, whose chain still verifies, and stand for nobody from then on. A name that
 * is mentioned again afterwards gets another alias; processes may use the old one for another minute. True where there was something to destroy.
 */
export async function eraseAlias(
  db: Kysely<AccessTables>,
  workspaceId: string,
  what: { name: string } | { documentId: string },
): Promise<boolean> {
  if ('name' in what) {
    const { numDeletedRows } = await db
      .deleteFrom('log_aliases')
      .where('workspace_id', '=', workspaceId)
      .where('name', '=', what.name)
      .executeTakeFirst()
    return numDeletedRows > 0n
  }
  const { numUpdatedRows } = await db
    .updateTable('documents')
    .set({ log_salt: null })
    .where('workspace_id', '=', workspaceId)
    .where('document_id', '=', what.documentId)
    .where('log_salt', 'is not', null)
    .executeTakeFirst()
  return numUpdatedRows > 0n
}
