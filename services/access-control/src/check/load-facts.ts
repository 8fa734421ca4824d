import { prepared } from '@tessera/shared/database/prepared'
import { type Kysely, sql } from 'kysely'
import type { AccessTables, FactState, Layer, PrincipalState, Scope } from '../database.ts'
import {
  type Actor,
  type ActorFacts,
  type BreakGlass,
  type DocumentFacts,
  type FormerFacts,
  inForce,
  type LabelDefinition,
  type LabelDefinitions,
  labelSet,
  type LayerFacts,
  type PassageFacts,
  type Reader,
  type VariantFacts,
} from '../decide/facts.ts'
import { type AsOf, exists, holds } from './as-of.ts'
import { coveringNames, isStale } from './covering.ts'

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
}
export type PassageKey = { readonly documentId: string; readonly passageId: string }

/** A reader with what policies look at. */
export type LoadedReader = Reader & { readonly groups: readonly string[] }

/** Everything that a decision looks at, as it stands in one snapshot. */
export type Facts = {
  readonly revision: number
  readonly policyVersion: number
  readonly stopped: boolean
  /** One for every reader that was asked about, unknown ones included. */
  readonly readers: ReadonlyMap<string, LoadedReader>
  readonly documents: ReadonlyMap<string, DocumentFacts>
  /** By `passageKey`. */
  readonly passages: ReadonlyMap<string, PassageFacts>
  readonly definitions: LabelDefinitions
  /** By `versionKey`: what stood when a version that is no longer current last was. */
  readonly former: ReadonlyMap<string, FormerFacts>
  /** By `versionKey` and passage: the labels that the passage itself carried then. */
  readonly formerLabels: ReadonlyMap<string, readonly string[]>
  /** By document id: what its alias in the log is made with. */
  readonly salts: ReadonlyMap<string, string>
}

export const passageKey = ({ documentId, passageId }: PassageKey) => `${documentId} ${passageId}`
export const versionKey = ({ documentId, contentVersion }: { documentId: string; contentVersion: string }) =>
  `${documentId} ${contentVersion}`
export const formerPassageKey = (entry: PassageKey & { contentVersion: string }) =>
  `${versionKey(entry)} ${entry.passageId}`

type ReaderRow = {
  name: string
  kind: 'user' | 'service'
  state: PrincipalState
  guest: boolean
  names: string[]
  groups: string[]
  clearances: string[]
  breakGlass: BreakGlass[]
}
type DocumentRow = LayerFacts & {
  documentId: string
  dataSourceId: string
  space: string
  stale: boolean
  awaitsPassages: boolean
  salt: string | null
}
type FormerRow = LayerFacts & { documentId: string; contentVersion: string; space: string; then: FactState }

type Row = {
  revision: number
  policy_version: number
  stopped: boolean
  readers: ReaderRow[] | null
  actors: (ActorFacts & { name: string })[] | null
  documents: DocumentRow[] | null
  passages: (PassageKey & { layer: Layer; labels: string[] })[] | null
  variants: (PassageKey & VariantFacts)[] | null
  definitions: Record<string, LabelDefinition> | null
  former: FormerRow[] | null
  former_labels: (PassageKey & { contentVersion: string; labels: string[] })[] | null
}

/**
 * Reads them in one statement, hence at one revision. Long lists come without the entries that cover no reader: those decide nothing, and there may be
 * thousands. Deleted documents don't come at all. Undefined where the workspace does not exist.
 */
