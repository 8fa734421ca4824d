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

const openWithinMs = 10_000

/** A caller who opens what an agent made: for the purpose that it was made for, unless their own key binds them to one. */
export const withPurpose = (caller: Caller, purpose: string | undefined): Caller =>
  purpose === undefined || caller.purpose !== undefined ? caller : { ...caller, purpose }

/**
 * The call under which a reader opens what an agent made. What was made for a purpose is opened for that purpose, and then through the agent, which is what
 * states it; everything else by the reader alone.
 */
export function callToOpen(bus: Bus, call: Call, made: { agentId: string; purpose: string | undefined }): Call {
  const caller = withPurpose(call.caller, made.purpose)
  return caller === call.caller ? call : callAsAgent(bus, caller, made.agentId, openWithinMs, call.signal)
}
