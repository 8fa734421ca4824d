import type { IndexFacts } from '@tessera/shared/contracts/access-control/index-facts'
import { type Kysely, sql } from 'kysely'
import type { AccessTables } from '../database.ts'
import { existingVariant } from '../decide/decide.ts'
import {
  hidesTitle,
  inForce,
  labelSet,
  type LabelDefinitions,
  type LayerFacts,
  type Lists,
  type VariantFacts,
} from '../decide/facts.ts'
import { findDefinitions } from '../labels/labels.store.ts'
import { plannedFor } from '../sources/planned-for.ts'
import { awaitsPassages } from './awaits-passages.ts'
import { signatureOf } from './signature.ts'

/** What index rows of these documents must carry, in the order asked. Unknown documents are left out, deleted ones are not searchable. */
export async function loadIndexFacts(
  db: Kysely<AccessTables>,
  workspaceId: string,
  documentIds: readonly string[],
): Promise<{ documents: IndexFacts[]; ruleVersion: number }> {
  const { rows } = await sql<{ rule_version: number; documents: Row[] }>`${plannedFor(documentIds.length)}
    select w.rule_version, (select coalesce(json_agg(json_build_object('documentId', d.document_id, 'dataSourceId', d.data_source_id,
        'deleted', d.deleted_rev is not null, 'revision', d.index_rev, 'signature', d.signature, 'space', s.space,
        'layers', ${layers}, 'labelled', ${labelled}, 'variants', ${variants}, 'awaitsPassages', ${awaitsPassages('d', 'f')})), '[]')
      from documents d
      join data_sources s on s.workspace_id = d.workspace_id and s.data_source_id = d.data_source_id and s.to_rev is null
      join document_facts f on f.workspace_id = d.workspace_id and f.document_id = d.document_id and f.layer = 'source' and f.to_rev is null
      where d.workspace_id = w.id and d.document_id = any(${[...documentIds]}::text[])) as documents
    from workspaces w where w.id = ${workspaceId}`.execute(db)
  const definitions = await findDefinitions(db, workspaceId)
  const byId = new Map(rows[0]?.documents.map((row) => [row.documentId, row]))
  const found = documentIds.flatMap((documentId) => byId.get(documentId) ?? [])
  return {
    documents: found.map((row) => toIndexFacts(row, definitions)),
    ruleVersion: rows[0]?.rule_version ?? 0,
  }
}

const layers = sql`(select json_agg(json_build_object('layer', l.layer, 'allow', l.allow, 'deny', l.deny, 'gates', l.gates,
    'denyAgents', l.deny_agents, 'labels', l.labels, 'state', l.state, 'contentVersion', l.content_version))
  from document_facts l where l.workspace_id = d.workspace_id and l.document_id = d.document_id and l.to_rev is null)`

const labelled = sql`(select coalesce(json_agg(json_build_object('passageId', p.passage_id, 'labels', p.labels)), '[]')
  from passage_facts p where p.workspace_id = d.workspace_id and p.document_id = d.document_id and p.to_rev is null)`

/** A proposed digest is none. */
const variants = sql`(select coalesce(json_agg(json_build_object('passageId', v.passage_id, 'variant', v.variant, 'hash', v.hash,
    'labels', v.labels, 'marked', v.marked, 'hidesTitle', v.hides_title, 'contentVersion', v.content_version)), '[]')
  from passage_variants v
  where v.workspace_id = d.workspace_id and v.document_id = d.document_id and v.state = 'approved' and v.to_rev is null)`

type Row = {
  documentId: string
  dataSourceId: string
  deleted: boolean
  revision: number
  signature: string
  space: string
  layers: LayerFacts[]
  labelled: { passageId: string; labels: string[] }[]
  variants: ({ passageId: string } & VariantFacts)[]
  awaitsPassages: boolean
}

function toIndexFacts(row: Row, definitions: LabelDefinitions): IndexFacts {
  const { documentId, dataSourceId, space, signature, awaitsPassages: awaits, revision } = row
  const source = row.layers.find(({ layer }) => layer === 'source')
  const lists = inForce(row.layers, space)
  const searchable = !row.deleted && source?.state === 'ready'
  return {
    documentId,
    dataSourceId,
    space,
    contentVersion: source?.contentVersion ?? '',
    searchable,
    allow: searchable ? [...lists.allow] : [],
    deny: [...lists.deny],
    denyAgents: [...lists.denyAgents],
    signature,
    labels: [...lists.labels],
    hidesTitle: hidesTitle(lists.labels, definitions),
    passages: passagesOf(row, lists, definitions),
    awaitsPassages: awaits,
    revision,
  }
}

/** Those of which something else is to be said than of their document. */
function passagesOf(row: Row, lists: Lists, definitions: LabelDefinitions): IndexFacts['passages'] {
  const own = Map.groupBy(row.labelled, ({ passageId }) => passageId)
  const variantsOf = Map.groupBy(row.variants, ({ passageId }) => passageId)
  return [...new Set([...own.keys(), ...variantsOf.keys()])].toSorted().map((passageId) => {
    const labels = labelSet(...(own.get(passageId) ?? []).map((facts) => facts.labels))
    const passage = { passageId, labels, variants: variantsOf.get(passageId) ?? [] }
    const hashOf = (variant: VariantFacts['variant']) => existing(row, lists, passage, definitions, variant)?.hash
    const [redactedHash, digestHash] = [hashOf('redacted'), hashOf('digest')]
    const all = labelSet(lists.labels, labels)
    return {
      passageId,
      signature: signatureOfPassage(row, lists, labels),
      labels: all,
      hidesTitle: hidesTitle(all, definitions),
      ...(redactedHash === undefined ? {} : { redactedHash }),
      ...(digestHash === undefined ? {} : { digestHash }),
    }
  })
}

function existing(
  row: Row,
  lists: Lists,
  passage: { passageId: string; labels: string[]; variants: VariantFacts[] },
  definitions: LabelDefinitions,
  variant: VariantFacts['variant'],
) {
  const source = row.layers.find(({ layer }) => layer === 'source')
  if (!source || source.contentVersion === null) return undefined
  const { documentId, dataSourceId, space, awaitsPassages: awaits } = row
  const { state, contentVersion } = source
  const document = {
    documentId,
    dataSourceId,
    space,
    ...lists,
    state,
    stale: false,
    awaitsPassages: awaits,
    contentVersion,
  }
  return existingVariant({ document, passage, definitions }, variant)
}

const signatureOfPassage = ({ dataSourceId, space, signature, layers: all }: Row, lists: Lists, own: string[]) =>
  own.length === 0
    ? signature
    : signatureOf({
        dataSourceId,
        space,
        gates: all.flatMap(({ gates }) => gates),
        documentLabels: lists.labels,
        passageLabels: own,
      })
