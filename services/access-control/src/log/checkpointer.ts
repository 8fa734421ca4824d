import { type Clock, systemClock } from '@tessera/shared/time/clock'
import { wait } from '@tessera/shared/time/wait'
import { inTransaction } from '@tessera/shared/database/database'
import { type Kysely, sql } from 'kysely'
import type { Logger } from 'pino'
import type { AccessTables } from '../database.ts'
import { type Checkpoint, type SignedCheckpoint, signCheckpoint } from './checkpoint.ts'
import type { CheckpointSink } from './checkpoint-sink.ts'
import { type Behind, compareWithSink, compareWorkspace } from './compare-with-sink.ts'
import type { SigningKey } from './keys.ts'
import type { LogWriter } from './writer.ts'

export type CheckpointerDeps = {
  db: Kysely<AccessTables>
  key: SigningKey
  sink: CheckpointSink
  log: LogWriter
  logger: Logger
  /** The database is behind what was vouched for: the workspace has to stop. Told again at each look, as long as it is so. */
  onBehind: (behind: Behind) => void
  clock?: Clock
  /** How old a row may become that no checkpoint covers. With the pause between two looks, less than the 60 s of ACCESS.md section 11. */
  maxAgeMs?: number
  pauseMs?: number
}

export type Checkpointer = {
  /** Covers every row there is now. Undefined where nothing was uncovered, another process is at it, or it was refused. */
  write: (workspaceId: string) => Promise<SignedCheckpoint | undefined>
  /** An admin says that the rows which the sink knows of are lost. That is a row, and a checkpoint that says so takes the place of the last. */
  confirmRestored: (workspaceId: string, by: { subject: string; actors: readonly string[] }) => Promise<void>
  /** Writes a last checkpoint for whatever is uncovered, and stops. */
  close: () => Promise<void>
}

/**
 * Looks from time to time for rows that nobody vouched for. What is due stands in the database, so it does not matter which replica wrote the rows, or
 * whether that one is still there. Starts with a comparison with the sink.
 */
export async function startCheckpointer(deps: CheckpointerDeps): Promise<Checkpointer> {
  const { db, sink, log, logger, onBehind, maxAgeMs = 40_000, pauseMs = 10_000 } = deps
  const stopping = new AbortController()

  const write = (workspaceId: string) =>
    writeCheckpoint(deps, workspaceId).catch((error: unknown) => {
      logger.error({ workspaceId, error }, 'A checkpoint of the decision log was not written')
      return undefined
    })
  const writeDue = async (ageMs: number) => {
    const due = await findDue(db, ageMs).catch((error: unknown) => {
      logger.warn({ error }, 'No checkpoints: the database cannot be reached')
      return []
    })
    for (const workspaceId of due) await write(workspaceId)
  }
  const run = async () => {
    while (!stopping.signal.aborted) {
      await writeDue(maxAgeMs)
      await wait(pauseMs, stopping.signal)
    }
  }

  for (const behind of await compareWithSink(db, sink)) onBehind(behind)
  await writeDue(0)
  const running = run()
  return {
    write,
    async confirmRestored(workspaceId, by) {
      const lost = await sink.last(workspaceId)
      if (!lost) return
      const { sequence, hash, revision } = lost
      const now = await db
        .selectFrom('workspaces')
        .select('revision')
        .where('id', '=', workspaceId)
        .executeTakeFirstOrThrow()
      const details = { lost: { sequence, hash, revision } }
      await log.append({ workspaceId, kind: 'restore', operation: 'confirmRestored', ...by, ...now, details })
      await insist(() => writeCheckpoint(deps, workspaceId, { sequence, hash }))
    },
    async close() {
      stopping.abort()
      await running
      await log.settled()
      await writeDue(0)
    },
  }
}

