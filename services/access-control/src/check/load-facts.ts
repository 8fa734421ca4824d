import { prepared } from '@tessera/shared/database/prepared'
import { CompiledQuery, type Kysely, type RawBuilder, sql } from 'kysely'
import type { AccessTables } from '../database.ts'
import { labelSet } from '../decide/facts.ts'
import { type AsOf, exists, holds } from './as-of.ts'
import { coveringNames, type Given, isStale, listed } from './covering.ts'
import { linesOf } from './fact-lines.ts'
import { documentColumns, type FactsRow, layerColumns, sourceColumns, toFacts } from './facts-of-row.ts'
import { type Facts, type PassageKey, passageKey, versionKey } from './loaded-facts.ts'
import { askedEarlier, type Earlier, earlierLists, standingColumns } from './standing.ts'

/** Whom and what a decision is about. */
export type FactsQuestion = {
  readonly workspaceId: string
  /** The caller first, then everybody else who hears the answer. */
  readonly readers: readonly string[]
  /** Who acts for them: each is decided with the whole chain. */
  readonly actors: readonly string[]
  readonly documentIds: readonly string[]
  readonly passages?: readonly PassageKey[]
  /** Passages of versions that may no longer be current. */
  readonly former?: readonly (PassageKey & { readonly contentVersion: string; readonly labels: readonly string[] })[]
  readonly asOf?: AsOf
  /** Facts of other documents, of which it is told at the same revision whether they still stand. */
  readonly earlier?: Earlier
}
export type LoadFacts = (db: Kysely<AccessTables>, question: FactsQuestion) => Promise<Facts | undefined>

/**
 * Reads them in one statement, hence at one revision. Long lists come without the entries that cover no reader: those decide nothing, and there may be
 * thousands. Deleted documents don't come at all. Undefined where the workspace does not exist.
 */
export async function loadFacts(db: Kysely<AccessTables>, question: FactsQuestion): Promise<Facts | undefined> {
  const { readers, actors, former = [], asOf } = question
  const usual = former.length === 0 && asOf === undefined
  const { rows } = usual ? await db.executeQuery(usualStatement(db, question)) : await statement(question).execute(db)
  const [row] = rows
  return row && toFacts(row, readers, actors)
}

let usualText: string | undefined

/** Without former passages and a past revision the text is always the same: it is put together once, since that takes as long as to decide. */
function usualStatement(db: Kysely<AccessTables>, question: FactsQuestion): CompiledQuery<FactsRow> {
  usualText ??= statement(question).compile(db).sql
  return CompiledQuery.raw(usualText, parameters(question))
}

const askedPassages = ({ passages = [], former = [] }: FactsQuestion) => [
  ...new Map([...passages, ...former].map((key) => [passageKey(key), key])).values(),
]

/** In the order of `asked`. */
function parameters(question: FactsQuestion) {
  const { workspaceId, readers, actors, documentIds, earlier } = question
  const passages = askedPassages(question)
  return [
    workspaceId,
    [...readers],
    [...actors],
    [...new Set(documentIds)],
    passages.map(({ documentId }) => documentId),
    passages.map(({ passageId }) => passageId),
    ...earlierLists(earlier),
  ]
}

const workspace = sql<string>`(select workspace_id from asked)`
const askedReaders = sql<readonly string[]>`(select readers from asked)`
const askedActors = sql<readonly string[]>`(select actors from asked)`

/**
 * What is asked for stands in `asked`, apart from the rest, where the planner can't look at it: a plan for any question then costs what one for this question
 * costs, so PostgreSQL keeps it. Otherwise it plans anew each time, which takes longer than the answer. `offset 0` keeps each look at one index probe,
 * whatever the tables were like when the plan was made.
 */
