import { AsyncLocalStorage } from 'node:async_hooks'
import type { Bus } from '@tessera/shared/bus/bus'
import type { Fault } from '@tessera/shared/fault/fault'
import { ok, type Result } from '@tessera/shared/fault/result'
import { atEndOfTurn } from '@tessera/shared/time/end-of-turn'
import { type Access, failFromAccess } from './check-caller.ts'

const TIMEOUT_MS = 2000

type AccessFault = Extract<ReturnType<typeof failFromAccess>, { ok: false }>['fault']
type Asked = Promise<Result<number, Fault<AccessFault['code']>>>

/** The revision of a workspace at a moment after the question. */
export type PresentRevisions = (workspaceId: string) => Asked

/**
 * Many who ask at once are answered by one question: it begins when the turn of the event loop ends in which they have come, so that none gets an answer which is older than its own
 * question. While one is under way, those who come later share the next.
 */
export function createPresentRevisions(
  access: Pick<Access, 'presentRevision'>,
  bus: Pick<Bus, 'callFor'>,
): PresentRevisions {
  const underWay = new Map<string, { sent: boolean; now: Asked; next: Asked | undefined }>()

  async function ask(workspaceId: string): Asked {
    const caller = { workspaceId, subject: 'system:models', actors: [], scopes: [] }
    const answered = await access.presentRevision({}, bus.callFor(caller, { timeoutMs: TIMEOUT_MS }))
    return answered.ok ? ok(answered.value.revision) : failFromAccess(answered.fault)
  }
  function begin(workspaceId: string): Asked {
    const { promise: now, resolve } = Promise.withResolvers<Awaited<Asked>>()
    const asking = { sent: false, now, next: undefined as Asked | undefined }
    const send = AsyncLocalStorage.bind(() => {
      asking.sent = true
      resolve(ask(workspaceId))
    })
    atEndOfTurn(send)
    underWay.set(workspaceId, asking)
    void asking.now.finally(() => {
      if (!asking.next) underWay.delete(workspaceId)
    })
    return asking.now
  }
  return (workspaceId) => {
    const asking = underWay.get(workspaceId)
    if (!asking) return begin(workspaceId)
    if (!asking.sent) return asking.now
    const after = () => begin(workspaceId)
    return (asking.next ??= asking.now.then(after, after))
  }
}
