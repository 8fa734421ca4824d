import type { Call } from '@tessera/shared/bus/call'
import type { ProposedChange } from '@tessera/shared/contracts/access-control/questions'
import { inTransaction } from '@tessera/shared/database/database'
import type { Fault } from '@tessera/shared/fault/fault'
import { fail, ok, type Result } from '@tessera/shared/fault/result'
import { type Kysely, sql, type Transaction } from 'kysely'
import { loadFacts } from '../../check/load-facts.ts'
import type { Facts, PassageKey } from '../../check/loaded-facts.ts'
import type { AccessTables } from '../../database.ts'
import { futureRevision, noWorkspace, type ReadFault, stopped } from '../../faults.ts'
import type { AccessDeps } from '../../handler.ts'
import { findCallerNow, roleFault } from '../../people/may.ts'
import type { PolicySet } from '../../policies/engine/questions.ts'
import { applyChanges } from './apply-changes.ts'
import { delegatedSpaces } from './delegated.ts'
import { type Reach, reachOf, reachedDocuments } from './reach.ts'
import { proposedPolicies } from './proposed-policies.ts'

export type SimulateFault = ReadFault | Fault<'access.invalid' | 'access.not-found' | 'access.conflict'>

export type State = { readonly facts: Facts; readonly policies: PolicySet | undefined }
export type BothStates = {
  readonly before: State
  readonly after: State
  /** The policies of afterwards are a draft's. */
  readonly drafted: boolean
  readonly readers: readonly string[]
  readonly documentIds: readonly string[]
  /** Every passage that carries a label of its own, before or after. */
  readonly passages: readonly PassageKey[]
  readonly complete: boolean
  readonly revision: number
}
type Input = {
  changes: ProposedChange[]
  readers?: string[]
  documentIds?: string[]
  atLeast?: number
}

const MOST = 1000
const MOST_PASSAGES = 5000

/**
 * The facts before and after the changes, in one snapshot. First the changes are made, what they could reach is found and read, and they are taken back at
 * once, so that the rows which they touch are held no longer than that; then the facts before are read. Nothing of it is ever committed. Who may not simulate
 * is refused before a proposed policy set is looked at: whether it is there, and what is wrong with it, is not for everybody.
 */
export async function loadBothStates(
  db: Kysely<AccessTables>,
  deps: Pick<AccessDeps, 'policies' | 'drafts'>,
  call: Call,
  input: Input,
): Promise<Result<BothStates, SimulateFault>> {
  const opened = await open(db, call, input)
  if (!opened.ok) return opened
  const proposed = await proposedPolicies(db, deps.drafts, call.caller.workspaceId, input.changes)
  if (!proposed.ok) return proposed
  return rolledBack(db, async (trx) => {
    const opened = await open(trx, call, input)
    if (!opened.ok) return opened
    const { revision, spaces } = opened.value
    const { workspaceId } = call.caller
    await sql`set local statement_timeout = '8s'`.execute(trx)
    await sql`set local lock_timeout = '2s'`.execute(trx)
    const before = await reachOf(trx, workspaceId, input.changes)
    const readers = await readersOf(trx, workspaceId, input.readers)

    await sql`savepoint unchanged`.execute(trx)
    const refusal = await applyChanges(trx, workspaceId, revision, input.changes)
    if (refusal) return fail(refusal)
    const reach = together(before, await reachOf(trx, workspaceId, input.changes))
    const documents = await reachedDocuments(trx, workspaceId, reach, { among: input.documentIds, spaces, limit: MOST })
    const passagesAfter = await labelledPassages(trx, workspaceId, documents.ids)
    const what = { workspaceId, readers: readers.names, actors: [], documentIds: documents.ids }
    const factsAfter = await loadFacts(trx, { ...what, passages: passagesAfter.keys })
    await sql`rollback to savepoint unchanged`.execute(trx)

    const passagesBefore = await labelledPassages(trx, workspaceId, documents.ids)
    const factsBefore = await loadFacts(trx, { ...what, passages: passagesBefore.keys })
    if (!factsBefore || !factsAfter) return fail(noWorkspace())
    const policies = await deps.policies.policiesOf(trx, workspaceId, factsBefore.policyVersion)
    const passages = new Map([...passagesBefore.keys, ...passagesAfter.keys].map((key) => [JSON.stringify(key), key]))
    return ok({
      before: { facts: factsBefore, policies },
      after: { facts: factsAfter, policies: proposed.value ?? policies },
      drafted: proposed.value !== undefined,
      readers: readers.names,
      documentIds: documents.ids,
      passages: [...passages.values()],
      complete: readers.all && documents.all && passagesBefore.all && passagesAfter.all,
      revision,
    })
  })
}

