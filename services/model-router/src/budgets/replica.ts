import { newId } from '@tessera/shared/ids/ids'
import type { Logger } from 'pino'
import type { HealthOfModel } from '../routing/health.ts'
import type { ReplicaStore } from './replica.store.ts'

/** How often this process says that it lives, and does what is due in between. */
const BEAT_MS = 1000

export type Replica = {
  /** Under which it holds parts of budgets and writes rows. Another one after it was taken for dead. */
  readonly id: string
  /** Says that the replica of this id was taken for dead: what it held is others' now. It goes on as a new one, with nothing. */
  renew(lostId: string): Promise<void>
  close(): Promise<void>
}

export type ReplicaDeps = {
  store: ReplicaStore
  logger: Logger
  /** After how long without a sign of life a replica is taken for dead. */
  leaseMs: number
  /** What it says of the models that it asked. */
  health: () => readonly HealthOfModel[]
  /** Called with each beat. */
  onBeat: () => Promise<void>
  /** Nothing that was held counts any more. */
  onLost: () => void
}

/**
 * This process as the database knows it. While it lives, what it holds of budgets is its own; one that died without a word loses it after `leaseMs`, and its
 * requests are closed as `lost`. Each row that a request begins with proves that its replica is not taken for dead.
 */
export async function startReplica({ store, logger, leaseMs, health, onBeat, onLost }: ReplicaDeps): Promise<Replica> {
  const replica = { id: newId('rpl') as string }
  await store.add(replica.id)
  /** Since when this process has seen the database without a gap: another's silence may have been the database's own. */
  let watchingSinceMs = performance.now()
  let renewing: Promise<void> | undefined
  let beating: Promise<void> | undefined

  const renew = (lostId: string) =>
    (renewing ??= (async () => {
      if (replica.id !== lostId) return
      logger.error({ replica: lostId }, 'this replica was taken for dead; it goes on as a new one')
      const id = newId('rpl')
      onLost()
      await store.add(id)
      replica.id = id
    })().finally(() => {
      renewing = undefined
    }))

  const beat = async () => {
    try {
      const { id } = replica
      if (!(await store.touch(id, health()))) await renew(id)
      await onBeat()
      if (performance.now() - watchingSinceMs > leaseMs) {
        for (const dead of await store.findDead(leaseMs)) {
          if (dead !== replica.id && (await store.bury(dead, leaseMs))) {
            logger.warn({ replica: dead }, 'a replica died; what it held is free, and its requests are closed as lost')
          }
        }
      }
    } catch (error) {
      watchingSinceMs = performance.now()
      logger.warn({ err: error }, 'the database of the model router does not answer')
    }
  }
  const timer = setInterval(
    () => {
      beating ??= beat().finally(() => {
        beating = undefined
      })
    },
    Math.min(BEAT_MS, leaseMs / 4),
  )

  return {
    get id() {
      return replica.id
    },
    renew,
    async close() {
      clearInterval(timer)
      await beating
      await onBeat().catch(() => undefined)
      await store.bury(replica.id, 0).catch(() => false)
    },
  }
}
