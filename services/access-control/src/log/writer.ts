import { inTransaction, isInTransaction } from '@tessera/shared/database/database'
import { type Clock, systemClock } from '@tessera/shared/time/clock'
import type { Kysely, Transaction } from 'kysely'
import type { AccessTables } from '../database.ts'
import { createAliases } from './aliases.ts'
import {
  appendInTransaction,
  chain,
  type ChainedRows,
  type Head,
  insertRows,
  lockHead,
  type Receipt,
} from './append.ts'
import { canonicalJson, type Json } from './canonical-json.ts'
import { draftOf, type LogEntry } from './entry.ts'
import { LogError } from './log-error.ts'
import { jointProviso, type Proviso } from './proviso.ts'
import { type RowDraft, sha256 } from './row.ts'

export type LogWriter = {
  /** Writes one row, durably, before it answers. Throws a `LogError`: then there may be no answer. Not within a transaction. */
  append(entry: LogEntry): Promise<Receipt>
  /** The same, if the proviso holds in the statement that writes the row; undefined, and nothing written, where it does not. */
  appendIf(proviso: Proviso, entry: LogEntry): Promise<Receipt | undefined>
  /** Writes rows together with what a transaction changes. The last but one thing that it does. */
  appendInTransaction(trx: Transaction<AccessTables>, entries: readonly LogEntry[]): Promise<Receipt[]>
  /** The hash that a row may show of what somebody asked for: salted, so that it can be checked but not guessed. */
  inputHash(db: Kysely<AccessTables>, workspaceId: string, input: Json): Promise<string>
  /** Waits until everything appended so far was written, or could not be. */
  settled(): Promise<void>
}

const BATCH_ROWS = 500
const BATCH_CHARACTERS = 4_000_000
const REMEMBERED_HEADS = 10_000

type Waiting = {
  draft: RowDraft
  provided?: { proviso: Proviso; broken: () => void }
  done: (receipt: Receipt) => void
  failed: (error: LogError) => void
}

/**
 * Rows of one workspace are a chain, so they are written one after the other; but many at a time: while one batch commits, the next gathers. The first goes at
 * once, so nobody waits for a timer. Other processes wait for the head's lock only as long as one batch takes.
 */
export function createLogWriter({ db, clock = systemClock }: { db: Kysely<AccessTables>; clock?: Clock }): LogWriter {
  const aliases = createAliases(clock)
  const queues = new Map<string, Waiting[]>()
  const writing = new Map<string, Promise<void>>()
  /** Where this process last left each log. */
  const heads = new Map<string, Head>()

  const writeAll = async (workspaceId: string, queue: Waiting[]) => {
    for (let batch = takeBatch(queue); batch.length > 0; batch = takeBatch(queue))
      await writeBatch(workspaceId, withoutOutdated(batch))
    // No await between the last look and this: whoever comes next finds no writer, and becomes one.
    writing.delete(workspaceId)
    queues.delete(workspaceId)
  }

  const writeBatch = async (workspaceId: string, batch: readonly Waiting[]): Promise<void> => {
    const drafts = batch.map(({ draft }) => draft)
    const proviso = jointProviso(batch.flatMap(({ provided }) => provided?.proviso ?? []))
    const known = heads.get(workspaceId)
    // Taken up again only once this has worked: after an error nobody knows where the head is.
    heads.delete(workspaceId)
    try {
      const tried = known && (await writeAfter(db, { workspaceId, after: known, drafts, proviso }))
      const rows = !tried || tried === 'overtaken' ? await lockAndWrite(workspaceId, drafts, proviso) : tried
      if (rows === 'broken') {
        for (const { provided } of batch) provided?.broken()
        const rest = batch.filter(({ provided }) => !provided)
        return rest.length > 0 ? writeBatch(workspaceId, rest) : undefined
      }
      if (heads.size >= REMEMBERED_HEADS) heads.clear()
      heads.set(workspaceId, rows.head)
      for (const [index, receipt] of rows.receipts.entries()) batch[index]?.done(receipt)
    } catch (error) {
      for (const { failed } of batch) failed(new LogError(error))
    }
  }
  const lockAndWrite = (workspaceId: string, drafts: readonly RowDraft[], proviso: Proviso | undefined) =>
    inTransaction(db, async (trx) => {
      const after = await lockHead(trx, workspaceId)
      const rows = await writeAfter(trx, { workspaceId, after, drafts, proviso }, { commit: true })
      if (rows === 'overtaken') throw new Error('The head of the log was moved in spite of its lock')
      return rows
    })

  const draft = (entry: LogEntry) => {
    if (isInTransaction()) throw new Error('Within a transaction, append with appendInTransaction')
    return draftOf(db, entry, { aliases, clock }).catch((error: unknown) => {
      throw new LogError(error)
    })
  }
  const enqueue = (workspaceId: string, waiting: Waiting) => {
    const queue = queues.get(workspaceId) ?? []
    queues.set(workspaceId, queue)
    queue.push(waiting)
    if (!writing.has(workspaceId)) writing.set(workspaceId, writeAll(workspaceId, queue))
  }

  return {
    async append(entry) {
      const row = await draft(entry)
      return new Promise((done, failed) => enqueue(entry.workspaceId, { draft: row, done, failed }))
    },
    async appendIf(proviso, entry) {
      const row = await draft(entry)
      return new Promise((done, failed) => {
        const provided = { proviso, broken: () => done(undefined) }
        enqueue(entry.workspaceId, { draft: row, provided, done, failed })
      })
    },
    appendInTransaction: (trx, entries) => appendInTransaction(trx, entries, { aliases, clock }),
    async inputHash(executor, workspaceId, input) {
      return sha256(`${await aliases.workspaceSalt(executor, workspaceId)} ${canonicalJson(input)}`)
    },
    async settled() {
      await Promise.all(writing.values())
    },
  }
}

type Rows = { workspaceId: string; after: Head; drafts: readonly RowDraft[]; proviso: Proviso | undefined }

/** One round trip, if the head is where it is thought to be. */
async function writeAfter(
  db: Kysely<AccessTables>,
  { workspaceId, after, drafts, proviso }: Rows,
  { commit = false }: { commit?: boolean } = {},
): Promise<ChainedRows | 'broken' | 'overtaken'> {
  const rows = chain(workspaceId, after, drafts)
  const outcome = await insertRows(db, rows, { commit, proviso })
  return outcome === 'written' ? rows : outcome
}

/** A revision below that of another one in the batch is in force no more. Those that are left have provisos of one revision. */
function withoutOutdated(batch: readonly Waiting[]): Waiting[] {
  const revision = Math.max(...batch.map(({ provided }) => provided?.proviso.revision ?? 0))
  return batch.filter(({ provided }) => {
    const outdated = provided !== undefined && provided.proviso.revision < revision
    if (outdated) provided.broken()
    return !outdated
  })
}

/** As many as wait, within bounds; at least one, however large. */
function takeBatch(queue: Waiting[]): Waiting[] {
  let characters = 0
  let count = 0
  for (const { draft } of queue) {
    characters += draft.bodyText.length
    if (count > 0 && (count === BATCH_ROWS || characters > BATCH_CHARACTERS)) break
    count++
  }
  return queue.splice(0, count)
}
