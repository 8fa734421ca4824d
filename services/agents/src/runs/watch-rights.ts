import type { Fault } from '@tessera/shared/fault/fault'
import { currentAudience } from '../conversations/participants.store.ts'
import { callAsAgent } from '../edge/callers.ts'
import { readFault } from '../edge/faults.ts'
import { checkOpenable } from '../read-sets/check-openable.ts'
import type { Entry } from '../read-sets/read-sets.store.ts'
import type { RunDeps } from './run-agent.ts'
import type { Run } from './run.ts'

/** How old a decision may be while text is given out (ACCESS.md section 8). */
export const recheckMs = 1000
const checkWithinMs = 5000

/**
 * While the model answers: asks every second whether the workspace's revision moved and, if it did, whether the asker and everybody who hears the
 * answer may still read what is in the prompt. Stops the run if not, or if nobody can tell.
 */
export function watchRights(
  deps: RunDeps,
  run: Run,
  readSet: readonly Entry[],
  foundAt: number,
  stop: AbortController,
) {
  let revision = foundAt
  let fault: Fault | undefined
  let timer: NodeJS.Timeout | undefined

  const check = async () => {
    const call = callAsAgent(deps.bus, run.caller, run.agentId, checkWithinMs, stop.signal)
    const active = await deps.access.checkRole({ anyOf: [] }, call)
    if (!active.ok) return readFault(active.fault)
    if (active.value.revision === revision) return undefined
    // Without the database: everybody who was there, which can only refuse more.
    const audience = await currentAudience(deps.db, run).catch(() => run.audience)
    const checked = await checkOpenable(deps.access, [{ id: 'prompt', entries: readSet }], call, { audience })
    if (!checked.ok) return checked.fault
    revision = checked.value.revision
    return checked.value.ids.has('prompt') ? undefined : 'revoked'
  }

  const again = () => {
    timer = setTimeout(() => void turn(), recheckMs)
  }
  const turn = async () => {
    const found = await check()
    if (stop.signal.aborted || timer === undefined) return
    if (found === undefined) return again()
    if (found === 'revoked' || isRefusal(found)) return stop.abort('access.revoked')
    fault = found
    stop.abort('unchecked')
  }
  again()

  return {
    /** Why nobody could tell, if that is what stopped the run. */
    fault: () => fault,
    end() {
      clearTimeout(timer)
      timer = undefined
    },
  }
}

/** The asker, or the agent, may do nothing at all any more. */
export const isRefusal = ({ code }: Fault) =>
  code === 'access.forbidden' || code === 'access.deactivated' || code === 'access.pending'
