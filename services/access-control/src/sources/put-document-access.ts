import type { DocumentAccess } from '@tessera/shared/contracts/access-control/facts'
import { fail, ok } from '@tessera/shared/fault/result'
import type { Static } from 'typebox'
import { fault, invalid, unknown } from '../faults.ts'
import type { Make } from '../handler.ts'
import { asSet } from '../index/signature.ts'
import { mayDataSource } from '../people/may.ts'
import { brokenDocuments } from './broken-lists.ts'
import { findStanding, type LayerRow, type Standing, withLayer } from './documents.store.ts'
import { writeDocuments } from './write-documents.ts'

type Facts = Static<typeof DocumentAccess>

export const putDocumentAccess: Make<'putDocumentAccess'> = ({ write }) =>
  async function putDocumentAccess({ dataSourceId, documents }, call) {
    const errors = brokenDocuments(documents)
    if (errors.length > 0) return fail(invalid(errors))
    const operation = { operation: 'putDocumentAccess', input: { dataSourceId, documents } }
    return write(call, operation, mayDataSource(dataSourceId), async (change) => {
      const { trx, workspaceId } = change
      const documentIds = documents.map(({ documentId }) => documentId)
      const standing = await findStanding(trx, workspaceId, { documentIds, dataSourceIds: [dataSourceId] })
      const space = standing.spaces.get(dataSourceId)
      if (space === undefined) return fail(unknown('data source'))
      const taken = refusal(standing, dataSourceId)
      if (taken) return fail(taken)
      const changed = await writeDocuments(
        change,
        documents.map((facts) => {
          const before = standing.documents.get(facts.documentId)
          const place = { documentId: facts.documentId, dataSourceId, space, layers: [], passages: [] }
          return { before, after: withLayer(before ?? place, 'source', sourceLayer(facts)) }
        }),
      )
      return ok({ changed: changed.length })
    })
  }

function refusal({ documents }: Standing, dataSourceId: string) {
  const gone = [...documents.values()].find(({ deleted }) => deleted)
  if (gone) return fault('conflict', `Document ${gone.documentId} has ended; its id never comes back.`)
  const foreign = [...documents.values()].find((document) => document.dataSourceId !== dataSourceId)
  return foreign && unknown(`document ${foreign.documentId} in this data source`)
}

/** What a source says of a document, as its layer is stored. */
export const sourceLayer = (facts: Omit<Facts, 'documentId' | 'state'> & { state?: Facts['state'] }): LayerRow => ({
  layer: 'source',
  allow: asSet(facts.allow),
  deny: asSet(facts.deny),
  gates: asSet(facts.gates),
  deny_agents: asSet(facts.denyAgents),
  labels: asSet(facts.labels ?? []),
  state: facts.state ?? 'ready',
  reason: facts.reason ?? null,
  content_version: facts.contentVersion,
})
