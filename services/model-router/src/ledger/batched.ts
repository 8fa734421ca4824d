/**
 * Writes many items with one statement: the first goes at once, and while it is written the next ones gather. So nobody waits for a timer, and a busy process
 * asks the database less often for each.
 */
export function batched<T, R>(write: (items: readonly T[]) => Promise<R>, { most = 500 } = {}) {
  let waiting: { item: T; done: (result: R) => void; failed: (error: unknown) => void }[] = []
  let writing = 0

  async function next(): Promise<void> {
    writing++
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
      writing--
    }
  }

  return (item: T): Promise<R> =>
    new Promise((done, failed) => {
      waiting.push({ item, done, failed })
      if (writing === 0) void next()
    })
}
