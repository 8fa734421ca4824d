import type { RunEvent } from '@tessera/shared/contracts/agents'
import { prepared } from '@tessera/shared/database/prepared'
import { type RawBuilder, sql } from 'kysely'
import type { AgentsDatabase } from '../database.ts'
import type { LiveRuns } from './live-runs.ts'
import { LeaseLost, type Run } from './run.ts'

/** An event before it has its number. */
export type NewEvent = RunEvent extends infer E ? (E extends RunEvent ? Omit<E, 'id'> : never) : never

/** Text is stored when it has waited so long, or grown so much. */
const batchMs = 250
const batchCharacters = 4096
/** How many events may be given out ahead of what is stored. */
const reservedEvents = 64

type Write = {
  /**
   * What belongs to these events and stands or falls with them: statements that write from the table `moved`, whose one row is the run (`id`), or none
   * once the lease is lost. None of them may write the run itself.
   */
  readonly also?: readonly RawBuilder<unknown>[]
  /** Further assignments to the run, as in `update runs set`. */
  readonly run?: RawBuilder<unknown>
  /** Whether text follows that will be given out before it is stored. */
  readonly reserve?: boolean
}

/**
 * The only way in which a worker writes about a run. Every write carries the fence, so that a worker that has lost its lease writes nothing.
 *
 * Events are numbered here, from 1 without gaps. Text is given to readers in this process before it is stored, so the numbers that it may take are
 * reserved first, one more than are used: whoever takes the run up after a crash fills what was reserved and not stored, the last of it with
 * `step.restarted` (`fillReserved`). So a reader who saw numbers that were lost finds, under the numbers after them, that the step begins anew.
 */
export function createRunLog({
  db,
  run,
  live,
  onLost,
}: {
  db: AgentsDatabase
  run: Run
  live: LiveRuns
  /** Told when storing in the background failed; whatever the worker does next with the log throws the same. */
  onLost: (error: unknown) => void
}) {
  let nextId = run.lastSeq + 1
  let storedSeq = run.lastSeq
  let reservedSeq = run.reservedSeq
  let waiting: RunEvent[] = []
  let waitingCharacters = 0
  let timer: NodeJS.Timeout | undefined
  let last: Promise<unknown> = Promise.resolve()
  let lost: { readonly error: unknown } | undefined

  /** One write after the other; after one that failed, none. */
  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    const turn = last.then(async () => {
      if (lost) throw lost.error
      return work()
    })
    last = turn.catch((error: unknown) => {
      if (lost) return
      lost = { error }
      onLost(error)
    })
    return turn
  }

  const number = (events: readonly NewEvent[]): RunEvent[] => events.map((event) => ({ ...event, id: nextId++ }))

  const store = (events: readonly NewEvent[], { also = [], run: change, reserve = false }: Write = {}) =>
    inTurn(async () => {
      clearTimeout(timer)
      timer = undefined
      const early = waiting
      waiting = []
      waitingCharacters = 0
      const durable = number(events)
      const batch = [...early, ...durable]
      const lastSeq = batch.at(-1)?.id ?? storedSeq
      const reserved = reserve ? lastSeq + reservedEvents : lastSeq
      const statements = [...(batch.length > 0 ? [insertEvents(batch)] : []), ...also]
      const { rows } = await sql`${prepared}
        with moved as (
          update runs set last_seq = ${lastSeq}, reserved_seq = ${reserved} ${change ? sql`, ${change}` : sql``}
          where id = ${run.id} and fence = ${run.fence} and state = 'running' returning id
        ) ${sql.join(
          statements.map((statement, index) => sql`, ${sql.ref(`write_${index}`)} as (${statement})`),
          sql` `,
        )}
        select id from moved`.execute(db)
      if (rows.length !== 1) throw new LeaseLost(run.id)
      storedSeq = lastSeq
      reservedSeq = reserved
      live.add(run.id, durable)
    })

  return {
    /** Stores events, together with all text that waits, and gives them out then. */
    commit: (events: readonly NewEvent[], write: Write = {}) => store(events, write),

    /** Gives events out at once and stores them soon. */
    async stream(events: readonly NewEvent[]): Promise<void> {
      for (const event of events) {
        if (lost) throw lost.error
        if (nextId >= reservedSeq) await store([], { reserve: true })
        const numbered = number([event])
        waiting.push(...numbered)
        live.add(run.id, numbered)
        waitingCharacters += 'text' in event ? event.text.length : 0
      }
      if (waitingCharacters >= batchCharacters) await store([], { reserve: true })
      else if (waiting.length > 0)
        timer ??= setTimeout(() => void store([], { reserve: true }).catch(() => undefined), batchMs)
    },

    /** Puts something under every number that was given out, or might have been, by a worker that is gone. */
    async fillReserved(step: number): Promise<void> {
      const missing = Math.max(1, reservedSeq - storedSeq)
      const silent: NewEvent[] = Array.from({ length: missing - 1 }, () => ({ step, type: 'text.delta', text: '' }))
      await store([...silent, { step, type: 'step.restarted' }])
    },
    hasReserved: () => reservedSeq > storedSeq,

    /** Lets go of the run, so that another worker takes it up at once. What is told so far is stored first. */
    release: () => store([], { run: sql`lease_until = now(), attempt = attempt - 1` }),

    /** Stops the clock; writes nothing. */
    stop: () => clearTimeout(timer),
  }
}

export type RunLog = ReturnType<typeof createRunLog>

const insertEvents = (events: readonly RunEvent[]) => sql`
  insert into run_events (run_id, first_seq, last_seq, events)
  select id, ${events.at(0)?.id}::integer, ${events.at(-1)?.id}::integer, ${JSON.stringify(events)}::jsonb from moved`

/** The stored events after a number, a few batches at a time. */
export async function fetchEvents(db: AgentsDatabase, runId: string, after: number): Promise<RunEvent[]> {
  const rows = await db
    .selectFrom('run_events')
    .select('events')
    .where('run_id', '=', runId)
    .where('last_seq', '>', after)
    .orderBy('last_seq')
    .limit(20)
    .execute()
  return rows.flatMap(({ events }) => events).filter(({ id }) => id > after)
}