type Opened = { revision: number; spaces: readonly string[] | undefined }

/** Who may simulate: admins and auditors anything, a delegate what they could write, over the documents of those spaces (`spaces`). */
async function open(
  db: Kysely<AccessTables>,
  call: Call,
  { changes, atLeast }: Input,
): Promise<Result<Opened, SimulateFault>> {
  const now = await findCallerNow(db, call)
  if (!now) return fail(noWorkspace())
  const unfit = roleFault(now.row, call, []) ?? stopped(now) ?? futureRevision(now.revision, atLeast)
  if (unfit) return fail(unfit)
  const notAnybody = roleFault(now.row, call, ['admin', 'auditor'])
  if (!notAnybody) return ok({ revision: now.revision, spaces: undefined })
  const spaces = await delegatedSpaces(db, call, changes)
  return spaces ? ok({ revision: now.revision, spaces }) : fail(notAnybody)
}

const together = (left: Reach, right: Reach): Reach => ({
  everything: left.everything || right.everything,
  names: [...new Set([...left.names, ...right.names])],
  labels: [...new Set([...left.labels, ...right.labels])],
  documentIds: [...new Set([...left.documentIds, ...right.documentIds])],
})

async function readersOf(db: Kysely<AccessTables>, workspaceId: string, given: readonly string[] | undefined) {
  if (given) return { names: [...new Set(given)], all: true }
  const rows = await db
    .selectFrom('principals')
    .select('name')
    .where('workspace_id', '=', workspaceId)
    .where('kind', 'in', ['user', 'service'])
    .where('to_rev', 'is', null)
    .orderBy('name')
    .limit(MOST + 1)
    .execute()
  return { names: rows.slice(0, MOST).map(({ name }) => name), all: rows.length <= MOST }
}

async function labelledPassages(db: Kysely<AccessTables>, workspaceId: string, documentIds: readonly string[]) {
  const { rows } = await sql<{ document_id: string; passage_id: string }>`
    select distinct p.document_id, p.passage_id from passage_facts p
    where p.workspace_id = ${workspaceId} and p.document_id = any(${[...documentIds]}::text[]) and p.to_rev is null
    order by p.document_id, p.passage_id limit ${MOST_PASSAGES + 1}`.execute(db)
  const keys = rows
    .slice(0, MOST_PASSAGES)
    .map(({ document_id, passage_id }): PassageKey => ({ documentId: document_id, passageId: passage_id }))
  return { keys, all: rows.length <= MOST_PASSAGES }
}

/** Carries what was found out of a transaction that must not be committed. */
class RolledBack<T> extends Error {
  readonly value: T
  constructor(value: T) {
    super('Rolled back, as it was meant to be')
    this.value = value
  }
}

async function rolledBack<T>(
  db: Kysely<AccessTables>,
  work: (trx: Transaction<AccessTables>) => Promise<T>,
): Promise<T> {
  try {
    return await inTransaction(
      db,
      async (trx): Promise<never> => {
        throw new RolledBack(await work(trx))
      },
      { isolationLevel: 'repeatable read' },
    )
  } catch (error) {
    if (error instanceof RolledBack) return (error as RolledBack<T>).value
    throw error
  }
}
