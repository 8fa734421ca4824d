import type { Bus } from '@tessera/shared/bus/bus'
import type { Client } from '@tessera/shared/bus/contract'
import { accessContract } from '@tessera/shared/contracts/access-control'
import type { Logger } from 'pino'
import type { KnownRules } from '../redact/known-rules.ts'
import type { AccessChangesStore } from './access-changes.store.ts'
import { createDoorbell } from './doorbell.ts'

export type FollowAccessDeps = {
  bus: Bus
  access: Pick<Client<typeof accessContract>, 'changedDocuments' | 'listWorkspaces'>
  changes: AccessChangesStore
  rules: Pick<KnownRules, 'heard'>
  /** There is work for the index in this workspace. */
  workWaits: (workspaceId: string) => void
  logger: Logger
}

/** Hints may get lost; without any, changes are seen within this time. */
const pollMs = 2000
const pageSize = 500
const timeoutMs = 10_000

/** Hints that come one after the other are looked into together. */
const gatherMs = 200

/** Keeps the rows' access up with access-control until it is closed. Any number of replicas may follow: doing it twice changes nothing. */
export async function startFollowingAccess(deps: FollowAccessDeps) {
  const closing = new AbortController()
  const hints = createHints()
  await deps.bus.subscribe(accessContract, 'changed', async (hint) => hints.add(hint))
  const run = follow(deps, hints, closing.signal)
  return {
    /** Somebody waits for a revision that may not have been seen yet. */
    look: (hint: Revision) => hints.add(hint, { urgent: true }),
    async close() {
      closing.abort()
      hints.close()
      await run
    },
  }
}

type Revision = { workspaceId: string; revision: number }

/** What is known to have changed, by workspace: its newest revision. */
function createHints() {
  const given = createDoorbell()
  const pressing = createDoorbell()
  let newest = new Map<string, number>()
  return {
    add({ workspaceId, revision }: Revision, { urgent = false } = {}) {
      newest.set(workspaceId, Math.max(revision, newest.get(workspaceId) ?? 0))
      given.ring()
      if (urgent) pressing.ring()
    },
    take(): Revision[] {
      const taken = [...newest].map(([workspaceId, revision]) => ({ workspaceId, revision }))
      newest = new Map()
      return taken
    },
    /** From here on every hint counts. */
    listen() {
      const [heard, pressed] = [given.listen(), pressing.listen()]
      return {
        /** Waits for a hint, at most `ms`; and until `gatherMs` are over, unless somebody waits for it. */
        async within(ms: number) {
          const gathered = performance.now() + gatherMs
          await heard.within(ms)
          await pressed.within(Math.max(0, gathered - performance.now()))
        },
      }
    },
    close() {
      given.ring()
      pressing.ring()
    },
  }
}

async function follow(deps: FollowAccessDeps, hints: ReturnType<typeof createHints>, signal: AbortSignal) {
  let failing = false
  let polledAtMs = -pollMs
  while (!signal.aborted) {
    const heard = hints.listen()
    const polls = performance.now() >= polledAtMs + pollMs
    if (polls) polledAtMs = performance.now()
    try {
      const hinted = hints.take()
      await catchUp(deps, polls ? await allWorkspaces(deps, signal) : hinted, signal)
      failing = false
    } catch (error) {
      // Once per outage: this runs all the time.
      if (!failing && !signal.aborted) deps.logger.warn({ err: error }, 'Changes of access cannot be followed now')
      failing = true
    }
    await heard.within(Math.max(0, polledAtMs + pollMs - performance.now()))
  }
}

async function allWorkspaces({ bus, access }: FollowAccessDeps, signal: AbortSignal): Promise<Revision[]> {
  const system = { subject: 'system:retrieval', actors: [], scopes: [] }
  const answer = await access.listWorkspaces({}, bus.callFor({ ...system, workspaceId: '' }, { timeoutMs, signal }))
  if (!answer.ok) throw new Error(`${answer.fault.code}: ${answer.fault.detail}`)
  return answer.value.workspaces
}

async function catchUp(deps: FollowAccessDeps, workspaces: readonly Revision[], signal: AbortSignal): Promise<void> {
  if (workspaces.length === 0) return
  const listed = await deps.changes.listed()
  for (const { workspaceId, revision } of workspaces) {
    const from = listed.get(workspaceId)
    // Another replica may have listed them.
    deps.rules.heard(workspaceId, from?.ruleVersion ?? 0)
    if (from !== undefined && from.revision >= revision) continue
    await listChanges(deps, { workspaceId, from: from?.revision ?? 0, ruleVersion: from?.ruleVersion ?? 0 }, signal)
  }
}

/** Everything up to a page's last document but one revision was listed when the page was; so a restart in between goes on from there. */
async function listChanges(
  deps: FollowAccessDeps,
  { workspaceId, from, ruleVersion }: { workspaceId: string; from: number; ruleVersion: number },
  signal: AbortSignal,
) {
  const { bus, access, changes, rules } = deps
  let queuedFor = ruleVersion
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
    rules.heard(workspaceId, page.value.ruleVersion)
    if (page.value.ruleVersion > queuedFor) {
      queuedFor = page.value.ruleVersion
      if ((await changes.raiseRules(workspaceId, queuedFor)) > 0) deps.workWaits(workspaceId)
    }
    if (documents.length > 0 && (await changes.enqueue(workspaceId, documents)) > 0) deps.workWaits(workspaceId)
    if (!more || !last) return changes.advance(workspaceId, revision)
    await changes.advance(workspaceId, last.revision - 1)
    position = { afterRevision: last.revision, afterDocumentId: last.documentId }
  }
}
