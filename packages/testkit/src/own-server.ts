import { noteServer, removeDirectory } from './own-directory.ts'
import { isAlive } from './stack/lock.mjs'
import type { Started } from './stack/postgres.ts'
import { stopProcess } from './stack/run.ts'
import type { TestScope } from './test-scope.ts'

/** A server of the test's own, at one address for as long as the test lasts, to be killed and started again. */
export type OwnServer = {
  url: string
  port: number
  /** The process id of the server, for as long as it is not restarted. */
  pid: () => number
  /** Ends the process without a warning (SIGKILL) and returns when it is gone. */
  kill: () => Promise<void>
  /** Ends it gently, if it runs, and returns when it is gone. */
  stop: () => Promise<void>
  /** Starts it again on its data and port (after stopping it, if it runs) and returns when it answers. */
  restart: () => Promise<void>
}

type Definition = {
  port: number
  directory: string
  /** The signal at which this server ends in good order without waiting for its clients. */
  gently: NodeJS.Signals
  start: () => Promise<Started>
}

/** Starts a server; it is stopped and its directory removed with the test. */
export async function ownServer(t: TestScope, { port, directory, gently, start }: Definition): Promise<OwnServer> {
  let current = 0
  const begin = async () => {
    const { pid, url } = await start()
    current = pid
    await noteServer(directory, pid)
    return url
  }
  const end = async (signal: NodeJS.Signals) => {
    if (current > 0 && isAlive(current)) await stopProcess(current, signal)
  }
  t.after(async () => {
    await end('SIGKILL')
    await removeDirectory(directory)
  })
  return {
    url: await begin(),
    port,
    pid: () => current,
    kill: () => end('SIGKILL'),
    stop: () => end(gently),
    restart: async () => {
      await end(gently)
      await begin()
    },
  }
}
