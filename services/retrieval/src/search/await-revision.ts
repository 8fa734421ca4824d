import type { Call } from '@tessera/shared/bus/call'
import { wait } from '@tessera/shared/time/wait'
import type { AccessChangesStore } from '../index-documents/access-changes.store.ts'

/** How long a search waits for the index at most; its caller may have less time. */
const patienceMs = 3000
const pauseMs = 25

/** Waits until the rows show the facts of a revision. False when they did not within the time. */
export function createAwaitRevision({
  changes,
  look,
}: {
  changes: AccessChangesStore
  look: (hint: { workspaceId: string; revision: number }) => void
}) {
  return async function awaitRevision(revision: number, { caller, deadlineMs, signal }: Call): Promise<boolean> {
    const endsAtMs = Math.min(Date.now() + patienceMs, deadlineMs - 500)
    while ((await changes.applied(caller.workspaceId)) < revision) {
      if (Date.now() >= endsAtMs || signal.aborted) return false
      look({ workspaceId: caller.workspaceId, revision })
      await wait(pauseMs, signal)
    }
    return true
  }
}
