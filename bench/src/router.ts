import type { TestScope } from '@tessera/testkit/test-scope'
import { cpuMs } from './access/cpu.ts'
import { median, table } from './figures.ts'
import { type Loaded, load, type Scenario } from './router/load.ts'
import { memoryMib } from './router/memory.ts'
import { soakRouter } from './router/soak.ts'
import { startFloor, startProvider, startTessera, type Way } from './router/servers.ts'

const streamed = { stream: true, shape: 'ttft=50,itl=10,n=40' } as const
const scenarios: readonly Scenario[] = [
  { name: 'plain, 1 at once', width: 1, stream: false, shape: 'n=8' },
  { name: 'plain, 16 at once', width: 16, stream: false, shape: 'n=8' },
  { name: 'plain, 200 kB of prompt, 4 at once', width: 4, stream: false, shape: 'n=8', padBytes: 200_000 },
  { name: 'streamed, 16 at once', width: 16, ...streamed },
  { name: 'streamed, 64 at once', width: 64, ...streamed },
]

type Measured = Loaded & { way: string; scenario: string; cpuMs: number }

/** Requests through all services, with rights, budgets, ledger and traces, beside two processes that do nothing but pass on; in turns, so that both meet the same machine. */
export async function benchRouter(
  t: TestScope,
  { quick, soakMinutes }: { quick: boolean; soakMinutes?: number | undefined },
): Promise<string> {
  if (soakMinutes !== undefined) return soakRouter(t, soakMinutes)
  const providerUrl = await startProvider(t)
  const floor = await startFloor(t, providerUrl)
  const sampled = await startTessera(t, providerUrl, { sampled: 0.01 })
  const ways = [floor, sampled, { ...(await startTessera(t, providerUrl, { sampled: 1 })), name: 'all traced' }]
  // A service is compiled by what it is asked: its first two thousand requests cost several times as much as later ones.
  const [rounds, durationMs, warmUpMs] = quick ? [2, 2000, 1000] : [5, 4000, 15_000]
  const measured: Measured[] = []
  for (const way of ways) for (const scenario of scenarios) await load(way.door, scenario, warmUpMs)
  for (let round = 0; round < rounds; round++) {
    for (const scenario of scenarios) {
      for (const way of ways) {
        measured.push(await measure(way, scenario, durationMs))
        console.error(`${new Date().toISOString().slice(11, 19)} round ${round + 1}: ${scenario.name}, ${way.name}`)
      }
    }
  }
  const rows = ['tessera', 'all traced'].flatMap((way) => scenarios.map((scenario) => rowOf(way, scenario, measured)))
  const memory = ways.map(({ pids }) => memoryMib(pids))
  const figures = table(
    [
      'medians',
      'CPU a request, ms',
      'floor',
      'ratio',
      'CPU a chunk, µs',
      'floor',
      'ratio',
      'first content, ms',
      'floor',
      'requests/s',
      'floor',
    ],
    rows,
  )
  return `${figures}\n\nMemory after all of it (PSS): ${memory[1]?.toFixed(0)} MiB, the floor ${memory[0]?.toFixed(0)} MiB, with all traced ${memory[2]?.toFixed(0)} MiB.`
}

async function measure(way: Way, scenario: Scenario, durationMs: number): Promise<Measured> {
  const before = cpuMs(way.pids)
  const loaded = await load(way.door, scenario, durationMs)
  const [error] = loaded.errors
  if (error !== undefined)
    throw new Error(`${way.name}, ${scenario.name}: ${loaded.errors.length} errors, such as ${error}`)
  return { ...loaded, way: way.name, scenario: scenario.name, cpuMs: cpuMs(way.pids) - before }
}

function rowOf(ours: string, { name, stream }: Scenario, all: readonly Measured[]) {
  const of = (way: string, figure: (one: Measured) => number) =>
    median(all.filter((one) => one.way === way && one.scenario === name).map(figure))
  const both = (figure: (one: Measured) => number) => [of(ours, figure), of('floor', figure)] as const
  const request = both((one) => one.cpuMs / one.requests)
  const chunk = both((one) => (one.cpuMs / one.chunks) * 1000)
  const first = both((one) => median(stream ? one.firstMs : one.wholeMs))
  const rate = both((one) => (one.requests / one.elapsedMs) * 1000)
  const ratio = ([ours, floor]: readonly [number, number]) => (ours / floor).toFixed(2)
  const title = ours === 'tessera' ? name : `${name}, ${ours}`
  return [
    title,
    ...request,
    ratio(request),
    ...(stream ? [...chunk, ratio(chunk)] : ['–', '–', '–']),
    ...first,
    ...rate,
  ]
}
