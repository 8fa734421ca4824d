import { setTimeout } from 'node:timers/promises'

const POLL_MS = 10

/**
 * Calls `attempt` until it neither throws nor answers `false`, and returns its answer. After `timeoutMs` (5 s) it throws the last error, so that a
 * failing test says which assertion never came true.
 */
export async function eventually<T>(attempt: () => T | Promise<T>, { timeoutMs = 5_000 } = {}): Promise<T> {
  const deadline = Date.now() + timeoutMs
  for (;;) {
    try {
      const answer = await attempt()
      if (answer !== false) return answer
      if (Date.now() > deadline) throw new Error(`was still false after ${timeoutMs} ms`)
    } catch (error) {
      if (Date.now() > deadline) throw error
    }
    await setTimeout(POLL_MS)
  }
}
