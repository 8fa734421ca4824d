import { fail, ok } from '@tessera/shared/fault/result'
import { decidedDocuments, decisionEntry } from '../check/decision-log.ts'
import { invalid } from '../faults.ts'
import type { Make } from '../handler.ts'
import { limitOf, readCursor } from '../paging/paging.ts'
import { aboutCaller, ask, type Asking, isOwn } from './asking.ts'
import { decideQuestions, loadFor, type Question } from './decide-questions.ts'
import { candidateDocuments, whatCovers } from './readable-candidates.ts'

const BATCH = 500
/** How many candidates one page looks at: a page that found fewer documents goes on where it stopped. */
const MOST = 10_000

/** Which documents a reader can read through these actors, in the order of their ids, every page at the revision of the first one. */
export const listReadable: Make<'listReadable'> = ({ db, log, policies }) =>
  async function listReadable({ reader, actors = [], purpose, cursor, limit: asked, ...when }, call) {
    const after = readCursor(cursor, 2)
    if (!after.ok) return after
    const [lastId = '', first] = after.value ?? []
    const atRevision = first === undefined ? when.atRevision : Number(first)
    if (atRevision !== undefined && !Number.isSafeInteger(atRevision)) {
      return fail(invalid([{ field: '/cursor', rule: 'must be a nextCursor of this list' }]))
    }
    const listed = await ask(db, call, { ...when, atRevision }, async (asking) => {
      const posed = { reader, actors, ...(purpose === undefined ? {} : { purpose }) }
      if (asking.notAnybody && !isOwn(call, posed)) return fail(asking.notAnybody)
      const asker: Question = { reader, actors, purpose, documentId: '' }
      const page = await findReadable(
        asking,
        { policies },
        asking.notAnybody ? aboutCaller(call, asker) : asker,
        // The pages after the first are about now as well, as it stood when the listing began: what is stale by now is left out.
        { after: lastId, limit: limitOf(asked), fresh: when.atRevision === undefined && when.atTime === undefined },
      )
      return ok({ ...page, revision: asking.asOf ?? asking.revision })
    })
    if (!listed.ok) return listed
    const { facts, decided, items, next, revision } = listed.value
    const documents = decided.map(({ question: { documentId }, decision }) => ({ documentId, decision }))
    const details = { atRevision: revision }
    const entry = {
      kind: 'documents',
      operation: 'listReadable',
      readers: [reader],
      documents: decidedDocuments(documents),
      details,
    } as const
    const { decisionId, ...receipt } = await log.append(decisionEntry(call, facts, entry))
    const nextCursor =
      next === undefined ? {} : { nextCursor: Buffer.from(`${next}\u0000${revision}`).toString('base64url') }
    return ok({ items, ...nextCursor, decisionId, receipt, revision })
  }

type Wanted = { readonly after: string; readonly limit: number; readonly fresh: boolean }

async function findReadable(
  { trx, workspaceId, asOf }: Asking,
  deps: Parameters<typeof decideQuestions>[1],
  asker: Question,
  { after, limit, fresh }: Wanted,
) {
  const readers = await loadFor(trx, workspaceId, asOf, [asker])
  const reader = readers.readers.get(asker.reader)
  const salts = new Map<string, string>()
  const page = {
    facts: { ...readers, salts },
    items: [] as Item[],
    decided: [] as Found[],
    next: undefined as string | undefined,
  }
  if (reader?.state !== 'active') return page
  const covering = await whatCovers(trx, workspaceId, asker.reader, asOf)
  const scopes = asker.actors.map((name) => reader.actors.find((actor) => actor.name === name)?.facts?.scope)
  let last = after
  for (let seen = 0; seen < MOST; seen += BATCH) {
    const place = { after: last, limit: BATCH, fresh }
    const documentIds = await candidateDocuments(
      trx,
      workspaceId,
      { ...covering, scopes, breakGlass: reader.breakGlass },
      place,
      asOf,
    )
    const questions = documentIds.map((documentId) => ({ ...asker, documentId }))
    if (questions.length > 0) {
      const { decided, facts } = await decideQuestions(trx, deps, { workspaceId, asOf }, questions)
      for (const found of decided.filter(({ decision }) => decision.allowed)) {
        const { documentId } = found.question
        const document = facts.documents.get(documentId)
        const salt = facts.salts.get(documentId)
        if (!document || page.items.length === limit) {
          page.next = page.decided.at(-1)?.question.documentId
          break
        }
        if (salt) salts.set(documentId, salt)
        page.decided.push(found)
        page.items.push({ documentId, dataSourceId: document.dataSourceId, space: document.space })
      }
    }
    if (page.next !== undefined || documentIds.length < BATCH) return page
    last = documentIds.at(-1) ?? last
  }
  return { ...page, next: last }
}

type Item = { documentId: string; dataSourceId: string; space: string }
type Found = Awaited<ReturnType<typeof decideQuestions>>['decided'][number]
