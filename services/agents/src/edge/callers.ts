import type { Bus } from '@tessera/shared/bus/bus'
import type { Call, Caller } from '@tessera/shared/bus/call'

export const agentName = (agentId: string) => `agent:${agentId}`

/** The caller of a run: whoever asked, with the agent that acts for them. */
export const withAgent = (caller: Caller, agentId: string): Caller => ({
  ...caller,
  actors: [...caller.actors, agentName(agentId)],
})

/**
 * A call of this service for an asker through an agent. Made anew for each step, because the assertion in it lasts a minute and a run
 * may take longer.
 */
export const callAsAgent = (bus: Bus, caller: Caller, agentId: string, timeoutMs: number, signal?: AbortSignal): Call =>
  bus.callFor(withAgent(caller, agentId), signal ? { timeoutMs, signal } : { timeoutMs })
