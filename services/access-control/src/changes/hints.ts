import type { Bus } from '@tessera/shared/bus/bus'
import { accessContract } from '@tessera/shared/contracts/access-control'
import { wait } from '@tessera/shared/time/wait'
import type { Logger } from 'pino'

/** Tells others that a revision rose. A hint: what is lost here, `changedDocuments` still says. */
export type Hints = {
  raised(workspaceId: string, revision: number): void
  /** Waits until everything raised so far was published, or could not be. */
  settled(): Promise<void>
}

/** How long the hints of a workspace wait for one another. */
const pauseMs = 50

/** The first goes out at once; later ones are merged into the next, a pause after it: a sync of 10,000 documents is no 10,000 events. */
export function createHints(bus: Bus, logger: Logger): Hints {
  const waiting = new Map<string, number>()
  const publishing = new Map<string, Promise<void>>()

  const publish = async (workspaceId: string) => {
    for (let revision = waiting.get(workspaceId); revision !== undefined; revision = waiting.get(workspaceId)) {
      waiting.delete(workspaceId)
      const published = await bus.publish(
        accessContract,
        'changed',
        { workspaceId, revision },
        { dedupId: `${workspaceId}:${revision}` },
      )
      if (!published.ok)
        logger.warn({ workspaceId, revision, fault: published.fault }, 'access.changed was not published')
      await wait(pauseMs)
    }
    publishing.delete(workspaceId)
  }

  return {
    raised(workspaceId, revision) {
      waiting.set(workspaceId, Math.max(revision, waiting.get(workspaceId) ?? 0))
      if (publishing.has(workspaceId)) return
      publishing.set(
        workspaceId,
        publish(workspaceId).catch((error: unknown) => {
          publishing.delete(workspaceId)
          logger.warn({ workspaceId, error }, 'access.changed was not published')
        }),
      )
    },
    async settled() {
      await Promise.all(publishing.values())
    },
  }
}
