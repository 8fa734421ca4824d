/** A server that cannot be had on this machine, with what to install. */
export class ServerMissing extends Error {
  override name = 'ServerMissing'
}

/** Runs `work`, which fetches or builds a server's program; whatever hinders it (no network, a full disk) means that the server can't be had here. */
export async function obtain<T>(server: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (error instanceof ServerMissing) throw error
    throw new ServerMissing(`${server}: could not be fetched or built. ${printed(error)}`, { cause: error })
  }
}

/** The end of what a failed program printed: tools write their errors to either stream. */
function printed(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const streams = ['stdout', 'stderr'].map((name) => String(Object.getOwnPropertyDescriptor(error, name)?.value ?? ''))
  return [error.message, ...streams.map((text) => text.trim().slice(-1_000))].filter((text) => text !== '').join('\n')
}
