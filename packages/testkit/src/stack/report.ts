import { performance } from 'node:perf_hooks'

/** Tells the person at the terminal what the stack is doing. Goes to stderr: stdout belongs to the test runner. */
export function report(line: string): void {
  process.stderr.write(`stack: ${line}\n`)
}

const TICK_MS = 15_000

/** Announces a slow step, says every 15 s that it is still going, and how long it took. */
export async function step<T>(what: string, work: () => Promise<T>): Promise<T> {
  const started = performance.now()
  const seconds = () => `${((performance.now() - started) / 1000).toFixed(0)} s`
  report(`${what} …`)
  const tick = setInterval(() => report(`${what}: still at it after ${seconds()}`), TICK_MS)
  try {
    const result = await work()
    report(`${what}: done in ${seconds()}`)
    return result
  } finally {
    clearInterval(tick)
  }
}
