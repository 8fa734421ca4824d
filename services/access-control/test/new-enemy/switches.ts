import { newId } from '@tessera/shared/ids/ids'
import type { Written } from '../content.ts'
import { value } from '../start-access-control.ts'
import type { Shared } from './replicas.ts'

/** One fact that decides, alone, whether somebody reads a document; nothing else of the workspace changes that. */
export type Switch = {
  readonly kind: string
  readonly reader: string
  readonly actors: string[]
  readonly document: Written
  /** Acknowledged with its revision. It is on at first. */
  turn(on: boolean, replica: number): Promise<number>
}
type Make = (shared: Shared) => Promise<Switch>

/** A document that everybody may read, in a place of its own. */
async function openDocument({ aUser, aSpace, aDataSource, write }: Shared, lists: Parameters<Shared['write']>[1] = {}) {
  const reader = await aUser()
  const space = await aSpace(reader)
  const source = await aDataSource(space)
  const document = await write(source, { allow: ['public'], ...lists })
  return { reader, space, source, document, actors: [] }
}

const aMembership = (deep: number): Make =>
  async function aMembership(shared) {
    const { aUser, aGroup, aSpace, aDataSource, write, on, asAdmin } = shared
    const reader = await aUser()
    const group = await aGroup(reader)
    let outer = group
    for (let depth = 0; depth < deep; depth++) outer = await aGroup(outer)
    const document = await write(await aDataSource(await aSpace('public')), { allow: [outer] })
    const pair = { container: group, member: reader }
    return {
      ...{ kind: `a membership under ${deep} groups`, reader, actors: [], document },
      async turn(isOn, replica) {
        const { addMembership, removeMembership } = on(replica).gateway
        return value(await (isOn ? addMembership : removeMembership)(pair, asAdmin(replica))).revision
      },
    }
  }

const aSpaceMembership: Make = async (shared) => {
  const { reader, space, document, actors } = await openDocument(shared)
  return {
    ...{ kind: 'a space', reader, actors, document },
    async turn(isOn, replica) {
      const { addMembership, removeMembership } = shared.on(replica).gateway
      const pair = { container: space, member: reader }
      return value(await (isOn ? addMembership : removeMembership)(pair, shared.asAdmin(replica))).revision
    },
  }
}

const aList = (list: 'allow' | 'deny'): Make =>
  async function aList(shared) {
    const { reader, source, document, actors } = await openDocument(shared)
    return {
      ...{ kind: `an entry of ${list}`, reader, actors, document },
      async turn(isOn, replica) {
        const entries = {
          allow: list === 'allow' && !isOn ? [] : [reader],
          deny: list === 'deny' && !isOn ? [reader] : [],
        }
        const facts = { ...document, ...entries, gates: [], denyAgents: [], state: 'ready' as const }
        const call = shared.as(replica, `connector:${source}`)
        const put = { dataSourceId: source, documents: [facts] }
        return value(await shared.on(replica).connectors.putDocumentAccess(put, call)).revision
      },
    }
  }

const aClearance: Make = async (shared) => {
  const label = newId('evt').toLowerCase()
  await shared.aLabel(label, ['hr'])
  const { reader, document, actors } = await openDocument(shared, { labels: [label] })
  await shared.clear(reader, 'hr')
  return {
    ...{ kind: 'a clearance', reader, actors, document },
    async turn(isOn, replica) {
      const held = { principal: reader, clearances: isOn ? ['hr'] : [] }
      return value(await shared.on(replica).gateway.setClearances(held, shared.asAdmin(replica))).revision
    },
  }
}

const aLabel: Make = async (shared) => {
  const label = newId('evt').toLowerCase()
  await shared.aLabel(label, [])
  const { reader, document, actors } = await openDocument(shared, { labels: [label] })
  return {
    ...{ kind: 'the definition of a label', reader, actors, document },
    async turn(isOn, replica) {
      const requires = isOn ? [] : ['nobody-has-it']
      const definition = { label, title: label, requires, below: 'none' as const, hidesTitle: false }
      return value(await shared.on(replica).gateway.putLabel(definition, shared.asAdmin(replica))).revision
    },
  }
}

const aPolicy: Make = async (shared) => {
  const { reader, source, document, actors } = await openDocument(shared)
  const forbid = `@id("p") forbid(principal, action == Action::"read", resource) when { resource.dataSource == DataSource::"${source}" };`
  return {
    ...{ kind: 'a policy', reader, actors, document },
    async turn(isOn, replica) {
      const { createPolicySet, publishPolicySet } = shared.on(replica).gateway
      const draft = { title: 'Ours', text: isOn ? '' : forbid }
      const { id } = value(await createPolicySet(draft, shared.asAdmin(replica))).policySet
      return value(await publishPolicySet({ id }, shared.asAdmin(replica))).revision
    },
  }
}

const anAgent: Make = async (shared) => {
  const { reader, document } = await openDocument(shared)
  const agent = await shared.anAgent()
  return {
    ...{ kind: 'an agent', reader, actors: [agent], document },
    async turn(isOn, replica) {
      const grants = { run: [], read: [], edit: [], publish: [], administer: [] }
      const facts = { agent, active: isOn, scope: { kind: 'everything' as const }, grants }
      return value(await shared.on(replica).agents.putAgent(facts, shared.asAdmin(replica))).revision
    },
  }
}

const aLink: Make = async (shared) => {
  const { aUser, aSpace, aDataSource, write, aDirectory, on, asAdmin } = shared
  const reader = await aUser()
  const source = await aDataSource(await aSpace(reader))
  await aDirectory(source, [{ nativeId: 'eng', people: ['U1'] }])
  const document = await write(source, { allow: [`group:${source}:eng`] })
  const link = { user: reader, dataSourceId: source, nativeId: 'U1' }
  value(await on(0).gateway.linkIdentity(link, asAdmin(0)))
  return {
    ...{ kind: 'the link of a person', reader, actors: [], document },
    async turn(isOn, replica) {
      const { linkIdentity, unlinkIdentity } = on(replica).gateway
      return value(await (isOn ? linkIdentity : unlinkIdentity)(link, asAdmin(replica))).revision
    },
  }
}

export const switches: readonly Make[] = [
  ...[aMembership(0), aMembership(3), aSpaceMembership, aList('allow'), aList('deny')],
  ...[aClearance, aLabel, aPolicy, anAgent, aLink],
]
