import { sql } from 'kysely'
import type { JobKind, JobState, RetrievalDatabase } from '../database.ts'

export type Job = {
  readonly workspaceId: string
  readonly kind: JobKind
  readonly state: JobState
  readonly report: Readonly<Record<string, number | boolean>>
  readonly place: string
}
export type JobsOptions = {
  /** Of the definition of the indexes: jobs are for processes of one version. */
  version: number
  /** How long a process that went silent keeps a job from others. Renewed with each step. */
  leaseMs: number
}
export type JobsStore = ReturnType<typeof createJobsStore>

/** What is to be done to the indexes of workspaces, held by one process at a time. */
export function createJobsStore(db: RetrievalDatabase, { version, leaseMs }: JobsOptions) {
  const leaseSeconds = leaseMs / 1000
  return {
    leaseMs,

    /** Begins a job anew, or goes on with one that was stopped or failed; one that is under way stays as it is. */
    async start(workspaceId: string, kind: JobKind, report: Job['report'] = {}): Promise<void> {
      await sql`insert into index_jobs as j (workspace_id, kind, version, state, report)
        values (${workspaceId}, ${kind}, ${version}, 'running', ${JSON.stringify(report)}::jsonb)
        on conflict (workspace_id, kind) do update set state = 'running', ended_at = null, reason = null, holder = null, held_until = null,
          version = excluded.version,
          started_at = case when j.state = 'done' or j.version <> excluded.version then now() else j.started_at end,
          place = case when j.state = 'done' or j.version <> excluded.version then '' else j.place end,
          report = case when j.state = 'done' or j.version <> excluded.version then excluded.report else j.report || excluded.report end
        where j.state in ('stopped', 'failed', 'done') or j.version < excluded.version`.execute(db)
    },

    /** Stops a job that can still be stopped. Returns whether there was one. */
    async stop(workspaceId: string, kind: JobKind): Promise<boolean> {
      const { numAffectedRows } = await sql`update index_jobs set state = 'stopped', ended_at = now()
        where workspace_id = ${workspaceId} and kind = ${kind} and state in ('running', 'finishing')`.execute(db)
      return (numAffectedRows ?? 0n) > 0n
    },

    async find(workspaceId: string, kind: JobKind) {
      return db
        .selectFrom('index_jobs')
        .select(['state', 'started_at as startedAt', 'ended_at as endedAt', 'reason', 'report', 'place'])
        .where('workspace_id', '=', workspaceId)
        .where('kind', '=', kind)
        .executeTakeFirst()
    },

    /** Takes a job that nobody works on. */
    async take(holder: string): Promise<Job | undefined> {
      const { rows } =
        await sql<Job>`update index_jobs j set holder = ${holder}, held_until = now() + make_interval(secs => ${leaseSeconds})
        from (
          select workspace_id, kind from index_jobs
          where version = ${version} and state in ('running', 'finishing', 'promoting') and (held_until is null or held_until < now())
          order by started_at limit 1 for update skip locked
        ) free where j.workspace_id = free.workspace_id and j.kind = free.kind
        returning j.workspace_id as "workspaceId", j.kind, j.state, j.report, j.place`.execute(db)
      return rows[0]
    },

    /** Keeps a job for longer, and moves it on. False when it was stopped, or somebody else has taken it over: then nothing more may be done for it. */
    async hold(
      holder: string,
      { workspaceId, kind }: Pick<Job, 'workspaceId' | 'kind'>,
      { state, place, report }: Partial<Pick<Job, 'state' | 'place' | 'report'>> = {},
    ): Promise<boolean> {
      const { numAffectedRows } =
        await sql`update index_jobs set held_until = now() + make_interval(secs => ${leaseSeconds}),
          state = coalesce(${state ?? null}, state), place = coalesce(${place ?? null}, place),
          report = coalesce(${report ? JSON.stringify(report) : null}::jsonb, report)
        where workspace_id = ${workspaceId} and kind = ${kind} and holder = ${holder} and version = ${version} and state in ('running', 'finishing', 'promoting')`.execute(
          db,
        )
      return (numAffectedRows ?? 0n) > 0n
    },

    /** Lets a job go for others to take: at once, or after a pause. */
    async release(holder: string, pauseMs: number): Promise<void> {
      await sql`update index_jobs set held_until = now() + make_interval(secs => ${pauseMs / 1000}) where holder = ${holder}`.execute(
        db,
      )
    },

    async end(
      holder: string,
      { workspaceId, kind }: Pick<Job, 'workspaceId' | 'kind'>,
      state: 'done' | 'failed',
      reason: string | null = null,
    ): Promise<void> {
      await sql`update index_jobs set state = ${state}, ended_at = now(), reason = ${reason}, holder = null, held_until = null
        where workspace_id = ${workspaceId} and kind = ${kind} and holder = ${holder}`.execute(db)
    },

    /** Something failed that may get better; it goes on. */
    async note(holder: string, reason: string): Promise<void> {
      await sql`update index_jobs set reason = ${reason} where holder = ${holder}`.execute(db)
    },
  }
}