/** Until the claim of another process, or of the look that goes on here, has ended. */
async function insist(write: () => Promise<SignedCheckpoint | undefined>): Promise<void> {
  for (let attempt = 0; attempt < 2 * CLAIM_SECONDS; attempt++) {
    if (await write()) return
    await wait(1000)
  }
  throw new Error('The checkpoint that confirms a restored backup could not be written')
}

/** How long a process that has claimed a checkpoint is waited for. */
const CLAIM_SECONDS = 30

/** Claimed in the head's row, so that one process writes it; signed and kept outside of any transaction, so that a slow sink holds up no answer. */
async function writeCheckpoint(
  deps: CheckpointerDeps,
  workspaceId: string,
  replaces?: Checkpoint['replaces'],
): Promise<SignedCheckpoint | undefined> {
  const { db, key, sink, logger, onBehind, clock = systemClock } = deps
  const claim = await claimHead(db, workspaceId)
  if (!claim) return undefined
  let kept: SignedCheckpoint | undefined
  try {
    const behind = replaces ? undefined : await compareWorkspace(db, sink, workspaceId)
    if (behind) onBehind(behind)
    const foreign = claim.key_id !== null && claim.key_id !== key.id
    if (foreign)
      logger.error({ workspaceId, keyId: key.id }, 'AUDIT_SIGNING_KEY is not the key of this log: rotate it first')
    if (behind || foreign) return undefined
    const { sequence, hash, revision } = claim
    const at = new Date(clock.nowMs()).toISOString()
    const statement = { workspace: workspaceId, sequence, hash, revision, at, ...(replaces ? { replaces } : {}) }
    const checkpoint = signCheckpoint(statement, key)
    await sink.append(checkpoint)
    await keepCheckpoint(db, checkpoint)
    kept = checkpoint
    return kept
  } finally {
    if (!kept) await releaseHead(db, workspaceId)
  }
}

/** Workspaces with rows that have been uncovered for so long, or whose claim ended without a checkpoint. */
async function findDue(db: Kysely<AccessTables>, ageMs: number): Promise<string[]> {
  const { rows } = await sql<{ workspace_id: string }>`
    select workspace_id from log_heads where sequence > checkpoint_sequence and (
      uncovered_since <= clock_timestamp() - ${ageMs}::bigint * interval '1 millisecond'
      or checkpointing_until < clock_timestamp())`.execute(db)
  return rows.map(({ workspace_id }) => workspace_id)
}

type Claim = { sequence: number; hash: string; revision: number; key_id: string | null }

/** From here on the next row starts the clock again. */
async function claimHead(db: Kysely<AccessTables>, workspaceId: string): Promise<Claim | undefined> {
  const { rows } = await sql<Claim>`
    update log_heads set uncovered_since = null, checkpointing_until = clock_timestamp() + ${CLAIM_SECONDS}::integer * interval '1 second'
    where workspace_id = ${workspaceId} and sequence > checkpoint_sequence
      and (checkpointing_until is null or checkpointing_until < clock_timestamp())
    returning sequence, hash, revision, key_id`.execute(db)
  return rows[0]
}

const releaseHead = (db: Kysely<AccessTables>, workspaceId: string) =>
  sql`update log_heads set checkpointing_until = clock_timestamp() where workspace_id = ${workspaceId}`.execute(db)

async function keepCheckpoint(db: Kysely<AccessTables>, checkpoint: SignedCheckpoint): Promise<void> {
  const { workspace, sequence, hash, revision, at, keyId, replaces, signature } = checkpoint
  await inTransaction(db, async (trx) => {
    await sql`update log_heads set checkpoint_sequence = greatest(checkpoint_sequence, ${sequence}), checkpointing_until = null,
      key_id = coalesce(key_id, ${keyId}) where workspace_id = ${workspace}`.execute(trx)
    await trx
      .insertInto('log_checkpoints')
      .values({
        workspace_id: workspace,
        sequence,
        hash,
        revision,
        at,
        key_id: keyId,
        replaces: JSON.stringify(replaces ?? null),
        signature,
      })
      .execute()
  })
}
