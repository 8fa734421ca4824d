import type { ProposedChange } from '@tessera/shared/contracts/access-control/questions'
import type { Fault } from '@tessera/shared/fault/fault'
import type { Transaction } from 'kysely'
import type { Change } from '../../changes/writer.ts'
import type { AccessTables } from '../../database.ts'
import { fault, invalid } from '../../faults.ts'
import { asSet } from '../../index/signature.ts'
import { holdsClearances, replaceClearances } from '../../labels/clearances.store.ts'
import { replaceDefinitions } from '../../labels/labels.store.ts'
import { definePrincipal, endPrincipal, findName } from '../../people/principals.store.ts'
import { brokenLists } from '../../sources/broken-lists.ts'
import { findStanding, type LayerRow, type PassageRow, withLayer, withPassages } from '../../sources/documents.store.ts'
import { writeDocuments } from '../../sources/write-documents.ts'

type ChangeFault = Fault<'access.invalid' | 'access.not-found'>
type Proposed<T extends ProposedChange['type']> = Extract<ProposedChange, { type: T }>
/** The change, its transaction, and where it stands in what was asked. */
type Applying<T extends ProposedChange['type']> = { change: Change; proposed: Proposed<T>; at: string }

/**
 * Makes the proposed changes, each on top of those before, as the operation of the same name would. For a transaction that is rolled back: the workspace's row
 * is not locked, and its revision not raised.
 */
export async function applyChanges(
  trx: Transaction<AccessTables>,
  workspaceId: string,
  revision: number,
  changes: readonly ProposedChange[],
): Promise<ChangeFault | undefined> {
  for (const [index, proposed] of changes.entries()) {
    // A revision of its own for each: a fact that one of them makes may be ended by the next.
    const change = { trx, workspaceId, revision: revision + 1 + index, approved: undefined, touch: () => undefined }
    const refusal = await apply(change, proposed, `/changes/${index}`)
    if (refusal) return refusal
  }
  return undefined
}

async function apply(change: Change, proposed: ProposedChange, at: string): Promise<ChangeFault | undefined> {
  switch (proposed.type) {
    case 'membership.added':
      return addMember({ change, proposed, at })
    case 'membership.removed':
      return removeMember({ change, proposed, at })
    case 'clearances.set':
      return setClearances({ change, proposed, at })
    case 'label.defined':
      await replaceDefinitions(change, [proposed.definition.label], [proposed.definition])
      return undefined
    case 'label.deleted':
      await replaceDefinitions(change, [proposed.label], [])
      return undefined
    case 'user.changed':
      return changeUser({ change, proposed, at })
    case 'document.changed':
      return changeDocument({ change, proposed, at })
    case 'policies.published':
      // Their text is asked directly.
      return undefined
  }
}

const missing = (what: string, at: string) => fault('not-found', `No such ${what} here: ${at}.`)

async function addMember({ change, proposed, at }: Applying<'membership.added'>) {
  const { trx, workspaceId, revision } = change
  const { container, member } = proposed
  const place = await findName(trx, workspaceId, container)
  if (!place || !['group', 'container', 'space'].includes(place.kind)) return missing('group or space', at)
  const refusal = await memberFault(change, member, place.data_source_id, at)
  if (refusal || (await membership(change, proposed).select('from_rev').executeTakeFirst())) return refusal
  await trx
    .insertInto('memberships')
    .values({
      workspace_id: workspaceId,
      container,
      member,
      data_source_id: place.data_source_id,
      from_rev: revision,
      to_rev: null,
    })
    .execute()
  return undefined
}

/** A source puts its own people into its groups; everywhere else stands who is known here. */
async function memberFault({ trx, workspaceId }: Change, member: string, source: string | null, at: string) {
  if (member === 'workspace:members' || member === 'public') return undefined
  if (source !== null && member.startsWith(`identity:${source}:`)) return undefined
  if (/^(space|agent|identity):/.test(member)) {
    return invalid([{ field: `${at}/member`, rule: 'must not be a space, an agent or somebody of another source' }])
  }
  return (await findName(trx, workspaceId, member)) ? undefined : missing('member', at)
}

const membership = ({ trx, workspaceId }: Change, { container, member }: { container: string; member: string }) =>
  trx
    .selectFrom('memberships')
    .where('workspace_id', '=', workspaceId)
    .where('container', '=', container)
    .where('member', '=', member)
    .where('to_rev', 'is', null)

async function removeMember({ change, proposed }: Applying<'membership.removed'>) {
  const { trx, workspaceId, revision } = change
  await trx
    .updateTable('memberships')
    .set({ to_rev: revision })
    .where('workspace_id', '=', workspaceId)
    .where('container', '=', proposed.container)
    .where('member', '=', proposed.member)
    .where('to_rev', 'is', null)
    .execute()
  return undefined
}

async function setClearances({ change, proposed, at }: Applying<'clearances.set'>) {
  const { principal } = proposed
  if (!holdsClearances(principal)) {
    return invalid([{ field: `${at}/principal`, rule: 'must be a user, a service account, a group or an agent' }])
  }
  await replaceClearances(change, [proposed])
  return undefined
}

async function changeUser({ change, proposed, at }: Applying<'user.changed'>) {
  const row = await findName(change.trx, change.workspaceId, proposed.name)
  if (row?.kind !== 'user') return missing('user', at)
  await endPrincipal(change, row.name)
  const { name, kind, title, roles, issuer, subject } = row
  const { state = row.state, guest = row.guest } = proposed
  await definePrincipal(change, { name, kind, title, roles, issuer, subject, state, guest })
  return undefined
}

/** The workspace's own layer of a document is replaced, with the labels that it gives to passages. */
async function changeDocument({ change, proposed, at }: Applying<'document.changed'>) {
  const { documentId, deny, gates, denyAgents, labels, passages = [] } = proposed
  const errors = brokenLists({ deny, gates, denyAgents }, at)
  if (errors.length > 0) return invalid(errors)
  const standing = await findStanding(change.trx, change.workspaceId, { documentIds: [documentId] })
  const before = standing.documents.get(documentId)
  if (!before || before.deleted) return missing('document', at)
  const row: LayerRow = {
    layer: 'workspace',
    allow: [],
    deny: asSet(deny),
    gates: asSet(gates),
    deny_agents: asSet(denyAgents),
    labels: asSet(labels),
    state: 'ready',
    reason: null,
    content_version: null,
  }
  const carried = Map.groupBy(passages, ({ passageId }) => passageId)
  const rows = [...carried].map(([passageId, named]): PassageRow => ({
    passage_id: passageId,
    layer: 'workspace',
    labels: asSet(named.flatMap((passage) => passage.labels)),
  }))
  await writeDocuments(change, [
    { before, after: withPassages(withLayer(before, 'workspace', row), ['workspace'], rows) },
  ])
  return undefined
}
