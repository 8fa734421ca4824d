import { setTimeout as after } from 'node:timers/promises'

/** Waits, or returns early when the signal aborts. Never throws. */
export async function wait(ms: number, signal?: AbortSignal): Promise<void> {
  await after(ms, undefined, signal ? { signal } : {}).catch(() => undefined)
}
