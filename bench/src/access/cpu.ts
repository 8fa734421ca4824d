import { readdirSync, readFileSync } from 'node:fs'

/** Clock ticks per second of /proc; 100 on every Linux that we run on. */
const TICKS = 100

/** User and system time, in milliseconds, that these processes and all below them have used, those that have ended included. Linux only. */
export function cpuMs(roots: readonly number[]): number {
  const processes = readdirSync('/proc').flatMap((entry) => (/^\d+$/.test(entry) ? (statOf(entry) ?? []) : []))
  const childrenOf = Map.groupBy(processes, ({ parent }) => parent)
  const sum = (pid: number): number =>
    (childrenOf.get(pid) ?? []).reduce((ticks, child) => ticks + child.ticks + sum(child.pid), 0)
  const own = processes.filter(({ pid }) => roots.includes(pid)).reduce((ticks, { ticks: used }) => ticks + used, 0)
  return ((own + roots.reduce((ticks, pid) => ticks + sum(pid), 0)) * 1000) / TICKS
}

/** The name of a program may hold spaces and brackets: fields are counted from its last bracket (man 5 proc). */
function statOf(pid: string) {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8')
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
    const field = (number: number) => Number(fields[number - 3])
    return { pid: Number(pid), parent: field(4), ticks: field(14) + field(15) + field(16) + field(17) }
  } catch {
    // It ended while we looked.
    return undefined
  }
}
