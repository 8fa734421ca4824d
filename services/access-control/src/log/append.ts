import { last, prepared } from '@tessera/shared/database/prepared'
import { type Clock, systemClock } from '@tessera/shared/time/clock'
import { type Kysely, sql, type Transaction } from 'kysely'
import type { AccessTables } from '../database.ts'
import { type Aliases, createAliases, makeHead } from './aliases.ts'
import { draftOf, type LogEntry } from './entry.ts'
import { LogError } from './log-error.ts'
import { holdsNow, type Proviso } from './proviso.ts'
import { draftHash, type RowDraft } from './row.ts'

/** Where a row stands. It can be shown to whoever asked: a later export must hold this hash at this place. */
export type Receipt = { decisionId: string; sequence: number; rowHash: string }

/** The end of a chain. */
export type Head = { sequence: number; hash: string }

/**
 * Writes rows within a transaction that changes something. It takes the lock of the log's head, so it comes late in the transaction, after the lock of the
 * workspace's row; decisions take only the head's.
 */
export async function appendInTransaction(
  trx: Transaction<AccessTables>,
  entries: readonly LogEntry[],
  { aliases = createAliases(), clock = systemClock }: { aliases?: Aliases; clock?: Clock } = {},
): Promise<Receipt[]> {
  try {
    const receipts: Receipt[] = []
    for (const [workspaceId, ofWorkspace] of Map.groupBy(entries, (entry) => entry.workspaceId)) {
      const drafts: RowDraft[] = []
      for (const entry of ofWorkspace) drafts.push(await draftOf(trx, entry, { aliases, clock }))
      const rows = chain(workspaceId, await lockHead(trx, workspaceId), drafts)
      await insertRows(trx, rows)
      receipts.push(...rows.receipts)
    }
    return receipts
  } catch (error) {
    throw new LogError(error)
  }
}

/** Rows with their places in the chain, to be inserted after exactly this head. */
export type ChainedRows = {
  workspaceId: string
  after: Head
  head: Head
  /** The highest of theirs. */
  revision: number
  /** A JSON list for `insertRows`. */
  text: string
  receipts: Receipt[]
}

/** Numbers and hashes rows. Touches nothing. */
export function chain(workspaceId: string, after: Head, drafts: readonly RowDraft[]): ChainedRows {
  const rows: string[] = []
  const receipts: Receipt[] = []
  let { sequence, hash } = after
  for (const draft of drafts) {
    const previousHash = hash
    sequence++
    hash = draftHash(draft, { workspace: workspaceId, sequence, previousHash })
    rows.push(rowText(draft, { sequence, previousHash, rowHash: hash }))
    receipts.push({ decisionId: draft.id, sequence, rowHash: hash })
  }
  const revision = Math.max(...drafts.map((draft) => draft.revision))
  return { workspaceId, after, head: { sequence, hash }, revision, text: `[${rows.join(',')}]`, receipts }
}

/**
 * Inserts them and moves the head, in one statement. Nothing is done where the proviso does not hold (`broken`), or else where somebody has moved the head away
 * from where they were chained to (`overtaken`). With `commit` the transaction ends with it.
 */
export async function insertRows(
  db: Kysely<AccessTables>,
  { workspaceId, after, head, revision, text }: ChainedRows,
  { commit = false, proviso }: { commit?: boolean; proviso?: Proviso | undefined } = {},
): Promise<'written' | 'broken' | 'overtaken'> {
  const { rows } = await sql<{ holds: boolean; written: boolean }>`${prepared}
    with standing as materialized (select ${holdsNow(workspaceId, proviso)} as holds),
    head as (
      update log_heads set sequence = ${head.sequence}::bigint, hash = ${head.hash}, revision = greatest(revision, ${revision}::bigint),
        uncovered_since = coalesce(uncovered_since, clock_timestamp())
      where workspace_id = ${workspaceId} and sequence = ${after.sequence}::bigint and hash = ${after.hash}
        and (select holds from standing) returning workspace_id
    ), written as (
      insert into log_rows (workspace_id, sequence, id, at, kind, revision, policy_version, body, previous_hash, row_hash)
      select h.workspace_id, r.sequence, r.id, r.at, r.kind, r.revision, r.policy_version, r.body, r.previous_hash, r.row_hash
      from head h cross join jsonb_to_recordset(${text}::jsonb) as r(sequence bigint, id text, at timestamptz, kind text, revision bigint,
        policy_version bigint, body jsonb, previous_hash text, row_hash text)
      returning sequence
    )
    select holds, exists (select from written) as written from standing${commit ? last : sql``}`.execute(db)
  const [row] = rows
  if (row?.written) return 'written'
  return row?.holds ? 'overtaken' : 'broken'
}

const rowText = (
  { id, at, kind, revision, policyVersion, bodyText }: RowDraft,
  { sequence, previousHash, rowHash }: { sequence: number; previousHash: string; rowHash: string },
) =>
  `{"sequence":${sequence},"id":"${id}","at":"${at}","kind":"${kind}","revision":${revision},"policy_version":${policyVersion},` +
  `"previous_hash":"${previousHash}","row_hash":"${rowHash}","body":${bodyText}}`

export async function lockHead(trx: Transaction<AccessTables>, workspaceId: string): Promise<Head> {
  const lock = () =>
    trx
      .selectFrom('log_heads')
      .select(['sequence', 'hash'])
      .where('workspace_id', '=', workspaceId)
      .forUpdate()
      .modifyEnd(prepared)
      .executeTakeFirst()
  const head = await lock()
  if (head) return head
  await makeHead(trx, workspaceId)
  const made = await lock()
  if (!made) throw new Error('The log has no head')
  return made
}
