import type { DocumentAccess } from '@tessera/shared/contracts/access-control'
import { fail, ok } from '@tessera/shared/fault/result'
import type { Static } from 'typebox'
import type { Change } from '../changes/writer.ts'
import { fault, invalid, unknown } from '../faults.ts'
import type { Make } from '../handler.ts'
import { mayDataSource } from '../people/may.ts'
import { brokenLists } from './broken-lists.ts'
import { findStanding, replaceSourceLayer, type Standing } from './documents.store.ts'

type Facts = Static<typeof DocumentAccess>

export const putDocumentAccess: Make<'putDocumentAccess'> = ({ write }) =>
  async function putDocumentAccess({ dataSourceId, documents }, call) {
    const errors = brokenLists(documents)
    if (errors.length > 0) return fail(invalid(errors))
    return write(call, 'putDocumentAccess', mayDataSource(dataSourceId), async (change) => {
      const { trx, workspaceId } = change
      const ids = documents.map(({ documentId }) => documentId)
      const standing = await findStanding(trx, { workspaceId, dataSourceId }, ids)
      if (!standing) return fail(unknown('data source'))
      const taken = refusal(standing, dataSourceId)
      if (taken) return fail(taken)
      const changed = documents.map(normalised).filter((facts) => differs(facts, standing))
      if (changed.length > 0) await store(change, dataSourceId, standing, changed)
      return ok({ changed: changed.length })
    })
  }

function store(change: Change, dataSourceId: string, { space, layers }: Standing, changed: readonly Facts[]) {
  change.touch()
  return replaceSourceLayer(
    change,
    { dataSourceId, space },
    changed.map((facts) => ({
      ...facts,
      reason: facts.reason ?? null,
      otherGates: layers
        .filter(({ document_id, layer }) => document_id === facts.documentId && layer !== 'source')
        .flatMap(({ gates }) => gates),
    })),
  )
}

function refusal({ documents }: Standing, dataSourceId: string) {
  const gone = documents.find(({ deleted_rev }) => deleted_rev !== null)
  if (gone) return fault('conflict', `Document ${gone.document_id} has ended; its id never comes back.`)
  const foreign = documents.find((row) => row.data_source_id !== dataSourceId)
  return foreign && unknown(`document ${foreign.document_id} in this data source`)
}

/** Lists are sets: their order says nothing. */
const normalised = (facts: Facts): Facts => ({
  ...facts,
  allow: asSet(facts.allow),
  deny: asSet(facts.deny),
  gates: asSet(facts.gates),
  denyAgents: asSet(facts.denyAgents),
})
const asSet = (names: readonly string[]) => [...new Set(names)].toSorted()

function differs(facts: Facts, { layers }: Standing): boolean {
  const row = layers.find(({ document_id, layer }) => document_id === facts.documentId && layer === 'source')
  return (
    !row ||
    row.content_version !== facts.contentVersion ||
    row.state !== facts.state ||
    row.reason !== (facts.reason ?? null) ||
    !same(row.allow, facts.allow) ||
    !same(row.deny, facts.deny) ||
    !same(row.gates, facts.gates) ||
    !same(row.deny_agents, facts.denyAgents)
  )
}

const same = (left: readonly string[], right: readonly string[]) =>
  left.length === right.length && left.every((name, index) => name === right[index])
