import { prepared } from '@tessera/shared/database/prepared'
import { type Kysely, type RawBuilder, sql } from 'kysely'
import type { AccessTables } from '../database.ts'
import type { BreakGlass } from '../decide/facts.ts'
import { staleAmong } from './covering.ts'
import type { FactsQuestion } from './load-facts.ts'

/** Facts that were read at an earlier revision: these documents as they stood since these revisions, and the data sources that they are in. */
export type Earlier = {
  readonly documentIds: readonly string[]
  readonly changedRevs: readonly number[]
  readonly dataSourceIds: readonly string[]
}

/** Where a workspace stands, and what of earlier facts does not stand any more. */
export type Standing = {
  readonly revision: number
  /** The last revision that changed something about readers, actors or label definitions. */
  readonly readerRevision: number
  readonly policyVersion: number
  readonly stopped: boolean
  /** The documents that have changed since, or have ended. */
  readonly moved: ReadonlySet<string>
  /** The data sources that are over their freshness bound, by the database's clock. */
  readonly stale: ReadonlySet<string>
}

export type StandingRow = {
  revision: number
  reader_revision: number
  policy_version: number
  stopped: boolean
  moved: string | null
  stale: string | null
}
type Row = StandingRow & { break_glass: (BreakGlass & { principal: string })[] | null }

/**
 * Whether earlier facts still stand, in one statement, and so at one revision: for each document a number is compared, with one index probe, in place of reading
 * its facts. `index_rev` is raised by every change of a document's facts, of its passages' labels and of its variants; the reader revision by every change of
 * what covers or clears a reader. So what has the same numbers is the same. What the clock alone changes (emergencies, freshness) is told anew each time.
 * Undefined where the workspace does not exist.
 */
export async function readStanding(
  db: Kysely<AccessTables>,
  { workspaceId, readers, earlier }: Pick<FactsQuestion, 'workspaceId' | 'readers' | 'earlier'>,
): Promise<(Standing & { readonly breakGlass: ReadonlyMap<string, BreakGlass[]> }) | undefined> {
  const { rows } = await sql<Row>`${prepared}
    with asked as materialized (
      select ${workspaceId}::text as workspace_id, ${[...readers]}::text[] as readers, ${askedEarlier(earlier)}
    )
    select ${standingColumns(sql`w.policy_version`)},
      (select json_agg(json_build_object('id', b.id, 'documentId', b.document_id, 'space', b.space, 'principal', b.principal)) from break_glass b
        where b.workspace_id = ${workspace} and b.principal = any((select readers from asked)::text[]) and b.to_rev is null
          and b.ends_at > clock_timestamp()) as break_glass
    from workspaces w where w.id = ${workspace}`.execute(db)
  const [row] = rows
  return row && { ...standingOf(row), breakGlass: Map.groupBy(row.break_glass ?? [], ({ principal }) => principal) }
}

/** What `standingColumns` finds in `asked`, three columns of it. */
export function askedEarlier(earlier: Earlier | undefined) {
  const [documents, revs, sources] = earlierLists(earlier)
  return sql`string_to_array(${documents}, ' ') as earlier_documents, string_to_array(${revs}, ' ')::bigint[] as earlier_revs,
    string_to_array(${sources}, ' ') as earlier_sources`
}

/** Its parameters, in their order: ids hold no space, and a text takes the client less than a list. */
export const earlierLists = ({ documentIds, changedRevs, dataSourceIds }: Earlier = nothing) =>
  [documentIds.join(' '), changedRevs.join(' '), dataSourceIds.join(' ')] as const

const nothing: Earlier = { documentIds: [], changedRevs: [], dataSourceIds: [] }

const workspace = sql<string>`(select workspace_id from asked)`

/** The columns of a `StandingRow`, for a statement over `workspaces w` with a row `asked`. */
export const standingColumns = (policyVersion: RawBuilder<unknown>) => sql`
  w.revision, w.reader_revision, ${policyVersion} as policy_version, w.stopped_at is not null as stopped,
  (select string_agg(k.document_id, ' ') from unnest((select earlier_documents from asked), (select earlier_revs from asked)) k(document_id, rev)
    left join lateral (
      select d.index_rev from documents d where d.workspace_id = ${workspace} and d.document_id = k.document_id and d.deleted_rev is null offset 0
    ) d on true where d.index_rev is distinct from k.rev) as moved,
  (select string_agg(k.data_source_id, ' ') ${staleAmong(workspace, sql`(select earlier_sources from asked)`)}) as stale`

export const standingOf = (row: StandingRow): Standing => ({
  revision: row.revision,
  readerRevision: row.reader_revision,
  policyVersion: row.policy_version,
  stopped: row.stopped,
  moved: namesIn(row.moved),
  stale: namesIn(row.stale),
})

const namesIn = (text: string | null) => new Set(text === null ? [] : text.split(' '))
