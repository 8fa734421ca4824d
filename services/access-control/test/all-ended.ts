/** Waits for all of them, whatever becomes of each, and then fails with the first failure: nothing goes on behind a test that has ended. */
export async function allEnded(started: readonly Promise<unknown>[]): Promise<void> {
  const ended = await Promise.allSettled(started)
  for (const one of ended) if (one.status === 'rejected') throw one.reason
}