function statement(question: FactsQuestion) {
  const { former = [], asOf } = question
  const [workspaceId, readers, actors, documentIds, ofDocuments, passageIds] = parameters(question)
  const thenLabels = labelSet(...former.map(({ labels }) => labels))
  const withFormer = former.length > 0
  return sql<FactsRow>`${prepared}
    with recursive asked as materialized (
      select ${workspaceId}::text as workspace_id, ${readers}::text[] as readers, ${actors}::text[] as actors,
        ${documentIds}::text[] as document_ids, ${ofDocuments}::text[] as of_documents, ${passageIds}::text[] as passage_ids,
        ${askedEarlier(question.earlier)}
    ), ${coveringNames(workspace, askedReaders, asOf)},
    now_documents as materialized (${nowDocuments(asOf)}),
    now_sources as materialized (${nowSources(asOf)}),
    now_layers as materialized (${nowLayers(asOf)}),
    passage_labels as materialized (${passageLabels(asOf)})
    ${withFormer ? sql`, former_facts as (${formerFacts(workspace, former)})` : sql``},
    held as (${heldNames(withFormer)}),
    cleared as (${heldClearances(asOf)})
    select ${standingColumns(policyVersion(asOf))},
      (select json_agg(json_build_object('name', r.name, 'kind', r.kind, 'state', r.state, 'guest', r.guest,
        'names', coalesce(h.names, '{}'),
        'groups', case when ${policyVersion(asOf)} = 0 then '{}'::text[] else coalesce(h.groups, '{}') end,
        'clearances', coalesce(k.clearances, '{}'), 'breakGlass', ${breakGlassOf(workspace, asOf)}, 'whole', ${fewNames}))
        from reader r left join held h on h.reader = r.name left join cleared k on k.reader = r.name) as readers,
      (${actorFacts(workspace, askedActors, asOf)}) as actors,
      (select ${linesOf(documentColumns)} from now_documents d) as documents,
      (select ${linesOf(sourceColumns)} from now_sources s) as sources,
      (select ${linesOf(layerColumns)} from now_layers f) as layers,
      ${asOf === undefined ? sql`(${awaitsPassages})` : sql`null`} as awaiting,
      (select json_agg(json_build_object('documentId', p.document_id, 'passageId', p.passage_id, 'layer', p.layer, 'labels', p.labels))
        from passage_labels p) as passages,
      (${passageVariants(asOf)}) as variants,
      (select json_object_agg(l.label, json_build_object('requires', l.requires, 'below', l.below, 'hidesTitle', l.hides_title))
        from labels l where l.workspace_id = ${workspace} and ${holds('l', asOf)} and l.label in (
          select unnest(labels) from now_layers union all select unnest(labels) from passage_labels
          ${withFormer ? sql`union all select unnest(${thenLabels}::text[]) union all select unnest(labels || passage_labels) from former_facts` : sql``})) as definitions,
      ${withFormer ? sql`(${formerRows})` : sql`null`} as former,
      ${withFormer ? sql`(${formerLabelRows})` : sql`null`} as former_labels
    from workspaces w where w.id = ${workspace}`
}

/** The version of the policies in force. */
const policyVersion = (asOf: AsOf) =>
  asOf === undefined
    ? sql<number>`w.policy_version`
    : sql<number>`coalesce((select v.version from policy_versions v where v.workspace_id = w.id and ${holds('v', asOf)}), 0)`

/** Up to here a reader's names are sent as they are: to look which of them the facts mention takes longer. */
const FEW_NAMES = 500
const fewNames = sql<boolean>`(select count(*) from covering) <= ${sql.lit(FEW_NAMES)}`

/** Of each reader, the names that cover them (of very many, those that these facts mention), and the groups. Gathered once for all: a look per reader takes the square of a thousand readers. */
const heldNames = (withFormer: boolean) => sql`
  select c.reader, array_agg(c.name) filter (where ${fewNames} or c.name in (${mentionedNow}
      ${withFormer ? sql`union all ${mentionedFormerly}` : sql``})) as names,
    array_agg(c.name) filter (where c.name like 'group:%' or c.name like 'container:%') as groups
  from covering c group by c.reader`

const heldClearances = (asOf: AsOf) => sql`
  select c.reader, array_agg(distinct k.clearance) as clearances from covering c
  join clearances k on k.workspace_id = ${workspace} and k.principal = c.name and ${holds('k', asOf)}
  where c.name = c.reader or c.name like 'group:%' group by c.reader`

/** The clearances of reader `r`: their own, and those of groups that cover them; a space or a container clears nobody. */
export const clearancesOf = (workspaceId: Given<string>, asOf: AsOf) => sql`array(
  select distinct k.clearance from clearances k join covering c on c.name = k.principal
  where k.workspace_id = ${workspaceId} and ${holds('k', asOf)} and c.reader = r.name and (c.name = r.name or c.name like 'group:%'))`

