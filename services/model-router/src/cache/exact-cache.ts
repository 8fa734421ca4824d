import type { CompletionContent, CompletionEvent } from '@tessera/shared/contracts/model-router/completion'
import { LRUCache } from 'lru-cache'

/** An answer that came to its end. */
export type KeptAnswer = {
  readonly content: readonly CompletionContent[]
  readonly end: Extract<CompletionEvent, { type: 'end' }>
}

/** When something was decided: by which revision of the workspace, and which version of what it says of its models. */
export type Moment = { readonly workspaceId: string; readonly revision: number; readonly version: number }

export type ExactCache = ReturnType<typeof createExactCache>

const MAX_BYTES = 64 * 1024 * 1024
/** One answer; what is longer is not kept. */
export const MAX_ANSWER_BYTES = 1024 * 1024

/**
 * Answers that may be given again, in this process's memory, with an end to how many and how old they are. Keys say for whom, and to which request (`key-of.ts`). Only those of
 * the newest moment of a workspace are kept: when its revision moves, what was decided before is forgotten, not merely passed over.
 */
export function createExactCache({ maxBytes = MAX_BYTES }: { maxBytes?: number } = {}) {
  type Entry = { readonly answer: KeptAnswer; readonly atMs: number; readonly workspaceId: string }
  const workspaces = new Map<string, Moment & { readonly keys: Set<string> }>()
  const entries = new LRUCache<string, Entry>({
    maxSize: maxBytes,
    maxEntrySize: Math.min(MAX_ANSWER_BYTES, maxBytes),
    ttlAutopurge: true,
    perf: { now: () => Date.now() },
    dispose({ workspaceId }, key) {
      const workspace = workspaces.get(workspaceId)
      workspace?.keys.delete(key)
      if (workspace?.keys.size === 0) workspaces.delete(workspaceId)
    },
  })

  /** Whether this moment is the newest one; then what is older is gone. */
  function isNewest(moment: Moment): boolean {
    const known = workspaces.get(moment.workspaceId)
    if (!known) return true
    if (moment.revision < known.revision || moment.version < known.version) return false
    if (moment.revision > known.revision || moment.version > known.version)
      for (const key of known.keys) entries.delete(key)
    return true
  }

  return {
    find(moment: Moment, key: string, maxAgeSeconds: number) {
      const found = isNewest(moment) ? entries.get(key) : undefined
      if (!found) return undefined
      const ageSeconds = Math.floor((Date.now() - found.atMs) / 1000)
      return ageSeconds < maxAgeSeconds ? { answer: found.answer, ageSeconds } : undefined
    },
    keep(
      moment: Moment,
      key: string,
      answer: KeptAnswer,
      { seconds, bytes }: { seconds: number; bytes: number },
    ): void {
      if (!isNewest(moment)) return
      const { workspaceId } = moment
      entries.set(key, { answer, atMs: Date.now(), workspaceId }, { ttl: seconds * 1000, size: bytes })
      if (!entries.has(key)) return
      const workspace = workspaces.get(workspaceId) ?? { ...moment, keys: new Set() }
      workspaces.set(workspaceId, workspace)
      workspace.keys.add(key)
    },
  }
}
