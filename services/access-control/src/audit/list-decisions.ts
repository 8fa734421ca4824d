import { ok } from '@tessera/shared/fault/result'
import { readAs } from '../changes/read-at.ts'
import type { Make } from '../handler.ts'
import { type ListedRow, listRows } from '../log/list-rows.ts'
import { resolveAliases } from '../log/resolve-aliases.ts'
import { documentsOf } from '../log/row.ts'
import { limitOf, pageOfNext, readCursor } from '../paging/paging.ts'
import { logLook } from './log-look.ts'

/** Rows with what their aliases stand for: a look that is a row itself, since it shows names. */
export const listDecisions: Make<'listDecisions'> = ({ db, log }) =>
  async function listDecisions({ kind, subject, documentId, decisionId, from, to, cursor, limit: asked }, call) {
    const after = readCursor(cursor, 1)
    if (!after.ok) return after
    const listed = await readAs(db, call, { anyOf: ['admin', 'auditor'] }, async ({ trx, workspaceId, revision }) => {
      const filter = {
        subject,
        document: documentId,
        kinds: kind === undefined ? undefined : [kind],
        decisionId,
        from,
        to,
      }
      const page = { after: Number(after.value?.[0]) || undefined, limit: limitOf(asked), newestFirst: true }
      const { rows, next } = await listRows(trx, workspaceId, filter, page)
      const names = await namesIn(rows, (aliases) => resolveAliases(trx, workspaceId, aliases))
      const items = rows.map(toItem)
      return ok({ ...pageOfNext(items, next), names, revision })
    })
    if (listed.ok) await logLook(log, call, 'listDecisions', listed.value.revision, listed.value.items.length)
    return listed
  }

async function namesIn(rows: readonly ListedRow[], resolve: (aliases: string[]) => ReturnType<typeof resolveAliases>) {
  const aliases = rows.flatMap(({ body }) => [
    body.subject,
    ...body.actors,
    ...(body.readers ?? []),
    ...(body.approvedBy === undefined ? [] : [body.approvedBy]),
    ...documentsOf(body).flatMap(({ document, labels = [] }) => [document, ...labels]),
  ])
  const resolved = await resolve(aliases)
  return Object.fromEntries(
    [...resolved].map(([alias, found]) => [alias, found.kind === 'name' ? found.name : found.documentId]),
  )
}

/** Whose log it is, the caller knows. */
const toItem = ({ sequence, id, at, kind, revision, policyVersion, body, previousHash, rowHash }: ListedRow) => ({
  ...{ sequence, id, at, kind, revision, policyVersion },
  ...{ body, previousHash, rowHash },
})
