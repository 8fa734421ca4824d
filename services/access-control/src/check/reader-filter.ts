import type { ReaderFilter } from '@tessera/shared/contracts/access-control/decisions'
import type { EntitledView } from '@tessera/shared/contracts/access-control/common'
import { prepared } from '@tessera/shared/database/prepared'
import { fail, ok } from '@tessera/shared/fault/result'
import { type Kysely, sql } from 'kysely'
import type { AccessTables, PrincipalState } from '../database.ts'
import { entitledView } from '../decide/decide.ts'
import {
  type BreakGlass,
  type LabelDefinition,
  labelSet,
  least,
  type LabelDefinitions,
  withUncleared,
} from '../decide/facts.ts'
import { fault, noWorkspace } from '../faults.ts'
import type { AccessDeps, Make } from '../handler.ts'
import { Lru } from '../lru.ts'
import type { Call } from '@tessera/shared/bus/call'
import { askerOf } from './judgements.ts'
import { coveringNames, isStale } from './covering.ts'
import { actorFacts, breakGlassOf, clearancesOf } from './load-facts.ts'
import { type ActorRow, chainOf, type LoadedReader } from './loaded-facts.ts'
import { refusal } from './refusal.ts'

const MAX_NAMES = 65_536
const REMEMBERED_FILTERS = 2_000
/** Longer ones are made anew each time: two thousand of the longest would fill the memory. */
const REMEMBERED_NAMES = 5_000

type Signature = {
  signature: string
  dataSourceId: string
  space: string
  reachable: boolean
  documentLabels: string[]
  passageLabels: string[]
}
type Row = {
  revision: number
  version: string
  policy_version: number
  stopped: boolean
  readers:
    | {
        name: string
        kind: 'user' | 'service'
        state: PrincipalState
        guest: boolean
        names: string[]
        clearances: string[]
        breakGlass: BreakGlass[]
      }[]
    | null
  actors: ActorRow[] | null
  signatures: Signature[] | null
  definitions: Record<string, LabelDefinition> | null
}
type Remembered = { version: string; filter: Omit<ReaderFilter, 'revision' | 'strictRanking'> }

/**
 * The same rules as the decision, turned into what an index can match. State and content version need no part in it: rows of documents that are not
 * ready are removed from the index. Signatures carry gates, data source and labels; those of a stale data source are left out.
 *
 * A filter is remembered under what it was made of: the workspace's reader revision, the data sources that were stale, and the emergencies that ran. It may lag; lag can only hide,
 * since the check that follows never does.
 */
export const readerFilter: Make<'readerFilter'> = (deps) => {
  const remembered = new Lru<Remembered>(REMEMBERED_FILTERS)
  return async function readerFilter({ audience = [], unclearedLabels = [], atLeast }, call) {
    const { workspaceId, subject, actors, purpose } = call.caller
    const now = await standing(deps.db, workspaceId)
    if (!now) return fail(noWorkspace())
    const key = JSON.stringify([workspaceId, subject, actors, audience, unclearedLabels, purpose])
    const known = remembered.get(key)
    if (known?.version === now.version && !now.stopped && (atLeast ?? 0) <= now.revision) {
      return ok({ ...known.filter, strictRanking: now.strictRanking, revision: now.revision })
    }
    const row = await load(deps.db, call, audience)
    if (!row) return fail(noWorkspace())
    const readers = readersOf(row, call, audience)
    const refused = refusal(
      { ...row, readers: new Map(readers.map((reader) => [reader.name, reader])) },
      subject,
      atLeast,
    )
    if (refused) return fail(refused)
    const hearing = readers.filter(({ state }) => state === 'active')
    if (hearing.some(({ names }) => names.size > MAX_NAMES)) return fail(tooMany())
    const made = await filterOf(deps, row, call, { readers: hearing, unclearedLabels })
    const filter = { ...made, hash: await deps.log.inputHash(deps.db, workspaceId, made) }
    if (hearing.every(({ names }) => names.size <= REMEMBERED_NAMES))
      remembered.set(key, { version: row.version, filter })
    return ok({ ...filter, strictRanking: now.strictRanking, revision: row.revision })
  }
}

const tooMany = () =>
  fault('too-many-names', `More than ${MAX_NAMES} names cover the reader; a part of them would hide denies.`)

/** What a remembered filter depends on, besides its reader: the revision, and what the clock alone changes (facts grow stale, emergencies end). */
const version = sql<string>`w.reader_revision || ' ' || coalesce((
  select string_agg(s.data_source_id, ' ' order by s.data_source_id) from data_sources s
  left join data_source_confirmations c on c.workspace_id = s.workspace_id and c.data_source_id = s.data_source_id
  where s.workspace_id = w.id and s.to_rev is null and s.freshness_ms is not null and ${isStale}), '')
  || ' ' || (select count(*) from break_glass b where b.workspace_id = w.id and b.to_rev is null and b.ends_at > clock_timestamp())`

async function standing(db: Kysely<AccessTables>, workspaceId: string) {
  const { rows } = await sql<{
    revision: number
    version: string
    stopped: boolean
    strictRanking: boolean
  }>`${prepared}
    select w.revision, ${version} as version, w.stopped_at is not null as stopped, w.strict_ranking as "strictRanking" from workspaces w
    where w.id = ${workspaceId}`.execute(db)
  return rows[0]
}

const workspace = sql<string>`(select workspace_id from asked)`
const askedReaders = sql<readonly string[]>`(select readers from asked)`
const askedActors = sql<readonly string[]>`(select actors from asked)`

/**
 * Signatures whose gates cover everybody, and those of places that somebody broke the glass for. Gates are few and signatures are many, so that it is
 * asked once per gate who is not covered. What is asked for stands apart, as in `loadFacts`, so that one plan serves all.
 */
