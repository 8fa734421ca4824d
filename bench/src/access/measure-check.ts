import { inParallel, median } from '../figures.ts'
import { cpuMs } from './cpu.ts'
import type { CheckQuestion } from './questions.ts'
import { type Servers, value } from './servers.ts'

export type CheckFigures = {
  /** CPU of one check, in milliseconds, of all processes but the load generator. */
  cpu: number
  /** The same for each of them: the process that answers, PostgreSQL with its backends, NATS. */
  parts: Parts
  /** As the caller sees it, in milliseconds. */
  p50: number
  perSecond: number
}
type Parts = { service: number; postgres: number; nats?: number }
export type Checked = Record<'check' | 'checkWithoutLog' | 'bare', CheckFigures>

type Asked = (count: number, width: number) => Promise<number[]>

/** Checks with and without the log and the bare statement in turns, so that all of them meet the same machine. */
export async function measureCheck(
  { retrieval, retrievalWithoutLog, callFor, bare, processes }: Servers,
  questions: readonly CheckQuestion[],
  { width, count, rounds }: { width: number; count: number; rounds: number },
): Promise<Checked> {
  const contenders: Record<keyof Checked, Asked> = {
    bare: async (many, wide) => (await bare.ask<{ ms: number[] }>({ count: many, width: wide })).ms,
    check: checking(retrieval, callFor, questions),
    checkWithoutLog: checking(retrievalWithoutLog, callFor, questions),
  }
  await bare.ask({
    questions: questions.map(({ reader, candidates }) => ({
      reader,
      documentIds: candidates.map(({ documentId }) => documentId),
    })),
  })
  const names = Object.keys(contenders) as (keyof Checked)[]
  const runs: Record<keyof Checked, Run[]> = { bare: [], check: [], checkWithoutLog: [] }
  // Every question once: results of policies are remembered, as they are in a service that has run for a while.
  for (const name of names) await contenders[name](questions.length, width)
  for (let round = 0; round < rounds; round++) {
    for (const name of names) {
      const [before, start] = [partsOf(processes[name]), performance.now()]
      const ms = await contenders[name](count, width)
      runs[name].push({
        wallMs: performance.now() - start,
        ms,
        parts: perCheck(before, partsOf(processes[name]), count),
      })
    }
  }
  const figuresOf = (name: keyof Checked): CheckFigures => ({
    cpu: median(runs[name].map(({ parts }) => sum(parts))),
    parts: middle(runs[name].map(({ parts }) => parts)),
    p50: median(runs[name].flatMap(({ ms }) => ms)),
    perSecond: median(runs[name].map(({ wallMs }) => (count * 1000) / wallMs)),
  })
  return { check: figuresOf('check'), checkWithoutLog: figuresOf('checkWithoutLog'), bare: figuresOf('bare') }
}

type Run = { parts: Parts; ms: number[]; wallMs: number }

const mapped = (parts: Parts, change: (value: number, part: keyof Parts) => number): Parts => ({
  service: change(parts.service, 'service'),
  postgres: change(parts.postgres, 'postgres'),
  ...(parts.nats === undefined ? {} : { nats: change(parts.nats, 'nats') }),
})
const partsOf = (processes: Parts) => mapped(processes, (pid) => cpuMs([pid]))
const perCheck = (before: Parts, after: Parts, count: number) =>
  mapped(after, (ms, part) => (ms - (before[part] ?? 0)) / count)
const middle = (runs: readonly Parts[]) =>
  mapped(runs[0] ?? { service: Number.NaN, postgres: Number.NaN }, (_, part) =>
    median(runs.map((parts) => parts[part] ?? 0)),
  )
const sum = ({ service, postgres, nats = 0 }: Parts) => service + postgres + nats

function checking(
  { checkPassages }: Pick<Servers['retrieval'], 'checkPassages'>,
  callFor: Servers['callFor'],
  questions: readonly CheckQuestion[],
): Asked {
  let next = 0
  return async (count, width) => {
    const sample: number[] = []
    await inParallel(Array.from({ length: count }), width, async () => {
      const { reader = '', candidates = [] } = questions[next++ % questions.length] ?? {}
      const start = performance.now()
      value(await checkPassages({ candidates, operation: 'search' }, callFor(reader)))
      sample.push(performance.now() - start)
    })
    return sample
  }
}
