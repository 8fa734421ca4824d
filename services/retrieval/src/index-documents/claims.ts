import { newId } from '@tessera/shared/ids/ids'
import { wait } from '@tessera/shared/time/wait'
import { createDoorbell } from './doorbell.ts'
import type { Claim, WorkStore } from './work.store.ts'

const documentsPerClaim = 100
/** How long work of other replicas, or put off, may wait to be noticed. */
const pollMs = 1000
/**
 * After a claim of so many documents, more are left to gather before the next one: a batch costs the index a refresh, however small it is. A single push is
 * claimed at once, and during a sync the batches grow until they are worth their refresh.
 */
const gatherMs = { perDocument: 50, atMost: 400 }

export type Claims = ReturnType<typeof createClaims>

/** Hands out what waits to be indexed, to one lane at a time: two that look side by side ask everything twice and split what one batch could hold. */
export function createClaims(store: Pick<WorkStore, 'workspaces' | 'claim'>, signal: AbortSignal) {
  const doorbell = createDoorbell()
  const rung = new Set<string>()
  let polledAtMs = 0
  let gatheredAtMs = 0
  let turn: Promise<unknown> = Promise.resolve()

  /** Those that somebody rang for, and from time to time all that have work, in an order that differs between replicas. */
  const workspaces = async (): Promise<Set<string>> => {
    if (performance.now() < polledAtMs + pollMs) return new Set(rung)
    const found = await store.workspaces()
    polledAtMs = performance.now()
    return new Set([...rung, ...shuffled(found)])
  }
  const claimIn = async (workspaceId: string): Promise<Claim | undefined> => {
    rung.delete(workspaceId)
    const claim = await store.claim(workspaceId, newId('evt'), documentsPerClaim)
    const count = claim.work.length
    if (count === 0) return undefined
    // There is more, for after the others' turn.
    if (count === documentsPerClaim) rung.add(workspaceId)
    else gatheredAtMs = performance.now() + Math.min(count * gatherMs.perDocument, gatherMs.atMost)
    return claim
  }
  const look = async (): Promise<Claim | undefined> => {
    while (!signal.aborted) {
      const heard = doorbell.listen()
      await wait(Math.max(0, gatheredAtMs - performance.now()), signal)
      for (const workspaceId of await workspaces()) {
        const claim = signal.aborted ? undefined : await claimIn(workspaceId)
        if (claim) return claim
      }
      await heard.within(Math.max(0, polledAtMs + pollMs - performance.now()))
    }
    return undefined
  }
  return {
    /** There may be work in this workspace. */
    wake(workspaceId: string): void {
      rung.add(workspaceId)
      doorbell.ring()
    },
    /** Waits for work. Undefined when closing. Throws when the database does not answer. */
    next(): Promise<Claim | undefined> {
      const mine = turn.then(look)
      turn = mine.catch(() => undefined)
      return mine
    },
    /** Ends the waiting, once the signal is aborted. */
    close: doorbell.ring,
  }
}

/** Workers of several replicas begin at different workspaces, and none of these is always last. */
const shuffled = (items: readonly string[]) =>
  items
    .map((item) => ({ item, at: Math.random() }))
    .sort((a, b) => a.at - b.at)
    .map(({ item }) => item)
