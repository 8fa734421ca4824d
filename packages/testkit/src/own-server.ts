import { isAlive } from './stack/lock.mjs'
import { stopProcess } from './stack/run.ts'
import type { TestScope } from './test-scope.ts'

/** A server of the test's own, at one address for as long as the test lasts, to be killed and started again. */
export type OwnServer = {
  url: string
  port: number
  /** Ends the process without a warning (SIGKILL) and returns when it is gone. */
  kill: () => Promise<void>
  /** Ends it gently, if it runs, and returns when it is gone. */
  stop: () => Promise<void>
  /** Starts it again on its data and port (after stopping it, if it runs) and returns when it answers. */
  restart: () => Promise<void>
}

type Definition = {
  url: string
  port: number
  pid: number
  gently: NodeJS.Signals
  start: () => Promise<{ pid: number }>
  remove: () => Promise<void>
}

/** Wraps a started process; it is stopped and its directory removed with the test. */
export function ownServer(t: TestScope, { url, port, pid, gently, start, remove }: Definition): OwnServer {
  let current = pid
  const end = async (signal: NodeJS.Signals) => {
    if (isAlive(current)) await stopProcess(current, signal)
  }
  t.after(async () => {
    await end('SIGKILL')
    await remove()
  })
  return {
    url,
    port,
    kill: () => end('SIGKILL'),
    stop: () => end(gently),
    restart: async () => {
      await end(gently)
      current = (await start()).pid
    },
  }
}
