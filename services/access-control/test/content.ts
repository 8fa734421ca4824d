import { newId } from '@tessera/shared/ids/ids'
import { type AccessControl, value, type Workspace } from './start-access-control.ts'

export type Lists = {
  allow?: string[]
  deny?: string[]
  gates?: string[]
  denyAgents?: string[]
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
      await retrieval.checkPassages({ candidates, purpose: 'search' }, workspace.as(reader, actors)),
    )
    const passages = new Set(allowed.map(({ passageId }) => passageId))
    return candidates.filter(({ passageId }) => passages.has(passageId)).map(({ documentId }) => documentId)
  }
  return { aUser, aGroup, aSpace, aDataSource, write, readable, connector }
}
