import { readdirSync } from 'node:fs'
import type { TestScope } from '@tessera/testkit/test-scope'
import { setTimeout as wait } from 'node:timers/promises'
import { table } from '../figures.ts'
import { leaving } from './leaving.ts'
import { type Loaded, load, type Scenario } from './load.ts'
import { memoryMib } from './memory.ts'
import { startProvider, startTessera } from './servers.ts'

const SAMPLE_MS = 5000
/** What comes before is warming up: caches fill, code is compiled. */
const WARM_UP = 0.25

/** All at once, for as long as it takes. */
const mixed: readonly Scenario[] = [
  { name: 'plain', width: 4, stream: false, shape: 'ttft=20,n=8' },
  { name: 'streamed', width: 16, stream: true, shape: 'ttft=50,itl=20,n=40' },
  { name: '200 kB of prompt', width: 1, stream: false, shape: 'ttft=100,n=8', padBytes: 200_000 },
]

type Sample = { atMs: number; mib: number; handles: number }

/** A mixed load on all services for so many minutes: does memory grow, do open files and sockets? */
export async function soakRouter(t: TestScope, minutes: number): Promise<string> {
  const { door, processes } = await startTessera(t, await startProvider(t), { sampled: 0.01 })
  const samples = new Map(Object.keys(processes).map((name) => [name, [] as Sample[]]))
  const durationMs = minutes * 60_000
  const startedMs = performance.now()
  const working = Promise.all([...mixed.map((one) => load(door, one, durationMs)), leaving(door, 4, durationMs)])
  while (performance.now() - startedMs < durationMs) {
    await wait(SAMPLE_MS)
    for (const [name, pid] of Object.entries(processes))
      samples.get(name)?.push({ atMs: performance.now() - startedMs, mib: memoryMib([pid]), handles: handlesOf(pid) })
  }
  const loaded = await working
  // What is idle is given back, and connections of those who left are gone.
  await wait(10_000)
  const rows = [...samples].map(([name, all]) => rowOf(name, all, handlesOf(processes[name as keyof typeof processes])))
  const head = [
    'process',
    'MiB after warm-up',
    'MiB at the end',
    'most',
    'MiB an hour',
    'handles after warm-up',
    'at the end',
    'idle',
  ]
  const counts = loaded.map(({ requests, errors }: Pick<Loaded, 'requests' | 'errors'>, index) => {
    const name = mixed[index]?.name ?? 'left within the answer'
    return `${name} ${requests}${errors.length > 0 ? ` (${errors.length} errors, such as ${errors[0]})` : ''}`
  })
  return `${table(head, rows)}\n\n${minutes} minutes; requests: ${counts.join(', ')}.`
}

function rowOf(name: string, all: readonly Sample[], idle: number): (string | number)[] {
  const warm = all.slice(Math.floor(all.length * WARM_UP))
  const [first, last] = [warm[0], warm.at(-1)]
  if (!first || !last) return [name, '–']
  const most = Math.max(...all.map(({ mib }) => mib))
  const slope = slopeOf(warm.map(({ atMs, mib }) => [atMs / 3_600_000, mib]))
  return [name, first.mib, last.mib, most, slope, String(first.handles), String(last.handles), String(idle)]
}

/** Of the straight line that lies nearest to all points. */
function slopeOf(points: readonly (readonly [number, number])[]): number {
  const mean = (of: 0 | 1) => points.reduce((sum, point) => sum + point[of], 0) / points.length
  const [x, y] = [mean(0), mean(1)]
  const over = points.reduce((sum, point) => sum + (point[0] - x) * (point[1] - y), 0)
  return over / points.reduce((sum, point) => sum + (point[0] - x) ** 2, 0)
}

/** Open files and sockets of a process. Linux only. */
const handlesOf = (pid: number): number => readdirSync(`/proc/${pid}/fd`).length
