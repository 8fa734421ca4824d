import { readFileSync } from 'node:fs'
import { setTimeout as wait } from 'node:timers/promises'

/** Resident memory of a process while something went on, in megabytes. Linux only. */
export type Memory = {
  readonly before: number
  readonly most: number
  /** How much more at the end than at the beginning, by a straight line through all samples but the first fifth, in which its code is compiled. */
  readonly growth: number
}

const everyMs = 500

export function residentMb(pid: number): number {
  return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024
}

export async function watchMemory<T>(pid: number, work: () => Promise<T>): Promise<{ value: T; memory: Memory }> {
  const samples: number[] = [residentMb(pid)]
  const watching = new AbortController()
  const watcher = (async () => {
    while (!watching.signal.aborted) {
      await wait(everyMs)
      samples.push(residentMb(pid))
    }
  })()
  try {
    const value = await work()
    const settled = samples.slice(Math.floor(samples.length / 5))
    const memory = { before: samples[0] ?? 0, most: Math.max(...samples), growth: slopeOf(settled) * samples.length }
    return { value, memory }
  } finally {
    watching.abort()
    await watcher
  }
}

/** Of the straight line with the least squares, per sample. */
function slopeOf(samples: readonly number[]): number {
  const middle = (samples.length - 1) / 2
  const mean = samples.reduce((sum, sample) => sum + sample, 0) / samples.length
  const above = samples.reduce((sum, sample, at) => sum + (at - middle) * (sample - mean), 0)
  const below = samples.reduce((sum, _, at) => sum + (at - middle) ** 2, 0)
  return below === 0 ? 0 : above / below
}
