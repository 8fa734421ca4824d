import { sql } from 'kysely'
import type { Change } from '../changes/writer.ts'
import { insertSignatures, type SignatureRow, signatureRow } from '../index/signatures.store.ts'
import type { DocumentState, LayerRow, PassageRow } from './documents.store.ts'
import { plannedFor } from './planned-for.ts'

/** A document as it stood (undefined: it was not known), and as it is to stand. */
export type Rewrite = { readonly before: DocumentState | undefined; readonly after: DocumentState }

/**
 * Makes documents stand as they are to: rows that differ are ended and written anew, all others stay, whatever layer they are of. Documents of which nothing
 * differs are not touched. Returns the ids of those that changed.
 */
export async function writeDocuments(change: Change, rewrites: readonly Rewrite[]): Promise<string[]> {
  const differing = rewrites.map(differences).filter((difference) => difference.differs)
  if (differing.length === 0) return []
  change.touch()
  const signed = differing.map(({ after }) => signaturesOf(after))
  await endRows(change, differing)
  await insertRows(
    change,
    differing.map((difference, index) => ({ ...difference, signature: signed[index]?.document.signature ?? '' })),
    distinct(signed.flatMap(({ document, passages }) => [document, ...passages])),
  )
  return differing.map(({ after }) => after.documentId)
}

type Difference = {
  after: DocumentState
  differs: boolean
  endedLayers: LayerRow[]
  newLayers: LayerRow[]
  endedPassages: PassageRow[]
  newPassages: PassageRow[]
}

function differences({ before, after }: Rewrite): Difference {
  const layers = difference(before?.layers ?? [], after.layers, ({ layer }) => layer, layerText)
  const passages = difference(before?.passages ?? [], after.passages, passageKey, ({ labels }) => labels.join(' '))
  const rows = {
    endedLayers: layers.ended,
    newLayers: layers.made,
    endedPassages: passages.ended,
    newPassages: passages.made,
  }
  return { after, ...rows, differs: !before || Object.values(rows).some((list) => list.length > 0) }
}

const passageKey = ({ layer, passage_id }: PassageRow) => `${layer} ${passage_id}`
const layerText = (row: LayerRow) =>
  JSON.stringify([
    row.allow,
    row.deny,
    row.gates,
    row.deny_agents,
    row.labels,
    row.state,
    row.reason,
    row.content_version,
  ])

function difference<T>(before: readonly T[], after: readonly T[], key: (row: T) => string, text: (row: T) => string) {
  const [old, now] = [new Map(before.map((row) => [key(row), row])), new Map(after.map((row) => [key(row), row]))]
  const differs = (row: T, other: T | undefined) => other === undefined || text(row) !== text(other)
  return {
    ended: before.filter((row) => differs(row, now.get(key(row)))),
    made: after.filter((row) => differs(row, old.get(key(row)))),
  }
}

/** What the filter tells apart: the passages without labels of their own, and each combination of labels that others carry. */
function signaturesOf({ dataSourceId, space, layers, passages }: DocumentState) {
  const facts = {
    dataSourceId,
    space,
    gates: layers.flatMap(({ gates }) => gates),
    documentLabels: layers.flatMap(({ labels }) => labels),
  }
  const own = Map.groupBy(passages, ({ passage_id }) => passage_id)
  const sets = new Map(
    [...own.values()].map((rows) => {
      const passageLabels = [...new Set(rows.flatMap(({ labels }) => labels))].toSorted()
      return [passageLabels.join(' '), passageLabels]
    }),
  )
  return {
    document: signatureRow({ ...facts, passageLabels: [] }),
    passages: [...sets.values()].map((passageLabels) => signatureRow({ ...facts, passageLabels })),
  }
}

const distinct = (rows: readonly SignatureRow[]) => [...new Map(rows.map((row) => [row.signature, row])).values()]

/** First of all: there is one current row per layer at any time. */
async function endRows({ trx, workspaceId, revision }: Change, differing: readonly Difference[]): Promise<void> {
  const layers = differing.flatMap(({ after, endedLayers }) =>
    endedLayers.map(({ layer }) => ({ document_id: after.documentId, layer })),
  )
  const passages = differing.flatMap(({ after, endedPassages }) =>
    endedPassages.map(({ layer, passage_id }) => ({ document_id: after.documentId, layer, passage_id })),
  )
  if (layers.length + passages.length === 0) return
  await sql`${plannedFor(differing.length)}
    with layers as (
      update document_facts f set to_rev = ${revision}
      from jsonb_to_recordset(${JSON.stringify(layers)}::jsonb) as e(document_id text, layer text)
      where f.workspace_id = ${workspaceId} and f.document_id = e.document_id and f.layer = e.layer and f.to_rev is null
    )
    update passage_facts p set to_rev = ${revision}
    from jsonb_to_recordset(${JSON.stringify(passages)}::jsonb) as e(document_id text, layer text, passage_id text)
    where p.workspace_id = ${workspaceId} and p.document_id = e.document_id and p.passage_id = e.passage_id and p.layer = e.layer
      and p.to_rev is null`.execute(trx)
}

async function insertRows(
  change: Change,
  differing: readonly (Difference & { signature: string })[],
  signed: readonly SignatureRow[],
): Promise<void> {
  const { trx, workspaceId, revision } = change
  const documents = differing.map(({ after, signature }) => ({
    document_id: after.documentId,
    data_source_id: after.dataSourceId,
    signature,
  }))
  const layers = differing.flatMap(({ after, newLayers }) =>
    newLayers.map((row) => ({ document_id: after.documentId, ...row })),
  )
  const passages = differing.flatMap(({ after, newPassages }) =>
    newPassages.map((row) => ({ document_id: after.documentId, ...row })),
  )
  const { rows } = await sql<{ new_signatures: number }>`${plannedFor(differing.length)}
    with layers as (
      insert into document_facts
        (workspace_id, document_id, layer, allow, deny, gates, deny_agents, labels, state, reason, content_version, from_rev)
      select ${workspaceId}::text, f.*, ${revision}::bigint from jsonb_to_recordset(${JSON.stringify(layers)}::jsonb) as f(document_id text,
        layer text, allow text[], deny text[], gates text[], deny_agents text[], labels text[], state text, reason text, content_version text)
    ), passages as (
      insert into passage_facts (workspace_id, document_id, passage_id, layer, labels, from_rev)
      select ${workspaceId}::text, p.*, ${revision}::bigint from jsonb_to_recordset(${JSON.stringify(passages)}::jsonb)
        as p(document_id text, passage_id text, layer text, labels text[])
    ), signed as (
      ${insertSignatures(workspaceId, signed)}
    ), documents as (
      insert into documents (workspace_id, document_id, data_source_id, index_rev, signature)
      select ${workspaceId}::text, d.document_id, d.data_source_id, ${revision}::bigint, d.signature
      from jsonb_to_recordset(${JSON.stringify(documents)}::jsonb) as d(document_id text, data_source_id text, signature text)
      on conflict (workspace_id, document_id) do update set index_rev = excluded.index_rev, signature = excluded.signature
    )
    select (select count(*) from signed)::int as new_signatures`.execute(trx)
  if (rows[0]?.new_signatures) change.touch({ readers: true })
}
