import type { Bus } from '@tessera/shared/bus/bus'
import type { Call } from '@tessera/shared/bus/call'

/** A call in the name of a data source: what connectors write, they write as the source that it came from. */
export function asDataSource(
  bus: Bus,
  { id, workspace_id }: { id: string; workspace_id: string },
  { timeoutMs, signal }: { timeoutMs: number; signal?: AbortSignal },
): Call {
  const caller = { workspaceId: workspace_id, subject: `connector:${id}`, actors: [], scopes: [] }
  return bus.callFor(caller, { timeoutMs: Math.max(1, Math.floor(timeoutMs)), ...(signal ? { signal } : {}) })
}