export async function loadFacts(db: Kysely<AccessTables>, question: FactsQuestion): Promise<Facts | undefined> {
  const { workspaceId, readers, actors, documentIds, passages = [], former = [], asOf } = question
  const asked = [...new Map([...passages, ...former].map((key) => [passageKey(key), key])).values()]
  const thenLabels = labelSet(...former.map(({ labels }) => labels))
  const withFormer = former.length > 0
  const { rows } = await sql<Row>`${prepared}
    with recursive ${coveringNames(workspaceId, readers, asOf)},
    now_facts as (${nowFacts(workspaceId, documentIds, asOf)}),
    passage_labels as (${passageLabels(workspaceId, asked, asOf)})
    ${withFormer ? sql`, former_facts as (${formerFacts(workspaceId, former)})` : sql``},
    held as (${heldNames(withFormer)}),
    cleared as (${heldClearances(workspaceId, asOf)})
    select w.revision, ${policyVersion(asOf)} as policy_version, w.stopped_at is not null as stopped,
      (select json_agg(json_build_object('name', r.name, 'kind', r.kind, 'state', r.state, 'guest', r.guest,
        'names', coalesce(h.names, '{}'),
        'groups', case when ${policyVersion(asOf)} = 0 then '{}'::text[] else coalesce(h.groups, '{}') end,
        'clearances', coalesce(k.clearances, '{}'), 'breakGlass', ${breakGlassOf(workspaceId, asOf)}))
        from reader r left join held h on h.reader = r.name left join cleared k on k.reader = r.name) as readers,
      (${actorFacts(workspaceId, actors, asOf)}) as actors,
      (select json_agg(json_build_object('documentId', f.document_id, 'dataSourceId', f.data_source_id, 'space', f.space,
        'stale', f.stale, 'awaitsPassages', f.awaits_passages, 'salt', f.log_salt, 'contentVersion', f.content_version,
        ${layerFields})) from now_facts f) as documents,
      (select json_agg(json_build_object('documentId', p.document_id, 'passageId', p.passage_id, 'layer', p.layer, 'labels', p.labels))
        from passage_labels p) as passages,
      (${passageVariants(workspaceId, asked, asOf)}) as variants,
      (select json_object_agg(l.label, json_build_object('requires', l.requires, 'below', l.below, 'hidesTitle', l.hides_title))
        from labels l where l.workspace_id = ${workspaceId} and ${holds('l', asOf)} and l.label in (
          select unnest(labels) from now_facts union all select unnest(labels) from passage_labels
          union all select unnest(${thenLabels}::text[])
          ${withFormer ? sql`union all select unnest(labels || passage_labels) from former_facts` : sql``})) as definitions,
      ${withFormer ? sql`(${formerRows})` : sql`null`} as former,
      ${withFormer ? sql`(${formerLabelRows})` : sql`null`} as former_labels
    from workspaces w where w.id = ${workspaceId}`.execute(db)
  const [row] = rows
  return row && toFacts(row, readers, actors)
}

function toFacts(row: Row, readers: readonly string[], actors: readonly string[]): Facts {
  const chain = chainOf(actors, row.actors ?? [])
  const found = new Map((row.readers ?? []).map((reader) => [reader.name, reader]))
  return {
    revision: row.revision,
    policyVersion: row.policy_version,
    stopped: row.stopped,
    readers: new Map(readers.map((name) => [name, toReader(name, found.get(name), chain)])),
    documents: documentsOf(row.documents ?? []),
    passages: passagesOf(row.passages ?? [], row.variants ?? []),
    definitions: new Map(Object.entries(row.definitions ?? {})),
    former: formerOf(row.former ?? []),
    formerLabels: new Map(
      [...Map.groupBy(row.former_labels ?? [], formerPassageKey)].map(([key, layers]) => [
        key,
        labelSet(...layers.map(({ labels }) => labels)),
      ]),
    ),
    salts: new Map(
      (row.documents ?? []).flatMap(({ documentId, salt }) => (salt ? [[documentId, salt] as const] : [])),
    ),
  }
}

const toReader = (name: string, row: ReaderRow | undefined, actors: readonly Actor[]): LoadedReader => ({
  name,
  kind: row?.kind ?? 'user',
  state: row?.state ?? 'unknown',
  guest: row?.guest ?? false,
  names: new Set(row?.names),
  groups: row?.groups ?? [],
  clearances: new Set(row?.clearances),
  breakGlass: row?.breakGlass ?? [],
  actors,
})

/** The version of the policies in force. */
const policyVersion = (asOf: AsOf) =>
  asOf === undefined
    ? sql<number>`w.policy_version`
    : sql<number>`coalesce((select v.version from policy_versions v where v.workspace_id = w.id and ${holds('v', asOf)}), 0)`

/** Of each reader, the names that these facts mention, and the groups. Gathered once for all: a look per reader takes the square of a thousand readers. */
const heldNames = (withFormer: boolean) => sql`
  select c.reader, array_agg(c.name) filter (where c.name in (${mentioned('now_facts')}
      ${withFormer ? sql`union all ${mentioned('former_facts')}` : sql``})) as names,
    array_agg(c.name) filter (where c.name ~ '^(group|container):') as groups
  from covering c group by c.reader`

