import { wait } from '@tessera/shared/time/wait'

export type Doorbell = ReturnType<typeof createDoorbell>

/** Lets loops sleep until somebody has something for them, without missing a ring between looking and sleeping. */
export function createDoorbell() {
  let next = new AbortController()
  return {
    ring: () => {
      next.abort()
      next = new AbortController()
    },
    /** From here on every ring counts. */
    listen: () => {
      const { signal } = next
      return {
        /** Waits for a ring, at most this long. */
        within: async (ms: number) => {
          if (!signal.aborted) await wait(ms, signal)
        },
      }
    },
  }
}
