import type { Bus } from '@tessera/shared/bus/bus'
import type { Client } from '@tessera/shared/bus/contract'
import { accessContract } from '@tessera/shared/contracts/access-control'
import type { Logger } from 'pino'
import type { AccessChangesStore } from './access-changes.store.ts'
import { createDoorbell, type Doorbell } from './doorbell.ts'

export type FollowAccessDeps = {
  bus: Bus
  access: Pick<Client<typeof accessContract>, 'changedDocuments' | 'listWorkspaces'>
  changes: AccessChangesStore
  /** There is work for the index. */
  workWaits: () => void
  logger: Logger
}

/** Hints may get lost; without any, changes are seen within this time. */
const pollMs = 2000
const pageSize = 500
const timeoutMs = 10_000

/** Keeps the rows' access up with access-control until it is closed. Any number of replicas may follow: doing it twice changes nothing. */
export async function startFollowingAccess(deps: FollowAccessDeps) {
  const closing = new AbortController()
  const doorbell = createDoorbell()
  await deps.bus.subscribe(accessContract, 'changed', async () => doorbell.ring())
  const run = follow(deps, doorbell, closing.signal)
  return {
    /** Somebody knows of a change that may not have been seen yet. */
    look: doorbell.ring,
    async close() {
      closing.abort()
      doorbell.ring()
      await run
    },
  }
}

async function follow(deps: FollowAccessDeps, doorbell: Doorbell, signal: AbortSignal): Promise<void> {
  let failing = false
  while (!signal.aborted) {
    const heard = doorbell.listen()
    try {
      await catchUp(deps, signal)
      failing = false
    } catch (error) {
      // Once per outage: this runs all the time.
      if (!failing && !signal.aborted) deps.logger.warn({ err: error }, 'Changes of access cannot be followed now')
      failing = true
    }
    await heard.within(pollMs)
  }
}

async function catchUp(deps: FollowAccessDeps, signal: AbortSignal): Promise<void> {
  const { bus, access, changes } = deps
  const system = { subject: 'system:retrieval', actors: [], scopes: [] }
  const call = bus.callFor({ ...system, workspaceId: '' }, { timeoutMs, signal })
  const answer = await access.listWorkspaces({}, call)
  if (!answer.ok) throw new Error(`${answer.fault.code}: ${answer.fault.detail}`)
  const listed = await changes.listed()
  for (const { workspaceId, revision } of answer.value.workspaces) {
    const from = listed.get(workspaceId)
    if (from !== undefined && from >= revision) continue
    await listChanges(deps, { workspaceId, from: from ?? 0 }, signal)
  }
}

/** Everything up to a page's last document but one revision was listed when the page was; so a restart in between goes on from there. */
async function listChanges(
  deps: FollowAccessDeps,
  { workspaceId, from }: { workspaceId: string; from: number },
  signal: AbortSignal,
) {
  const { bus, access, changes } = deps
  const caller = { workspaceId, subject: 'system:retrieval', actors: [], scopes: [] }
  let position: { afterRevision: number; afterDocumentId?: string } = { afterRevision: from }
  let limit = pageSize
  while (!signal.aborted) {
    const page = await access.changedDocuments({ ...position, limit }, bus.callFor(caller, { timeoutMs, signal }))
    if (!page.ok && page.fault.code === 'bus.too-large' && limit > 1) {
      limit = Math.ceil(limit / 4)
      continue
    }
    if (!page.ok) throw new Error(`${page.fault.code}: ${page.fault.detail}`)
    const { documents, revision, more } = page.value
    const last = documents.at(-1)
    if (documents.length > 0 && (await changes.enqueue(workspaceId, documents)) > 0) deps.workWaits()
    if (!more || !last) return changes.advance(workspaceId, revision)
    await changes.advance(workspaceId, last.revision - 1)
    position = { afterRevision: last.revision, afterDocumentId: last.documentId }
  }
}
