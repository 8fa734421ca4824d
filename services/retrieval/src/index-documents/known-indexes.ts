import type { Logger } from 'pino'
import type { SearchIndex } from '../index/search-index.ts'
import type { WorkStore } from './work.store.ts'

export type KnownIndexes = ReturnType<typeof createKnownIndexes>

/**
 * The indexes that this process has seen or made. One that is new (the first of a workspace, lost, or for another embedding model) is empty: then every
 * document of the registry is queued again.
 */
export function createKnownIndexes(deps: {
  index: SearchIndex
  store: Pick<WorkStore, 'enqueueAll'>
  embeddingModel: string | undefined
  logger: Logger
}) {
  const known = new Map<string, Promise<number>>()
  const make = async (workspaceId: string) => {
    const { created } = await deps.index.ensure(workspaceId, deps.embeddingModel)
    if (!created) return 0
    const documents = await deps.store.enqueueAll(workspaceId)
    deps.logger.info({ workspaceId, documents }, 'Made the index of a workspace')
    return documents
  }
  return {
    /** Returns how many documents had to be queued again: zero for an index that was there, or for a workspace without content. */
    async ensure(workspaceId: string): Promise<number> {
      const making = known.get(workspaceId) ?? make(workspaceId)
      known.set(workspaceId, making)
      return making.catch((error: unknown) => {
        known.delete(workspaceId)
        throw error
      })
    },
    forget(workspaceId: string): void {
      known.delete(workspaceId)
    },
  }
}
