import { newId } from '@tessera/shared/ids/ids'
import { value } from '../start-access-control.ts'
import type { Built } from './build.ts'
import type { Change } from './changes.ts'
import { passageLabels } from './reference.ts'
import type { Agent, Document, Policy, Ref, Who, World } from './world.ts'

export const labelName = (label: number) => `l${label}`
const source = (built: Built, number: number) => built.sources[number] ?? ''

/** Makes the change in the service; `world` is the one after it. */
export async function apply(built: Built, world: World, change: Change): Promise<void> {
  const { access, workspace, nameOf } = built
  const { gateway, connectors } = access
  const admin = workspace.asAdmin()
  switch (change.type) {
    case 'join':
    case 'leave': {
      const pair = { container: nameOf(change.container), member: nameOf(change.member) }
      // An ended group takes no members; that it says so is tested elsewhere.
      await (change.type === 'join' ? gateway.addMembership(pair, admin) : gateway.removeMembership(pair, admin))
      return
    }
    case 'delete-group':
      await gateway.deleteGroup({ name: nameOf(`g${change.group}`) }, admin)
      return
    case 'person': {
      const { guest, state } = change
      value(await gateway.updateUser({ name: nameOf(`u${change.person}`), guest, state }, admin))
      return
    }
    case 'link':
      return link(built, change.person, change.linked)
    case 'clear':
      // Containers hold none, and an ended group is nobody.
      await gateway.setClearances({ principal: nameOf(change.principal), clearances: change.clearances }, admin)
      return
    case 'label':
      if (change.definition) return putLabel(built, change.label, change.definition)
      await gateway.deleteLabel({ label: labelName(change.label) }, admin)
      return
    case 'directory':
      return putDirectory(built, world)
    case 'document':
      return putDocument(built, world, change.document)
    case 'own':
      return putOwn(built, world, change.document)
    case 'remove': {
      const dataSourceId = source(built, world.documents[change.document]?.source ?? 0)
      const documentIds = [built.documents[change.document]?.documentId ?? '']
      await connectors.removeDocuments({ dataSourceId, documentIds }, workspace.as(`connector:${dataSourceId}`))
      return
    }
    case 'agent':
      value(
        await access.agents.putAgent(
          withoutGrants(agentFacts(built, change.agent, change.facts)),
          workspace.as('system:agents'),
        ),
      )
      return
    case 'move': {
      const bound = world.sources[change.source]?.stale ? { freshnessMs: 3_600_000 } : {}
      const moved = { dataSourceId: source(built, change.source), space: nameOf(`s${change.space}`), ...bound }
      value(await connectors.putDataSource(moved, admin))
      return
    }
    case 'policies':
      return publish(built, change.policies)
  }
}

export async function putDirectory({ access, workspace, sources }: Built, { sourceGroups }: World) {
  const [directory = ''] = sources
  const groups = sourceGroups.map(({ container, people, nested }, index) => ({
    nativeId: `g${index}`,
    kind: container ? ('container' as const) : ('group' as const),
    title: `G${index}`,
    people: people.map((person) => `p${person}`),
    groups: nested.filter((one) => !sourceGroups[one]?.container).map((one) => `g${one}`),
    containers: nested.filter((one) => sourceGroups[one]?.container).map((one) => `g${one}`),
  }))
  const connector = workspace.as(`connector:${directory}`)
  value(await access.connectors.putDirectory({ dataSourceId: directory, groups }, connector))
}

export async function link({ access, workspace, nameOf, sources }: Built, person: number, linked: boolean) {
  const who = { user: nameOf(`u${person}`), dataSourceId: sources[0] ?? '', nativeId: `p${person}` }
  const { linkIdentity, unlinkIdentity } = access.gateway
  await (linked ? linkIdentity(who, workspace.asAdmin()) : unlinkIdentity(who, workspace.asAdmin()))
}

async function putLabel({ access, workspace }: Built, label: number, definition: NonNullable<World['labels'][number]>) {
  const made = { label: labelName(label), title: 'L', hidesTitle: false, ...definition }
  value(await access.gateway.putLabel(made, workspace.asAdmin()))
}

export async function setClearances({ access, workspace }: Built, principal: string, clearances: readonly string[]) {
  value(await access.gateway.setClearances({ principal, clearances: [...clearances] }, workspace.asAdmin()))
}

/** Containers are gates; where the world has a group, no container of this name exists, and the gate covers nobody. */
const gateName = (built: Built, gate: Ref) => built.nameOf(gate).replace(/^group:/, 'container:')

export function documentFacts(built: Built, facts: Document, index: number) {
  const { documentId = '', contentVersion = '' } = built.documents[index] ?? {}
  return {
    documentId,
    contentVersion,
    allow: facts.allow.map(built.nameOf),
    deny: facts.deny.map(built.nameOf),
    gates: facts.gates.map((gate) => gateName(built, gate)),
    denyAgents: facts.denyAgents.map(built.nameOf),
    labels: facts.labels.map(labelName),
    state: facts.state,
  }
}