const heldClearances = (workspaceId: string, asOf: AsOf) => sql`
  select c.reader, array_agg(distinct k.clearance) as clearances from covering c
  join clearances k on k.workspace_id = ${workspaceId} and k.principal = c.name and ${holds('k', asOf)}
  where c.name = c.reader or c.name like 'group:%' group by c.reader`

/** The clearances of reader `r`: their own, and those of groups that cover them; a space or a container clears nobody. */
export const clearancesOf = (workspaceId: string, asOf: AsOf) => sql`array(
  select distinct k.clearance from clearances k join covering c on c.name = k.principal
  where k.workspace_id = ${workspaceId} and ${holds('k', asOf)} and c.reader = r.name and (c.name = r.name or c.name like 'group:%'))`

/** The break-glass grants of reader `r` that run at this moment, by the database's clock; at a past revision, those that ran then. */
export const breakGlassOf = (workspaceId: string, asOf: AsOf) => {
  const then =
    asOf === undefined
      ? sql`clock_timestamp()`
      : sql`(select at from changes where workspace_id = ${workspaceId} and revision = ${asOf})`
  return sql`array(select json_build_object('id', b.id, 'documentId', b.document_id, 'space', b.space) from break_glass b
    where b.workspace_id = ${workspaceId} and b.principal = r.name and ${holds('b', asOf)} and b.ends_at > ${then})`
}

/** The facts of these actors, agents and apps, as one JSON list. */
export const actorFacts = (workspaceId: string, actors: readonly string[], asOf: AsOf) => sql`
  select json_agg(json_build_object('name', x.name, 'active', x.active, 'scope', x.scope, 'exceptDocumentIds', x.except_document_ids,
    'clearances', array(select k.clearance from clearances k
      where k.workspace_id = ${workspaceId} and k.principal = x.name and ${holds('k', asOf)})))
  from (
    select a.name, a.active, a.scope, a.except_document_ids from agents a
    where a.workspace_id = ${workspaceId} and a.name = any(${[...actors]}::text[]) and ${holds('a', asOf)}
    union all
    select p.name, p.state = 'active', e.scope, '{}' from acting_apps e
    join principals p on p.workspace_id = e.workspace_id and p.name = e.service_account and ${holds('p', asOf)}
    where e.workspace_id = ${workspaceId} and e.service_account = any(${[...actors]}::text[]) and ${holds('e', asOf)}
  ) x`

export type ActorRow = {
  name: string
  active: boolean
  scope: Scope
  exceptDocumentIds: string[]
  clearances: string[]
}

/** The chain of actors, each with its facts. One that is neither agent nor app has none, and covers nothing. */
export const chainOf = (names: readonly string[], found: readonly (ActorFacts & { name: string })[]): Actor[] =>
  names.map((name) => ({ name, facts: found.find((facts) => facts.name === name) }))

/** A list; a long one cut down to the entries that cover a reader. */
const entries = (list: 'allow' | 'deny') => {
  const column = sql.ref(`f.${list}`)
  return sql`case when cardinality(${column}) <= 50 then ${column}
    else array(select entry from unnest(${column}) entry where entry in (select name from covering)) end`
}

/** Every name that these facts look at. */
const mentioned = (facts: 'now_facts' | 'former_facts') => {
  const from = sql.ref(facts)
  return sql`select unnest(allow || deny || gates || space) from ${from}`
}

const layerFields = sql`'layer', f.layer, 'allow', f.allow, 'deny', f.deny, 'gates', f.gates, 'denyAgents', f.deny_agents,
  'labels', f.labels, 'state', f.state`

/**
 * Somebody labelled passages of document `d` by hand, and those of its current version (source layer `f`) are not known yet: which of them are new, and so
 * inherit, can't be told.
 */
const awaitsPassages = (asOf: AsOf) => sql<boolean>`(f.layer = 'source' and exists (
    select from passage_facts h where h.workspace_id = d.workspace_id and h.document_id = d.document_id and h.layer = 'workspace'
      and ${holds('h', asOf)})
  and not exists (
    select from document_passages k where k.workspace_id = d.workspace_id and k.document_id = d.document_id
      and k.content_version = f.content_version))`

