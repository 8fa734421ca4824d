import type { Kysely } from 'kysely'
import type { AccessTables } from '../src/database.ts'
import { listRows, type RowFilter } from '../src/log/list-rows.ts'
import { resolveAliases } from '../src/log/resolve-aliases.ts'
import { documentsOf } from '../src/log/row.ts'

/** Rows of the decision log in their order, with the names and ids that their aliases stand for. */
export async function loggedRows(db: Kysely<AccessTables>, workspaceId: string, filter: RowFilter = {}) {
  const { rows } = await listRows(db, workspaceId, filter, { limit: 1000 })
  const aliases = rows.flatMap(({ body }) => [
    ...[body.subject, ...body.actors],
    ...documentsOf(body).flatMap(({ document, labels = [] }) => [document, ...labels]),
  ])
  const resolved = await resolveAliases(db, workspaceId, aliases)
  const nameOf = (alias: string) => {
    const found = resolved.get(alias)
    return found?.kind === 'name' ? found.name : found?.documentId
  }
  return rows.map(({ body, ...row }) => ({
    ...row,
    ...body,
    subject: nameOf(body.subject),
    actors: body.actors.map(nameOf),
    documents: documentsOf(body).map(({ document, passages, ...outcome }) => ({
      documentId: nameOf(document),
      passages: passages.length,
      ...outcome,
    })),
  }))
}
