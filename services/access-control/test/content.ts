import { newId } from '@tessera/shared/ids/ids'
import { type AccessControl, value, type Workspace } from './start-access-control.ts'

export type Lists = {
  allow?: string[]
  deny?: string[]
  gates?: string[]
  denyAgents?: string[]
  labels?: string[]
  state?: 'ready' | 'pending' | 'quarantined'
  reason?: string
}
export type Written = { documentId: string; contentVersion: string }

/** People, places and documents of one workspace, made through the bus as admins and connectors would. */
export function contentOf({ gateway, connectors, retrieval }: AccessControl, workspace: Workspace) {
  const admin = workspace.asAdmin
  const connector = (dataSourceId: string) => workspace.as(`connector:${dataSourceId}`)

  const aUser = async (
    fields: { subject?: string; guest?: boolean; roles?: ('admin' | 'auditor' | 'builder' | 'member')[] } = {},
  ) => {
    const { subject = newId('evt'), ...rest } = fields
    const made = await gateway.createUser({ issuer: workspace.issuer, subject, displayName: subject, ...rest }, admin())
    return value(made).user.name
  }
  const aGroup = async (...members: string[]) => {
    const { name } = value(await gateway.createGroup({ title: 'A group' }, admin())).group
    for (const member of members) value(await gateway.addMembership({ container: name, member }, admin()))
    return name
  }
  const aSpace = async (...members: string[]) => {
    const { name } = value(await gateway.createSpace({ title: 'A space' }, admin())).space
    for (const member of members) value(await gateway.addMembership({ container: name, member }, admin()))
    return name
  }
  const aDataSource = async (space: string, freshnessMs?: number) => {
    const dataSourceId = newId('src')
    const bound = freshnessMs === undefined ? {} : { freshnessMs }
    value(await connectors.putDataSource({ dataSourceId, space, ...bound }, admin()))
    return dataSourceId
  }
  const write = async (dataSourceId: string, lists: Lists, at: Partial<Written> = {}): Promise<Written> => {
    const { documentId = newId('doc'), contentVersion = newId('ver') } = at
    const facts = {
      documentId,
      contentVersion,
      allow: [],
      deny: [],
      gates: [],
      denyAgents: [],
      state: 'ready' as const,
      ...lists,
    }
    value(await connectors.putDocumentAccess({ dataSourceId, documents: [facts] }, connector(dataSourceId)))
    return { documentId, contentVersion }
  }
  /** Which of these documents the reader gets now, by the check. */
  const readable = async (reader: string, documents: readonly Written[], actors: string[] = []) => {
    const candidates = documents.map((document) => ({
      ...document,
      passageId: newId('psg'),
      view: 'full' as const,
      hash: 'h',
    }))
    const { allowed } = value(
      await retrieval.checkPassages({ candidates, operation: 'search' }, workspace.as(reader, actors)),
    )
    const passages = new Set(allowed.map(({ passageId }) => passageId))
    return candidates.filter(({ passageId }) => passages.has(passageId)).map(({ documentId }) => documentId)
  }
  type Row = Written & { passageId: string; view?: 'full' | 'redacted' | 'digest'; hash?: string }
  /** Which of these rows the reader may be served now: passage ids with the entitled view. */
  const served = async (reader: string, rows: readonly Row[], actors: string[] = []) => {
    const candidates = rows.map((row) => ({ view: 'full' as const, hash: 'h', ...row }))
    const call = workspace.as(reader, actors)
    const { allowed } = value(await retrieval.checkPassages({ candidates, operation: 'search' }, call))
    return allowed.map(({ passageId, entitledView }) => ({ passageId, entitledView }))
  }
  const aLabel = async (
    label: string,
    fields: { requires?: string[]; below?: 'none' | 'digest' | 'redacted'; hidesTitle?: boolean } = {},
  ) => {
    const definition = { label, title: label, requires: ['hr'], below: 'none' as const, hidesTitle: false, ...fields }
    value(await gateway.putLabel(definition, admin()))
    return label
  }
  const indexFacts = async (documentId: string) => {
    const { documents } = value(
      await retrieval.indexFacts({ documentIds: [documentId] }, workspace.as('system:retrieval')),
    )
    const [facts] = documents
    if (!facts) throw new Error(`No index facts of ${documentId}`)
    return facts
  }
  type Put = Parameters<typeof retrieval.putPassages>[0]['passages'][number]
  /** All passages of the document's version; what is not stated is empty. */
  const putPassages = (document: Written, passages: (Partial<Put> & { passageId: string })[], complete = true) => {
    const defaults = { section: 'one', sourceLabels: [], detectorLabels: [] }
    const all = passages.map((passage) => ({ ...defaults, ...passage }))
    return retrieval.putPassages({ ...document, complete, passages: all }, workspace.as('system:retrieval'))
  }
  const putLayer = (
    documentId: string,
    layer: Partial<Omit<Parameters<typeof gateway.putDocumentLayer>[0], 'documentId'>>,
    by = admin(),
  ) => gateway.putDocumentLayer({ documentId, deny: [], gates: [], denyAgents: [], labels: [], ...layer }, by)
  return {
    ...{ aUser, aGroup, aSpace, aDataSource, aLabel, write, readable, served, connector },
    ...{ indexFacts, putPassages, putLayer },
  }
}
