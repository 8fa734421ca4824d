import type { ProposedChange } from '@tessera/shared/contracts/access-control/questions'
import { type Kysely, type RawBuilder, sql } from 'kysely'
import type { AccessTables } from '../../database.ts'

/** What changes could touch: it may be more than they do, never less. */
export type Reach = {
  /** Policies look at anything. */
  readonly everything: boolean
  /** Documents that mention one of these. */
  readonly names: readonly string[]
  /** Documents and passages that carry one of these. */
  readonly labels: readonly string[]
  readonly documentIds: readonly string[]
}

/**
 * The reach over the facts as this transaction sees them. Whoever comes to be covered by a name, or stops to be, does so by way of a membership that changes:
 * so the names are those at and above each changed one. Of both states together it is complete.
 */
export async function reachOf(
  db: Kysely<AccessTables>,
  workspaceId: string,
  changes: readonly ProposedChange[],
): Promise<Reach> {
  const users = changes.flatMap((change) => (change.type === 'user.changed' ? change.name : []))
  const containers = changes.flatMap((change) =>
    change.type === 'membership.added' || change.type === 'membership.removed' ? change.container : [],
  )
  const cleared = changes.flatMap((change) => (change.type === 'clearances.set' ? change.principal : []))
  const everybody = users.length > 0 ? ['public', 'workspace:members'] : []
  const { rows } = await sql<{ names: string[]; labels: string[]; broken: string[]; policies: boolean }>`
    with recursive above(name) as (
      select unnest(${[...users, ...containers, ...everybody]}::text[])
      union select l.identity from identity_links l
        where l.workspace_id = ${workspaceId} and l.user_name = any(${users}::text[]) and l.to_rev is null
      union
      select m.container from above a cross join lateral (
        select m.container from memberships m
        where m.workspace_id = ${workspaceId} and m.member = a.name and m.to_rev is null
        offset 0
      ) m
    ), held as (
      select array_agg(k.clearance) as clearances from clearances k
      where k.workspace_id = ${workspaceId} and k.to_rev is null
        and (k.principal = any(${cleared}::text[]) or k.principal in (select name from above))
    )
    select array(select name from above union select b.space from break_glass b
        where b.workspace_id = ${workspaceId} and b.principal = any(${users}::text[]) and b.space is not null and b.to_rev is null) as names,
      array(select b.document_id from break_glass b
        where b.workspace_id = ${workspaceId} and b.principal = any(${users}::text[]) and b.document_id is not null and b.to_rev is null) as broken,
      array(select l.label from labels l, held h where l.workspace_id = ${workspaceId} and l.to_rev is null and l.requires && h.clearances) as labels,
      (select w.policy_version > 0 from workspaces w where w.id = ${workspaceId}) as policies`.execute(db)
  const [row] = rows
  const aboutReaders = users.length + containers.length + cleared.length > 0
  return {
    everything: changes.some(({ type }) => type === 'policies.published') || (aboutReaders && row?.policies === true),
    names: row?.names ?? [],
    labels: [
      ...(row?.labels ?? []),
      ...changes.flatMap((change) => {
        if (change.type === 'label.defined') return change.definition.label
        return change.type === 'label.deleted' ? change.label : []
      }),
    ],
    documentIds: [
      ...(row?.broken ?? []),
      ...changes.flatMap((change) => (change.type === 'document.changed' ? change.documentId : [])),
    ],
  }
}

type Selection = {
  readonly among: readonly string[] | undefined
  /** Only documents in these spaces; all where absent. */
  readonly spaces: readonly string[] | undefined
  readonly limit: number
}

/**
 * The first of the documents that are reached, by id; or those that were asked about, which are compared whether reached or not. Each way of being reached is
 * looked for by itself, so that each finds its index.
 */
export async function reachedDocuments(
  db: Kysely<AccessTables>,
  workspaceId: string,
  reach: Reach,
  { among, spaces, limit }: Selection,
): Promise<{ ids: string[]; all: boolean }> {
  const ways = among ? [amongThese(among)] : waysOf(reach)
  const inSpaces = spaces === undefined ? sql`` : sql`and s.space = any(${[...spaces]}::text[])`
  const arms = ways.map(
    ({ from, way }) => sql`(select d.document_id from documents d
      join data_sources s on s.workspace_id = d.workspace_id and s.data_source_id = d.data_source_id and s.to_rev is null ${from}
      where d.workspace_id = ${workspaceId} and d.deleted_rev is null ${inSpaces} and ${way}
      order by d.document_id limit ${limit + 1})`,
  )
  const { rows } = await sql<{ document_id: string }>`
    select distinct document_id from (${sql.join(arms, sql` union all `)}) found order by document_id limit ${limit + 1}`.execute(
    db,
  )
  return { ids: rows.slice(0, limit).map(({ document_id }) => document_id), all: rows.length <= limit }
}

type Way = { readonly from: RawBuilder<unknown>; readonly way: RawBuilder<boolean> }

const amongThese = (among: readonly string[]): Way => ({
  from: sql``,
  way: sql<boolean>`d.document_id = any(${[...among]}::text[])`,
})

const facts = sql`join document_facts f on f.workspace_id = d.workspace_id and f.document_id = d.document_id and f.to_rev is null`
const passages = sql`join passage_facts p on p.workspace_id = d.workspace_id and p.document_id = d.document_id and p.to_rev is null`

function waysOf({ everything, names, labels, documentIds }: Reach): Way[] {
  if (everything) return [{ from: sql``, way: sql<boolean>`true` }]
  const [listed, carried] = [sql`${[...names]}::text[]`, sql`${[...labels]}::text[]`]
  const byName: Way[] = [
    { from: sql``, way: sql<boolean>`s.space = any(${listed})` },
    { from: facts, way: sql<boolean>`f.layer = 'source' and f.allow && ${listed}` },
    { from: facts, way: sql<boolean>`f.deny <> '{}' and f.deny && ${listed}` },
    { from: facts, way: sql<boolean>`f.gates <> '{}' and f.gates && ${listed}` },
  ]
  const byLabel: Way[] = [
    { from: facts, way: sql<boolean>`f.labels <> '{}' and f.labels && ${carried}` },
    { from: passages, way: sql<boolean>`p.labels && ${carried}` },
  ]
  return [amongThese(documentIds), ...(names.length > 0 ? byName : []), ...(labels.length > 0 ? byLabel : [])]
}
