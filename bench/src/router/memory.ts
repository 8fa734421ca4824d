import { readFileSync } from 'node:fs'

/** What processes hold of the machine's memory, in MiB: their proportional share (PSS) of what they share. Linux only. */
export const memoryMib = (pids: readonly number[]): number =>
  pids.reduce((sum, pid) => {
    const text = readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8')
    return sum + Number(/^Pss:\s+(\d+)/m.exec(text)?.[1] ?? 0) / 1024
  }, 0)
