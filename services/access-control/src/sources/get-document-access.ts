import { fail, ok } from '@tessera/shared/fault/result'
import { type Kysely, sql, type Transaction } from 'kysely'
import { readAs, readAt } from '../changes/read-at.ts'
import { revisionAsked } from '../changes/revision-asked.ts'
import { type AsOf, exists, holds } from '../check/as-of.ts'
import { isStale } from '../check/covering.ts'
import type { AccessTables } from '../database.ts'
import { futureRevision, unknown } from '../faults.ts'
import type { Make } from '../handler.ts'
import { roleFault } from '../people/may.ts'
import { isDelegateOfDocument } from '../people/delegates.ts'
import type { LayerRow, PassageRow } from './documents.store.ts'

type When = { atRevision?: number | undefined; atTime?: string | undefined }

/** What every layer says of a document: for admins and auditors, delegates of its space, and the data source that it is of. */
export const getDocumentAccess: Make<'getDocumentAccess'> = ({ db }) =>
  async function getDocumentAccess({ documentId, atLeast, ...when }, call) {
    const { workspaceId, subject } = call.caller
    if (!subject.startsWith('connector:')) {
      return readAs(db, call, { anyOf: [], atLeast }, async (reading) => {
        const refusal = roleFault(reading.row, call, ['admin', 'auditor'])
        if (refusal && !(await isDelegateOfDocument(reading.trx, call, documentId))) return fail(refusal)
        return describe(reading.trx, workspaceId, documentId, reading.revision, when)
      })
    }
    return readAt(db, workspaceId, async (trx, revision) => {
      const future = futureRevision(revision, atLeast)
      if (future) return fail(future)
      const found = await describe(trx, workspaceId, documentId, revision, when)
      // Another data source's document must not be told from a missing one.
      return found.ok && subject !== `connector:${found.value.dataSourceId}` ? fail(unknown('document')) : found
    })
  }

async function describe(
  trx: Transaction<AccessTables>,
  workspaceId: string,
  documentId: string,
  revision: number,
  when: When,
) {
  const asked = await revisionAsked(trx, workspaceId, revision, when)
  if (!asked.ok) return asked
  const found = await findLayers(trx, workspaceId, documentId, asked.value)
  const source = found?.layers.find(({ layer }) => layer === 'source')
  if (!found || !source || source.content_version === null) return fail(unknown('document'))
  return ok({
    documentId,
    dataSourceId: found.data_source_id,
    space: found.space,
    contentVersion: source.content_version,
    state: found.stale && source.state === 'ready' ? ('stale' as const) : source.state,
    ...(source.reason === null ? {} : { reason: source.reason }),
    layers: layersOf(found),
    revision: asked.value ?? revision,
  })
}

type Found = { data_source_id: string; space: string; stale: boolean; layers: LayerRow[]; passages: PassageRow[] }

/** How old facts are is known of now only. */
async function findLayers(db: Kysely<AccessTables>, workspaceId: string, documentId: string, asOf: AsOf) {
  const { rows } = await sql<Found>`
    select d.data_source_id, s.space, ${asOf === undefined ? isStale : sql`false`} as stale,
      (select coalesce(json_agg(f), '[]') from document_facts f
        where f.workspace_id = d.workspace_id and f.document_id = d.document_id and ${holds('f', asOf)}) as layers,
      (select coalesce(json_agg(json_build_object('passage_id', p.passage_id, 'layer', p.layer, 'labels', p.labels) order by p.passage_id), '[]')
        from passage_facts p
        where p.workspace_id = d.workspace_id and p.document_id = d.document_id and ${holds('p', asOf)}) as passages
    from documents d
    join data_sources s on s.workspace_id = d.workspace_id and s.data_source_id = d.data_source_id and ${holds('s', asOf)}
    left join data_source_confirmations c on c.workspace_id = s.workspace_id and c.data_source_id = s.data_source_id
    where d.workspace_id = ${workspaceId} and d.document_id = ${documentId} and ${exists('d', asOf)}`.execute(db)
  return rows[0]
}

const order = ['source', 'workspace', 'detector'] as const

function layersOf({ layers, passages }: Found) {
  return order.flatMap((layer) => {
    const row = layers.find((facts) => facts.layer === layer)
    const own = passages.filter((facts) => facts.layer === layer)
    if (!row && own.length === 0) return []
    return [
      {
        layer,
        allow: [...(row?.allow ?? [])],
        deny: [...(row?.deny ?? [])],
        gates: [...(row?.gates ?? [])],
        denyAgents: [...(row?.deny_agents ?? [])],
        labels: [...(row?.labels ?? [])],
        passages: own.map(({ passage_id, labels }) => ({ passageId: passage_id, labels: [...labels] })),
      },
    ]
  })
}