async function load(db: Kysely<AccessTables>, { caller }: Call, audience: readonly string[]): Promise<Row | undefined> {
  const { workspaceId, subject, actors } = caller
  const { rows } = await sql<Row>`${prepared}
    with recursive asked as materialized (
      select ${workspaceId}::text as workspace_id, ${subject}::text as subject, ${[subject, ...audience]}::text[] as readers,
        ${[...actors]}::text[] as actors
    ), ${coveringNames(workspace, askedReaders)},
    gates as (select distinct gate from signatures g cross join lateral unnest(g.gates || g.space) gate where g.workspace_id = ${workspace}),
    closed as materialized (
      select coalesce(array_agg(gate), '{}') as gates from gates where exists (
        select from reader r where r.state = 'active' and not exists (select from covering c where c.reader = r.name and c.name = gate))
    ),
    open as materialized (
      select g.*, not (g.gates || g.space) && (select gates from closed) as reachable
      from signatures g
      join data_sources s on s.workspace_id = g.workspace_id and s.data_source_id = g.data_source_id and s.to_rev is null
        and s.space = g.space
      left join data_source_confirmations c on c.workspace_id = s.workspace_id and c.data_source_id = s.data_source_id
      where g.workspace_id = ${workspace} and not ${isStale}
    )
    select w.revision, ${version} as version, w.policy_version, w.stopped_at is not null as stopped,
      (select json_agg(json_build_object('name', r.name, 'kind', r.kind, 'state', r.state, 'guest', r.guest,
        'names', array(select c.name from covering c where c.reader = r.name order by c.name limit ${sql.lit(MAX_NAMES + 1)}),
        'clearances', ${clearancesOf(workspace, undefined)}, 'breakGlass', ${breakGlassOf(workspace, undefined)})) from reader r) as readers,
      (${actorFacts(workspace, askedActors, undefined)}) as actors,
      (select json_agg(json_build_object('signature', o.signature, 'dataSourceId', o.data_source_id, 'space', o.space, 'reachable', o.reachable,
        'documentLabels', o.document_labels, 'passageLabels', o.passage_labels) order by o.signature)
        from open o where o.reachable or exists (
          select from break_glass b where b.workspace_id = ${workspace} and b.principal = (select subject from asked) and b.to_rev is null
        )) as signatures,
      (select json_object_agg(l.label, json_build_object('requires', l.requires, 'below', l.below, 'hidesTitle', l.hides_title))
        from labels l where l.workspace_id = ${workspace} and l.to_rev is null
          and l.label in (select unnest(document_labels || passage_labels) from open)) as definitions
    from workspaces w where w.id = ${workspace}`.execute(db)
  return rows[0]
}

function readersOf(row: Row, { caller }: Call, audience: readonly string[]): LoadedReader[] {
  const actors = chainOf(caller.actors, row.actors ?? [])
  return [caller.subject, ...audience].map((name) => {
    const found = row.readers?.find((reader) => reader.name === name)
    const names = found?.names ?? []
    return {
      name,
      kind: found?.kind ?? 'user',
      state: found?.state ?? 'unknown',
      guest: found?.guest ?? false,
      names: new Set(names),
      groups: names.filter((covering) => /^(group|container):/.test(covering)),
      clearances: new Set(found?.clearances),
      breakGlass: found?.breakGlass ?? [],
      actors,
      whole: true,
    }
  })
}

async function filterOf(
  { db, policies }: AccessDeps,
  row: Row,
  { caller }: Call,
  { readers, unclearedLabels }: { readers: readonly LoadedReader[]; unclearedLabels: readonly string[] },
): Promise<Remembered['filter']> {
  const [reader] = readers
  const chain = reader?.actors ?? []
  const covers = chain.every(({ facts }) => facts?.active)
  const signatures = row.signatures ?? []
  const inForce = await policies.policiesOf(db, caller.workspaceId, row.policy_version)
  const definitions: LabelDefinitions = withUncleared(new Map(Object.entries(row.definitions ?? {})), unclearedLabels)
  const judged = signatures.map(({ dataSourceId, space, documentLabels, passageLabels }) => ({
    dataSourceId,
    space,
    documentLabels,
    labels: labelSet(documentLabels, passageLabels),
  }))
  const views = signatures.map((): EntitledView => 'full')
  for (const one of readers) {
    const judgements = await policies.judge(inForce, askerOf(one, caller.purpose), judged)
    for (const [index, { read, use }] of judgements.entries()) {
      const forbidden = read.length > 0 || use.length > 0
      const entitled = forbidden ? 'none' : entitledView(one, judged[index]?.labels ?? [], definitions)
      views[index] = least([views[index] ?? 'none', entitled])
    }
  }
  const pairsOf = (wanted: (signature: Signature) => boolean) =>
    signatures.flatMap((signature, index) => {
      const view = views[index] ?? 'none'
      return wanted(signature) && view !== 'none' ? [`${signature.signature}/${view}`] : []
    })
  const glass = covers && readers.length === 1 ? (reader?.breakGlass ?? []) : []
  return {
    names: covers ? readers.map(({ names }) => [...names]) : [],
    pairs: covers ? pairsOf(({ reachable }) => reachable) : [],
    agents: covers ? [...caller.actors] : [],
    scopes: chain.flatMap(({ facts }) => (facts ? [facts.scope] : [])),
    exceptDocumentIds: [...new Set(chain.flatMap(({ facts }) => facts?.exceptDocumentIds ?? []))],
    breakGlass: {
      documentIds: glass.flatMap(({ documentId }) => documentId ?? []),
      spaces: glass.flatMap(({ space }) => space ?? []),
      pairs: glass.length > 0 ? pairsOf(() => true) : [],
    },
  }
}
