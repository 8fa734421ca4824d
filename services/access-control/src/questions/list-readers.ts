import type { Reason } from '@tessera/shared/contracts/access-control/questions'
import { fail, ok } from '@tessera/shared/fault/result'
import { sql } from 'kysely'
import { exists, holds } from '../check/as-of.ts'
import { decisionEntry } from '../check/decision-log.ts'
import { loadFacts } from '../check/load-facts.ts'
import { unknown } from '../faults.ts'
import type { Make } from '../handler.ts'
import { limitOf, readCursor } from '../paging/paging.ts'
import { isDelegateOfDocument } from '../people/delegates.ts'
import { ask, type Asking } from './asking.ts'
import { type Decided, decideQuestions } from './decide-questions.ts'
import { loadPaths } from './paths.ts'
import { tellReason } from './reasons.ts'

/** How many are decided at a time, and at most for one page: a page that found fewer readers goes on where it stopped. */
const BATCH = 500
const MOST = 10_000

type About = { readonly documentId: string; readonly passageId?: string | undefined }

/** Who can read a document or passage: those whom an allow entry could cover, and who broke the glass, each put through the decision. */
export const listReaders: Make<'listReaders'> = ({ db, log, policies }) =>
  async function listReaders({ documentId, passageId, cursor, limit: asked, ...when }, call) {
    const after = readCursor(cursor, 1)
    if (!after.ok) return after
    const about = { documentId, passageId }
    const listed = await ask(db, call, when, async (asking) => {
      const { trx, workspaceId, asOf, revision, notAnybody } = asking
      if (notAnybody && !(await isDelegateOfDocument(trx, call, documentId))) return fail(notAnybody)
      const facts = await loadFacts(trx, { workspaceId, readers: [], actors: [], documentIds: [documentId], asOf })
      if (!facts?.documents.has(documentId)) return fail(unknown('document'))
      const limit = limitOf(asked)
      const { found, next } = await findReaders(asking, { policies }, about, after.value?.[0] ?? '', limit)
      const items = await tell(asking, found)
      return ok({
        items,
        ...(next === undefined ? {} : { nextCursor: toCursor(next) }),
        revision: asOf ?? revision,
        facts,
      })
    })
    if (!listed.ok) return listed
    const { facts, ...page } = listed.value
    const { decisionId, ...receipt } = await log.append(
      decisionEntry(call, facts, {
        kind: 'readers',
        operation: 'listReaders',
        documents: [told(about)],
        details: { items: page.items.length, atRevision: page.revision },
      }),
    )
    return ok({ ...page, decisionId, receipt })
  }

const toCursor = (name: string) => Buffer.from(name).toString('base64url')

/** Nothing of the document itself was given out. */
const told = ({ documentId, passageId }: About) => ({
  documentId,
  passages: passageId === undefined ? [] : [passageId],
  decision: 'allowed' as const,
  view: 'none',
  reasons: [],
})

/** The first of them by name, after this one; `next` where there may be more: the name after which to go on. */
async function findReaders(
  asking: Asking,
  deps: Parameters<typeof decideQuestions>[1],
  about: About,
  after: string,
  limit: number,
): Promise<{ found: Decided[]; next: string | undefined }> {
  const { trx, workspaceId, asOf } = asking
  const found: Decided[] = []
  let last = after
  for (let decided = 0; decided < MOST; decided += BATCH) {
    const names = await candidates(asking, about.documentId, last, BATCH)
    const questions = names.map((reader) => ({ ...about, reader, actors: [], purpose: undefined }))
    const answers =
      questions.length > 0 ? await decideQuestions(trx, deps, { workspaceId, asOf }, questions) : undefined
    found.push(...(answers?.decided ?? []).filter(({ decision }) => decision.allowed))
    if (found.length > limit) return { found: found.slice(0, limit), next: found[limit - 1]?.question.reader }
    if (names.length < BATCH) return { found, next: undefined }
    last = names.at(-1) ?? last
  }
  return { found, next: last }
}

/** Everybody whom an allow entry could cover, by a walk down from the entries; and whoever broke the glass. It may name too many, never too few. */
async function candidates(
  { trx, workspaceId, asOf }: Asking,
  documentId: string,
  after: string,
  limit: number,
): Promise<string[]> {
  const { rows } = await sql<{ name: string }>`
    with recursive granted as (
      select d.document_id, s.space, f.allow from documents d
      join data_sources s on s.workspace_id = d.workspace_id and s.data_source_id = d.data_source_id and ${holds('s', asOf)}
      join document_facts f on f.workspace_id = d.workspace_id and f.document_id = d.document_id and f.layer = 'source' and ${holds('f', asOf)}
      where d.workspace_id = ${workspaceId} and d.document_id = ${documentId} and ${exists('d', asOf)}
    ), below(name) as (
      select unnest(allow) from granted
      union
      select m.member from below b cross join lateral (
        select m.member from memberships m
        where m.workspace_id = ${workspaceId} and m.container = b.name and ${holds('m', asOf)}
        offset 0
      ) m
    )
    select p.name from principals p
    where p.workspace_id = ${workspaceId} and p.kind in ('user', 'service') and ${holds('p', asOf)} and p.state = 'active' and p.name > ${after} and (
      exists (select from below where name = 'public')
      or (p.kind = 'user' and not p.guest and exists (select from below where name = 'workspace:members'))
      or p.name in (select name from below)
      or p.name in (select l.user_name from identity_links l join below b on b.name = l.identity
        where l.workspace_id = ${workspaceId} and ${holds('l', asOf)})
      or p.name in (select b.principal from break_glass b join granted g on b.document_id = g.document_id or b.space = g.space
        where b.workspace_id = ${workspaceId} and ${holds('b', asOf)})
    )
    order by p.name limit ${limit}`.execute(trx)
  return rows.map(({ name }) => name)
}

async function tell({ trx, workspaceId, asOf }: Asking, found: readonly Decided[]) {
  const names = found.map(({ question }) => question.reader)
  const pathOf = await loadPaths(trx, workspaceId, names, asOf)
  return found.map(({ reader, decision }) => ({
    reader: reader.name,
    view: decision.view,
    reasons: decision.reasons.map((reason): Reason => tellReason(reason, reader, pathOf)),
  }))
}
