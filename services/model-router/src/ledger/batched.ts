import { atEndOfTurn } from '@tessera/shared/time/end-of-turn'

/**
 * Writes many items with one statement: those of one turn of the event loop, and while they are written the next ones gather. So nobody waits for a timer, and a busy
 * process asks the database less often for each.
 */
export function batched<T, R>(write: (items: readonly T[]) => Promise<R>, { most = 500 } = {}) {
  let waiting: { item: T; done: (result: R) => void; failed: (error: unknown) => void }[] = []
  let writing = false

  async function next(): Promise<void> {
    try {
      while (waiting.length > 0) {
        const batch = waiting.slice(0, most)
        waiting = waiting.slice(most)
        try {
          const result = await write(batch.map(({ item }) => item))
          for (const { done } of batch) done(result)
        } catch (error) {
          for (const { failed } of batch) failed(error)
        }
      }
    } finally {
      writing = false
    }
  }

  return (item: T): Promise<R> =>
    new Promise((done, failed) => {
      waiting.push({ item, done, failed })
      if (writing) return
      writing = true
      atEndOfTurn(() => void next())
    })
}