const nowFacts = (workspaceId: string, documentIds: readonly string[], asOf: AsOf) => sql`
  select d.document_id, d.data_source_id, d.log_salt, s.space, ${asOf === undefined ? isStale : sql`false`} as stale,
    ${asOf === undefined ? awaitsPassages(asOf) : sql`false`} as awaits_passages, f.layer,
    ${entries('allow')} as allow, ${entries('deny')} as deny, f.gates, f.deny_agents, f.labels, f.state, f.content_version
  from documents d
  join data_sources s on s.workspace_id = d.workspace_id and s.data_source_id = d.data_source_id and ${holds('s', asOf)}
  join document_facts f on f.workspace_id = d.workspace_id and f.document_id = d.document_id and ${holds('f', asOf)}
  left join data_source_confirmations c on c.workspace_id = s.workspace_id and c.data_source_id = s.data_source_id
  where d.workspace_id = ${workspaceId} and d.document_id = any(${[...documentIds]}::text[]) and ${exists('d', asOf)}`

/** Passages as two arrays of the same length, to be read as rows. */
const askedPassages = (passages: readonly PassageKey[]) =>
  sql`unnest(${passages.map(({ documentId }) => documentId)}::text[], ${passages.map(({ passageId }) => passageId)}::text[])
    q(document_id, passage_id)`

const passageLabels = (workspaceId: string, passages: readonly PassageKey[], asOf: AsOf) => sql`
  select p.document_id, p.passage_id, p.layer, p.labels from ${askedPassages(passages)}
  join passage_facts p on p.workspace_id = ${workspaceId} and p.document_id = q.document_id and p.passage_id = q.passage_id
    and ${holds('p', asOf)}`

const passageVariants = (workspaceId: string, passages: readonly PassageKey[], asOf: AsOf) => sql`
  select json_agg(json_build_object('documentId', v.document_id, 'passageId', v.passage_id, 'variant', v.variant, 'hash', v.hash,
    'labels', v.labels, 'marked', v.marked, 'contentVersion', v.content_version)) from ${askedPassages(passages)}
  join passage_variants v on v.workspace_id = ${workspaceId} and v.document_id = q.document_id and v.passage_id = q.passage_id
    and v.state = 'approved' and ${holds('v', asOf)}`

const formerRows = sql`select json_agg(json_build_object('documentId', f.document_id, 'space', f.space, 'then', f.then_state,
  'contentVersion', f.of_version, ${layerFields})) from former_facts f where f.passage_id is null`
const formerLabelRows = sql`select json_agg(json_build_object('documentId', f.document_id, 'passageId', f.passage_id,
  'contentVersion', f.of_version, 'labels', f.passage_labels)) from former_facts f where f.passage_id is not null`

/** Every layer, the space, and the labels of the passages asked about, as of the last revision at which the version was the current one. */
function formerFacts(workspaceId: string, former: NonNullable<FactsQuestion['former']>) {
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

function documentsOf(rows: readonly DocumentRow[]): Map<string, DocumentFacts> {
  const documents = new Map<string, DocumentFacts>()
  for (const [documentId, layers] of Map.groupBy(rows, (row) => row.documentId)) {
    const source = layers.find(({ layer }) => layer === 'source')
    if (!source?.contentVersion) continue
    const { dataSourceId, space, stale, awaitsPassages: awaits, state, contentVersion } = source
    const own = { documentId, dataSourceId, space, stale, awaitsPassages: awaits, state, contentVersion }
    documents.set(documentId, { ...own, ...inForce(layers, space) })
  }
  return documents
}

function passagesOf(
  labels: readonly (PassageKey & { labels: string[] })[],
  variants: readonly (PassageKey & VariantFacts)[],
): Map<string, PassageFacts> {
  const [labelsOf, variantsOf] = [Map.groupBy(labels, passageKey), Map.groupBy(variants, passageKey)]
  const keys = new Map([...labels, ...variants].map((row) => [passageKey(row), row.passageId]))
  return new Map(
    [...keys].map(([key, passageId]) => [
      key,
      {
        passageId,
        labels: labelSet(...(labelsOf.get(key) ?? []).map((row) => row.labels)),
        variants: variantsOf.get(key) ?? [],
      },
    ]),
  )
}

function formerOf(rows: readonly FormerRow[]): Map<string, FormerFacts> {
  const former = new Map<string, FormerFacts>()
  for (const [key, layers] of Map.groupBy(rows, versionKey)) {
    const [first] = layers
    if (first) former.set(key, { state: first.then, ...inForce(layers, first.space) })
  }
  return former
}
