import { type Kysely, sql } from 'kysely'
import type { AccessTables } from '../database.ts'
import { aliasOf, isAlias } from './aliases.ts'

/** Who or what an alias stands for. */
export type Resolved = { kind: 'name'; name: string } | { kind: 'document'; documentId: string }

/**
 * Whom these aliases of principals, agents, sources and documents stand for; those that were erased are missing. Each is proved by its salt, so that a mapping which
 * somebody changed resolves nothing. To be called for those who may see names, and to be logged.
 */
export async function resolveAliases(
  db: Kysely<AccessTables>,
  workspaceId: string,
  aliases: readonly string[],
): Promise<Map<string, Resolved>> {
  const asked = [...new Set(aliases.filter(isAlias))]
  if (asked.length === 0) return new Map()
  const names = await db
    .selectFrom('log_aliases')
    .select(['alias', 'name', 'salt'])
    .where('workspace_id', '=', workspaceId)
    .where((where) => where('alias', '=', where.fn.any(where.val(asked))))
    .execute()
  const resolved = new Map<string, Resolved>()
  for (const { alias, name, salt } of names) {
    if (aliasOf(salt, name) === alias) resolved.set(alias, { kind: 'name', name })
  }
  const rest = asked.filter((alias) => !resolved.has(alias))
  for (const { document_id, log_salt } of await findDocuments(db, workspaceId, rest)) {
    resolved.set(aliasOf(log_salt, document_id), { kind: 'document', documentId: document_id })
  }
  return resolved
}

/** By the index over the hash itself: nothing but this salt and this id give the alias. */
async function findDocuments(db: Kysely<AccessTables>, workspaceId: string, aliases: readonly string[]) {
  if (aliases.length === 0) return []
  const hashes = aliases.map((alias) => Buffer.from(alias, 'base64url').toString('hex'))
  const { rows } = await sql<{ document_id: string; log_salt: string }>`
    select document_id, log_salt from documents
    where workspace_id = ${workspaceId} and log_salt is not null
      and substr(sha256((log_salt::text || ' ' || document_id)::bytea), 1, 21)
        = any(array(select decode(hash, 'hex') from unnest(${hashes}::text[]) hash))`.execute(db)
  return rows
}
