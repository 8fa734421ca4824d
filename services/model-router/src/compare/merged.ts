/**
 * Everything that several sources say, in the order in which it comes. Each goes on when what it said is taken, so a slow reader slows all of them down. Leaving ends each
 * source; one that waits for something ends when that comes, and nobody waits for it.
 */
export async function* merged<T>(sources: readonly AsyncIterable<T>[]): AsyncGenerator<T, void, void> {
  const said: { value: T; taken: () => void }[] = []
  let running = sources.length
  let left = false
  let failure: { error: unknown } | undefined
  let wake = () => {}

  async function read(source: AsyncIterable<T>): Promise<void> {
    try {
      for await (const value of source) {
        await new Promise<void>((taken) => {
          said.push({ value, taken })
          wake()
        })
        if (left) return
      }
    } catch (error) {
      failure ??= { error }
    } finally {
      running--
      wake()
    }
  }

  for (const source of sources) void read(source)
  try {
    for (;;) {
      const next = said.shift()
      if (next) {
        yield next.value
        next.taken()
      } else if (failure) throw failure.error
      else if (running === 0) return
      else await new Promise<void>((resolve) => (wake = resolve))
    }
  } finally {
    left = true
    for (const { taken } of said) taken()
  }
}
