import type { ChildProcess } from 'node:child_process'
import type { PassageSize } from '../../passages/split-passages.ts'
import type { Source } from '../extract.ts'
import { refuse } from '../refused.ts'
import { forkIsolated, residentBytes } from './isolated-process.ts'
import type { ReadResult } from './read-source.ts'

export type PoolLimits = {
  /** How many files are read at once. */
  processes: number
  /** A few kilobytes of HTML can ask for a tree of gigabytes (unclosed formatting is repeated in every paragraph). */
  memoryMb: number
  timeoutMs: number
}
export const defaultLimits: PoolLimits = { processes: 2, memoryMb: 768, timeoutMs: 20_000 }

/** How long a process is kept for the next file, and how many files it reads before another one takes its place: parsers leak. */
const [idleMs, filesPerProcess] = [30_000, 200]
const watchEveryMs = 100

const readerModule = new URL('./reader-process.ts', import.meta.url)

type Turn = { begin: (slot: Slot) => void; giveUp: () => void }
type Slot = { child: ChildProcess | undefined; files: number; idle: NodeJS.Timeout | undefined }

/** Processes of a module that read one file each at a time. One that dies with a file, or is stopped over it, is replaced. */
export function createProcessPool(limits: Partial<PoolLimits>, module = readerModule) {
  const { processes, memoryMb, timeoutMs } = { ...defaultLimits, ...limits }
  const free: Slot[] = Array.from({ length: processes }, () => ({ child: undefined, files: 0, idle: undefined }))
  const slots = [...free]
  const waiting: Turn[] = []
  const running = new Set<Promise<unknown>>()

  const stop = (slot: Slot) => {
    clearTimeout(slot.idle)
    slot.child?.removeAllListeners()
    slot.child?.kill('SIGKILL')
    slot.child = undefined
    slot.files = 0
  }
  const letGo = (slot: Slot) => {
    if (slot.files >= filesPerProcess) stop(slot)
    const next = waiting.shift()
    if (next) return next.begin(slot)
    free.push(slot)
    slot.idle = setTimeout(() => stop(slot), idleMs).unref()
  }
  const turn = (untilMs: number): Promise<Slot | undefined> => {
    const slot = free.pop()
    if (slot) return Promise.resolve(slot)
    return new Promise((resolve) => {
      const latest = untilMs - Date.now() - timeoutMs
      const timer = setTimeout(
        () => {
          waiting.splice(waiting.indexOf(own), 1)
          resolve(undefined)
        },
        Math.max(0, latest),
      ).unref()
      const own: Turn = {
        begin(taken) {
          clearTimeout(timer)
          resolve(taken)
        },
        giveUp() {
          clearTimeout(timer)
          resolve(undefined)
        },
      }
      waiting.push(own)
    })
  }
  const readIn = async (slot: Slot, open: () => Promise<Source>, size: PassageSize): Promise<ReadResult> => {
    clearTimeout(slot.idle)
    const source = await open()
    slot.child ??= forkIsolated(module, memoryMb)
    slot.files++
    const outcome = await ask(slot.child, { source, size }, { timeoutMs, memoryMb })
    if ('answer' in outcome) return outcome.answer
    stop(slot)
    return refuse(outcome.reason, details[outcome.reason])
  }
  return {
    /** The source is opened when its turn has come, so that no more of them are in memory than are read. `busy`: no process was free early enough. */
    async read(open: () => Promise<Source>, size: PassageSize, untilMs: number): Promise<ReadResult | 'busy'> {
      const slot = await turn(untilMs)
      if (!slot) return 'busy'
      const reading = readIn(slot, open, size).finally(() => letGo(slot))
      running.add(reading)
      return reading.finally(() => running.delete(reading))
    },
    /** Lets what is being read end; what waits is busy. */
    async close() {
      for (const { giveUp } of waiting.splice(0)) giveUp()
      await Promise.allSettled(running)
      for (const slot of slots) stop(slot)
    },
  }
}

type Reason = 'too-slow' | 'too-much-memory' | 'parser-failed'
const details: Readonly<Record<Reason, string>> = {
  'too-slow': 'Reading it takes too long.',
  'too-much-memory': 'Reading it takes too much memory.',
  'parser-failed': 'Its parser ended over it.',
}

type Outcome = { answer: ReadResult } | { reason: Reason }

function ask(
  child: ChildProcess,
  message: { source: Source; size: PassageSize },
  { timeoutMs, memoryMb }: { timeoutMs: number; memoryMb: number },
): Promise<Outcome> {
  return new Promise((resolve) => {
    const settle = (outcome: Outcome) => {
      clearTimeout(timer)
      clearInterval(watch)
      child.removeAllListeners()
      child.on('error', () => undefined)
      resolve(outcome)
    }
    const timer = setTimeout(() => settle({ reason: 'too-slow' }), timeoutMs)
    const look = async () => {
      const bytes = await residentBytes(child.pid ?? 0)
      if (bytes !== undefined && bytes > memoryMb * 1024 * 1024) settle({ reason: 'too-much-memory' })
    }
    const watch = setInterval(() => void look(), watchEveryMs)
    child.on('message', (answer) => settle({ answer: answer as ReadResult }))
    child.on('error', () => settle({ reason: 'parser-failed' }))
    // V8 aborts when its heap is full.
    child.on('exit', (code, signal) =>
      settle({ reason: signal === 'SIGABRT' || code === 134 ? 'too-much-memory' : 'parser-failed' }),
    )
    child.send(message)
  })
}