/** The break-glass grants of reader `r` that run at this moment, by the database's clock; at a past revision, those that ran then. */
export const breakGlassOf = (workspaceId: Given<string>, asOf: AsOf) => {
  const then =
    asOf === undefined
      ? sql`clock_timestamp()`
      : sql`(select at from changes where workspace_id = ${workspaceId} and revision = ${asOf})`
  return sql`array(select json_build_object('id', b.id, 'documentId', b.document_id, 'space', b.space) from break_glass b
    where b.workspace_id = ${workspaceId} and b.principal = r.name and ${holds('b', asOf)} and b.ends_at > ${then})`
}

/** The facts of these actors, agents and apps, as one JSON list. */
export const actorFacts = (workspaceId: Given<string>, actors: Given<readonly string[]>, asOf: AsOf) => sql`
  select json_agg(json_build_object('name', x.name, 'active', x.active, 'scope', x.scope, 'exceptDocumentIds', x.except_document_ids,
    'clearances', array(select k.clearance from clearances k
      where k.workspace_id = ${workspaceId} and k.principal = x.name and ${holds('k', asOf)})))
  from (
    select a.name, a.active, a.scope, a.except_document_ids from agents a
    where a.workspace_id = ${workspaceId} and a.name = any(${listed(actors)}::text[]) and ${holds('a', asOf)}
    union all
    select p.name, p.state = 'active', e.scope, '{}' from acting_apps e
    join principals p on p.workspace_id = e.workspace_id and p.name = e.service_account and ${holds('p', asOf)}
    where e.workspace_id = ${workspaceId} and e.service_account = any(${listed(actors)}::text[]) and ${holds('e', asOf)}
  ) x`

/** Up to here a list of a document is sent with every entry, and can be remembered for any reader. */
const FEW_ENTRIES = 200
const fewEntries = (list: 'allow' | 'deny') =>
  sql<boolean>`cardinality(${sql.ref(`f.${list}`)}) <= ${sql.lit(FEW_ENTRIES)}`

/** A list; a long one cut down to the entries that cover a reader. */
const entries = (list: 'allow' | 'deny') => {
  const column = sql.ref(`f.${list}`)
  return sql`case when ${fewEntries(list)} then ${column}
    else array(select entry from unnest(${column}) entry where entry in (select name from covering)) end`
}

/** Every name that these facts look at. */
const mentionedNow = sql`
  select unnest(allow) from now_layers union all select unnest(deny) from now_layers union all select unnest(gates) from now_layers
  union all select space from now_sources`
const mentionedFormerly = sql`select unnest(allow || deny || gates || space) from former_facts`

const nowDocuments = (asOf: AsOf) => sql`
  select d.document_id, d.data_source_id, d.log_salt, d.index_rev from unnest((select document_ids from asked)) a(document_id) cross join lateral (
    select d.* from documents d where d.workspace_id = ${workspace} and d.document_id = a.document_id and ${exists('d', asOf)} offset 0
  ) d`
const nowSources = (asOf: AsOf) => sql`
  select s.data_source_id, s.space, ${asOf === undefined ? isStale : sql`false`} as stale
  from (select distinct data_source_id from now_documents) a cross join lateral (
    select s.* from data_sources s where s.workspace_id = ${workspace} and s.data_source_id = a.data_source_id and ${holds('s', asOf)} offset 0
  ) s left join lateral (
    select c.confirmed_at from data_source_confirmations c where c.workspace_id = ${workspace} and c.data_source_id = a.data_source_id offset 0
  ) c on true`
const nowLayers = (asOf: AsOf) => sql`
  select f.document_id, f.layer, ${entries('allow')} as allow, ${entries('deny')} as deny, f.gates, f.deny_agents, f.labels, f.state, f.content_version,
    ${fewEntries('allow')} and ${fewEntries('deny')} as whole
  from now_documents d cross join lateral (
    select f.* from document_facts f where f.workspace_id = ${workspace} and f.document_id = d.document_id and ${holds('f', asOf)} offset 0
  ) f`
/**
 * Documents of which somebody labelled passages by hand, and the passages of whose current version are not known yet: which of them are new, and so inherit,
 * can't be told.
 */
const awaitsPassages = sql`select array_agg(h.document_id) from (
    select distinct h.document_id from passage_facts h
    where h.workspace_id = ${workspace} and h.document_id = any((select document_ids from asked)::text[]) and h.layer = 'workspace' and h.to_rev is null
  ) h join now_layers f on f.document_id = h.document_id and f.layer = 'source'
  where not exists (select from document_passages k
    where k.workspace_id = ${workspace} and k.document_id = f.document_id and k.content_version = f.content_version)`

