import type { Bus } from '@tessera/shared/bus/bus'
import type { Fault } from '@tessera/shared/fault/fault'
import { ok, type Result } from '@tessera/shared/fault/result'
import { type Access, failFromAccess } from './check-caller.ts'

const TIMEOUT_MS = 2000

type AccessFault = Extract<ReturnType<typeof failFromAccess>, { ok: false }>['fault']
type Asked = Promise<Result<number, Fault<AccessFault['code']>>>

/** The revision of a workspace at a moment after the question. */
export type PresentRevisions = (workspaceId: string) => Asked

/**
 * Many who ask at once are answered by one question: it begins after all of them have come, so that none gets an answer which is older than its own question. While one is under
 * way, those who come later share the next.
 */
export function createPresentRevisions(
  access: Pick<Access, 'presentRevision'>,
  bus: Pick<Bus, 'callFor'>,
): PresentRevisions {
  const underWay = new Map<string, { now: Asked; next: Asked | undefined }>()

  async function ask(workspaceId: string): Asked {
    const caller = { workspaceId, subject: 'system:models', actors: [], scopes: [] }
    const answered = await access.presentRevision({}, bus.callFor(caller, { timeoutMs: TIMEOUT_MS }))
    return answered.ok ? ok(answered.value.revision) : failFromAccess(answered.fault)
  }
  function begin(workspaceId: string): Asked {
    const asking = { now: ask(workspaceId), next: undefined as Asked | undefined }
    underWay.set(workspaceId, asking)
    void asking.now.finally(() => {
      if (!asking.next) underWay.delete(workspaceId)
    })
    return asking.now
  }
  return (workspaceId) => {
    const asking = underWay.get(workspaceId)
    if (!asking) return begin(workspaceId)
    const after = () => begin(workspaceId)
    return (asking.next ??= asking.now.then(after, after))
  }
}