/** Other content under other lists. */
async function putDocument(built: Built, world: World, index: number) {
  const { access, workspace, documents } = built
  const [facts, document] = [world.documents[index], documents[index]]
  if (!facts || !document || facts.deleted) return
  document.formerVersions.push(document.contentVersion)
  document.contentVersion = newId('ver')
  const dataSourceId = source(built, facts.source)
  const written = { dataSourceId, documents: [documentFacts(built, facts, index)] }
  value(await access.connectors.putDocumentAccess(written, workspace.as(`connector:${dataSourceId}`)))
}

export async function putOwn(built: Built, world: World, index: number) {
  const { access, workspace, nameOf, documents } = built
  const [facts, document] = [world.documents[index], documents[index]]
  if (!facts || !document || facts.deleted) return
  const { deny, gates, denyAgents, labels, passages } = facts.own ?? noneOwn
  const layer = {
    documentId: document.documentId,
    deny: deny.map(nameOf),
    gates: gates.map((gate) => gateName(built, gate)),
    denyAgents: denyAgents.map(nameOf),
    labels: labels.map(labelName),
    passages: passages.flatMap((own, at) => {
      const passageId = document.passages[at]?.passageId
      return own.length > 0 && passageId !== undefined ? [{ passageId, labels: own.map(labelName) }] : []
    }),
  }
  value(await access.gateway.putDocumentLayer(layer, workspace.asAdmin()))
}

const noneOwn = { deny: [], gates: [], denyAgents: [], labels: [], passages: [] }

/** As retrieval does when content came, or when its labels changed: with a redacted text made for the labels in force. */
export async function putPassages(built: Built, world: World, index: number): Promise<void> {
  const { access, workspace, documents } = built
  const [facts, document] = [world.documents[index], documents[index]]
  if (!facts || !document || facts.deleted) return
  const passages = facts.passages.map(({ labels, marked }, at) => {
    const passage = document.passages[at]
    const inForce = passageLabels(facts, at)
    const redacted = { hash: newId('evt'), labels: inForce, contentVersion: document.contentVersion }
    if (passage) passage.redacted = redacted
    return {
      passageId: passage?.passageId ?? '',
      section: 'section',
      sourceLabels: labels.map(labelName),
      detectorLabels: [],
      redacted: {
        hash: redacted.hash,
        marked: marked.map(labelName),
        labels: inForce.map(labelName),
        hidesTitle: true,
      },
    }
  })
  const { documentId, contentVersion } = document
  const put = { documentId, contentVersion, complete: true, passages }
  value(await access.retrieval.putPassages(put, workspace.as('system:retrieval')))
}

export function agentFacts({ agentNames, documents, nameOf, sources }: Built, index: number, agent: Agent) {
  const idsOf = (numbers: readonly number[]) => numbers.map((number) => documents[number]?.documentId ?? '')
  return {
    agent: agentNames[index] ?? '',
    active: agent.active,
    scope:
      agent.scope === null
        ? ({ kind: 'everything' } as const)
        : {
            kind: 'selected' as const,
            dataSourceIds: agent.scope.sources.map((number) => sources[number] ?? ''),
            spaces: agent.scope.spaces.map((space) => nameOf(`s${space}`)),
            documentIds: idsOf(agent.scope.documents),
          },
    exceptDocumentIds: idsOf(agent.except),
  }
}

const withoutGrants = (facts: ReturnType<typeof agentFacts>) => ({
  ...facts,
  grants: { run: [], read: [], edit: [], publish: [], administer: [] },
})

export async function publish(built: Built, policies: readonly Policy[]) {
  const { access, workspace } = built
  const text = policies.map((policy, index) => cedarOf(built, policy, index)).join('\n')
  const { policySet } = value(await access.gateway.createPolicySet({ title: 'P', text }, workspace.asAdmin()))
  value(await access.gateway.publishPolicySet({ id: policySet.id }, workspace.asAdmin()))
}

function cedarOf(built: Built, { action, who, what, unless }: Policy, index: number): string {
  const exception = unless ? ` unless { ${cedarWho(built, unless)} }` : ''
  const about = {
    anything: () => 'true',
    label: () => what.kind === 'label' && `resource.labels.contains("${labelName(what.label)}")`,
    source: () => what.kind === 'source' && `resource.dataSource == DataSource::"${source(built, what.source)}"`,
    space: () => what.kind === 'space' && `resource.space == Space::"${built.nameOf(`s${what.space}`)}"`,
  }[what.kind]()
  return `@id("p${index}") forbid(principal, action == Action::"${action}", resource) when { (${cedarWho(built, who)}) && (${about}) }${exception};`
}

function cedarWho({ nameOf }: Built, who: Who): string {
  switch (who.kind) {
    case 'anybody':
      return 'true'
    case 'guest':
      return 'principal.guest'
    case 'service':
      return 'principal is ServiceAccount'
    case 'group':
      return `principal in Group::"${nameOf(who.group)}"`
    case 'clearance':
      return `principal.clearances.contains("${who.clearance}")`
  }
}
