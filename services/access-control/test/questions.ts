import { newId } from '@tessera/shared/ids/ids'
import { contentOf, type Written } from './content.ts'
import { type AccessControl, value, type Workspace } from './start-access-control.ts'

/** What a question needs beside content: labels, policies, agents, clearances, and the question itself. */
export async function askableContent(access: AccessControl, given?: Workspace) {
  const workspace = given ?? (await access.aWorkspace())
  const content = contentOf(access, workspace)
  const { gateway, agents, connectors } = access
  const admin = workspace.asAdmin

  const aLabel = async (label: string, requires: string[], below: 'none' | 'digest' | 'redacted' = 'none') =>
    value(await gateway.putLabel({ label, title: label, requires, below, hidesTitle: false }, admin()))
  const clear = async (principal: string, ...clearances: string[]) =>
    value(await gateway.setClearances({ principal, clearances }, admin()))
  const draft = async (text: string) =>
    value(await gateway.createPolicySet({ title: 'Ours', text, tests: [] }, admin())).policySet.id
  const publish = async (text: string) => {
    const id = await draft(text)
    return { id, ...value(await gateway.publishPolicySet({ id }, admin())) }
  }
  const anAgent = async (facts: { active?: boolean; dataSourceIds?: string[] } = {}) => {
    const agent = `agent:${newId('agt')}`
    const { active = true, dataSourceIds } = facts
    const scope = dataSourceIds ? ({ kind: 'selected', dataSourceIds } as const) : ({ kind: 'everything' } as const)
    const grants = { run: [], read: [], edit: [], publish: [], administer: [] }
    value(await agents.putAgent({ agent, active, scope, grants }, admin()))
    return agent
  }
  /** What the workspace itself says of a document. */
  const layer = async (
    documentId: string,
    lists: {
      deny?: string[]
      gates?: string[]
      denyAgents?: string[]
      labels?: string[]
      passages?: { passageId: string; labels: string[] }[]
    },
  ) =>
    value(
      await gateway.putDocumentLayer(
        { documentId, deny: [], gates: [], denyAgents: [], labels: [], ...lists },
        admin(),
      ),
    )
  /** All passages of a version, with the labels that the source gives them. */
  const putPassages = async (version: Written, labels: Record<string, string[]>) => {
    const passages = Object.entries(labels).map(([passageId, sourceLabels]) => ({
      ...{ passageId, section: 'all', sourceLabels, detectorLabels: [] },
    }))
    const put = { ...version, ruleVersion: 0, complete: true, passages }
    value(await access.retrieval.putPassages(put, workspace.as('system:retrieval')))
  }
  const member = (container: string, who: string) => gateway.addMembership({ container, member: who }, admin())
  const leave = (container: string, who: string) => gateway.removeMembership({ container, member: who }, admin())
  const aDirectory = async (
    dataSourceId: string,
    groups: { nativeId: string; people?: string[]; groups?: string[]; kind?: 'group' | 'container' }[],
  ) => {
    const listed = groups.map(({ nativeId, kind = 'group', people = [], groups: nested = [] }) => ({
      ...{ nativeId, kind, title: nativeId, people, groups: nested },
    }))
    value(await connectors.putDirectory({ dataSourceId, groups: listed }, content.connector(dataSourceId)))
  }
  type Asked = Parameters<typeof gateway.explain>[0]
  const explain = async (question: Asked['question'], when: Omit<Asked, 'question'> = {}) =>
    value(await gateway.explain({ question, ...when }, admin()))
  return {
    ...content,
    workspace,
    admin,
    aLabel,
    clear,
    draft,
    publish,
    anAgent,
    layer,
    putPassages,
    member,
    leave,
    aDirectory,
    explain,
  }
}