const passagesAsked = sql`unnest((select of_documents from asked), (select passage_ids from asked)) q(document_id, passage_id)`

const passageLabels = (asOf: AsOf) => sql`
  select q.document_id, q.passage_id, p.layer, p.labels from ${passagesAsked} cross join lateral (
    select p.layer, p.labels from passage_facts p
    where p.workspace_id = ${workspace} and p.document_id = q.document_id and p.passage_id = q.passage_id and ${holds('p', asOf)} offset 0
  ) p`

const passageVariants = (asOf: AsOf) => sql`
  select json_agg(json_build_object('documentId', q.document_id, 'passageId', q.passage_id, 'variant', v.variant, 'hash', v.hash,
    'labels', v.labels, 'marked', v.marked, 'hidesTitle', v.hides_title, 'contentVersion', v.content_version)) from ${passagesAsked} cross join lateral (
    select v.* from passage_variants v
    where v.workspace_id = ${workspace} and v.document_id = q.document_id and v.passage_id = q.passage_id
      and v.state = 'approved' and ${holds('v', asOf)} offset 0
  ) v`

const layerFields = sql`'layer', f.layer, 'allow', f.allow, 'deny', f.deny, 'gates', f.gates, 'denyAgents', f.deny_agents,
  'labels', f.labels, 'state', f.state`

const formerRows = sql`select json_agg(json_build_object('documentId', f.document_id, 'space', f.space, 'then', f.then_state,
  'contentVersion', f.of_version, ${layerFields})) from former_facts f where f.passage_id is null`
const formerLabelRows = sql`select json_agg(json_build_object('documentId', f.document_id, 'passageId', f.passage_id,
  'contentVersion', f.of_version, 'labels', f.passage_labels)) from former_facts f where f.passage_id is not null`

/** Every layer, the space, and the labels of the passages asked about, as of the last revision at which the version was the current one. */
function formerFacts(workspaceId: RawBuilder<string>, former: NonNullable<FactsQuestion['former']>) {
  const versions = [...new Map(former.map((entry) => [versionKey(entry), entry])).values()]
  return sql`
    with last as (
      select v.document_id, v.content_version, d.data_source_id, o.at_rev, o.state
      from unnest(${versions.map(({ documentId }) => documentId)}::text[], ${versions.map(({ contentVersion }) => contentVersion)}::text[])
        v(document_id, content_version)
      join documents d on d.workspace_id = ${workspaceId} and d.document_id = v.document_id and d.deleted_rev is null
      cross join lateral (
        select o.to_rev - 1 as at_rev, o.state from document_facts o
        where o.workspace_id = ${workspaceId} and o.document_id = v.document_id and o.layer = 'source' and o.content_version = v.content_version
        order by o.from_rev desc limit 1
      ) o
      where o.at_rev is not null
    )
    select l.document_id, l.content_version as of_version, l.state as then_state, s.space, f.layer, ${entries('allow')} as allow,
      ${entries('deny')} as deny, f.gates, f.deny_agents, f.labels, f.state, null::text as passage_id, '{}'::text[] as passage_labels
    from last l
    join data_sources s on s.workspace_id = ${workspaceId} and s.data_source_id = l.data_source_id
      and s.from_rev <= l.at_rev and (s.to_rev is null or s.to_rev > l.at_rev)
    join document_facts f on f.workspace_id = ${workspaceId} and f.document_id = l.document_id
      and f.from_rev <= l.at_rev and (f.to_rev is null or f.to_rev > l.at_rev)
    union all
    select l.document_id, l.content_version, l.state, '', p.layer, '{}', '{}', '{}', '{}', '{}', 'ready', p.passage_id, p.labels
    from last l
    join unnest(${former.map(({ documentId }) => documentId)}::text[], ${former.map(({ passageId }) => passageId)}::text[],
      ${former.map(({ contentVersion }) => contentVersion)}::text[]) q(document_id, passage_id, content_version)
      on q.document_id = l.document_id and q.content_version = l.content_version
    join passage_facts p on p.workspace_id = ${workspaceId} and p.document_id = q.document_id and p.passage_id = q.passage_id
      and p.from_rev <= l.at_rev and (p.to_rev is null or p.to_rev > l.at_rev)`
}
