import type { Bus } from '@tessera/shared/bus/bus'
import {
  accessContract,
  accessFaults,
  type AgentScope,
  type IndexFacts,
  type ReaderFilter,
} from '@tessera/shared/contracts/access-control'
import { fail, ok } from '@tessera/shared/fault/result'
import { newId } from '@tessera/shared/ids/ids'

type Facts = Omit<IndexFacts, 'documentId' | 'revision' | 'signature'>
type Check = { candidates: number; purpose: string; decisionId: string; queryHash: string | undefined }

const { indexFacts, changedDocuments, listWorkspaces, readerFilter, checkPassages, checkRole } =
  accessContract.operations
const served = {
  ...accessContract,
  operations: { indexFacts, changedDocuments, listWorkspaces, readerFilter, checkPassages, checkRole },
}

/**
 * An access-control of one workspace that decides by lists alone: enough to meet retrieval over the real bus. `names` says who covers a reader; `hold` lets
 * the filter (not the check) go on showing what stood then, as a filter that lags.
 */
export async function serveAccess(bus: Bus) {
  const workspaceId = newId('wsp')
  const documents = new Map<string, IndexFacts>()
  const covering = new Map<string, string[]>()
  const scopes = new Map<string, AgentScope>()
  const checks: Check[] = []
  const state = { revision: 1, hints: true, down: false, held: undefined as Map<string, string[]> | undefined }

  const raise = async () => {
    state.revision++
    if (!state.hints) return
    const payload = { workspaceId, revision: state.revision }
    await bus.publish(accessContract, 'changed', payload, { dedupId: `${workspaceId}:${state.revision}` })
  }
  const namesOf = (subject: string, names = covering) => [subject, ...(names.get(subject) ?? [])]
  const mayRead = (subject: string, actors: readonly string[], facts: IndexFacts | undefined, version: string) => {
    const names = namesOf(subject)
    const agentsMay = actors.every((agent) => {
      const scope = scopes.get(agent)
      const denied = facts?.denyAgents.some((name) => name === '*' || name === agent)
      return (
        !denied && (scope === undefined || scope.kind === 'everything' || scope.spaces?.includes(facts?.space ?? ''))
      )
    })
    return (
      facts !== undefined &&
      facts.searchable &&
      facts.contentVersion === version &&
      agentsMay &&
      !facts.deny.some((name) => names.includes(name)) &&
      facts.allow.some((name) => names.includes(name))
    )
  }

  await bus.serve(served, {
    indexFacts: async ({ documentIds }) => {
      if (state.down) throw new Error('Switched off by the test')
      const found = documentIds.flatMap((id) => documents.get(id) ?? [])
      return ok({ documents: found, revision: state.revision })
    },
    changedDocuments: async ({ afterRevision, afterDocumentId = '', limit }) => {
      if (state.down) throw new Error('Switched off by the test')
      const after = [...documents.values()]
        .filter(
          ({ revision, documentId }) =>
            revision > afterRevision ||
            (afterDocumentId !== '' && revision === afterRevision && documentId > afterDocumentId),
        )
        .sort((a, b) => a.revision - b.revision || (a.documentId < b.documentId ? -1 : 1))
      return ok({ documents: after.slice(0, limit), revision: state.revision, more: after.length > limit })
    },
    listWorkspaces: async () => ok({ workspaces: [{ workspaceId, revision: state.revision }] }),
    readerFilter: async ({ atLeast = 0 }, { caller }) => {
      if (state.down) throw new Error('Switched off by the test')
      if (atLeast > state.revision) return fail(accessFaults.fault('future-revision', 'Not there yet.'))
      const filter: ReaderFilter = {
        names: namesOf(caller.subject, state.held),
        pairs: ['sig/full'],
        agents: caller.actors,
        scopes: caller.actors.map((agent) => scopes.get(agent) ?? { kind: 'everything' }),
        exceptDocumentIds: [],
        revision: state.revision,
      }
      return ok(filter)
    },
    checkPassages: async ({ candidates, purpose, queryHash, atLeast = 0 }, { caller }) => {
      if (atLeast > state.revision) return fail(accessFaults.fault('future-revision', 'Not there yet.'))
      const decisionId = newId('dec')
      checks.push({ candidates: candidates.length, purpose, decisionId, queryHash })
      const allowed = candidates
        .filter(({ documentId, contentVersion }) =>
          mayRead(caller.subject, caller.actors, documents.get(documentId), contentVersion),
        )
        .map(({ passageId, view }) => ({ passageId, view, entitledView: 'full' as const }))
      return ok({ decisionId, revision: state.revision, allowed })
    },
    checkRole: async (_, { caller }) =>
      namesOf(caller.subject).includes('role:admin')
        ? ok({ revision: state.revision })
        : fail(accessFaults.fault('forbidden', 'Not an admin.')),
  })

  return {
    workspaceId,
    state,
    checks,
    covering,
    scopes,
    documents,
    /** Writes the facts of a document, all of them or some, under a new revision. */
    async put(documentId: string, facts: Partial<Facts>): Promise<number> {
      const before = documents.get(documentId) ?? {
        dataSourceId: '',
        space: 'space:one',
        contentVersion: '',
        searchable: true,
        allow: [],
        deny: [],
        denyAgents: [],
      }
      documents.set(documentId, { ...before, ...facts, documentId, signature: 'sig', revision: state.revision + 1 })
      await raise()
      return state.revision
    },
  }
}
