import { Worker } from 'node:worker_threads'
import type { PolicyReply, PolicyRequest, PolicyTask, PolicyTaskKind, PolicyTasks } from './policy-tasks.ts'

export type PolicyLimits = {
  /** How long one task may take once the thread is free for it. */
  readonly timeLimitMs: number
  /** How many tasks may wait. */
  readonly maxWaiting: number
  /** Memory of the thread's JavaScript; Cedar's own is bounded by the bounds of texts and questions. */
  readonly memoryMb: number
}

/**
 * `late` and `broken`: the task itself took too long, or broke the thread; `interrupted`: it waited behind such a one, or the thread was lost; `failed`: it
 * could not be done.
 */
export type PolicyTaskErrorCode = 'late' | 'broken' | 'interrupted' | 'failed' | 'overloaded' | 'closed'

/** A task that brought no answer; its question counts as denied. */
export class PolicyTaskError extends Error {
  override readonly name = 'PolicyTaskError'
  readonly code: PolicyTaskErrorCode

  constructor(code: PolicyTaskErrorCode, message: string) {
    super(message)
    this.code = code
  }
}

export type PolicyWorker = {
  /** Rejects with a `PolicyTaskError`, and with nothing else. */
  run<K extends PolicyTaskKind>(task: { kind: K } & PolicyTasks[K]['input']): Promise<PolicyTasks[K]['output']>
  /** Ends the thread; what waits is rejected. */
  close(): Promise<void>
}

type Job = PolicyRequest & { resolve: (value: unknown) => void; reject: (error: PolicyTaskError) => void }

const START_LIMIT_MS = 15_000
const STACK_MB = 4

/**
 * Runs one task after another in a thread, which is started when first needed. A task that is late, or breaks the thread, is rejected together with all that
 * wait behind it, and the next one meets a new thread. The thread keeps the process alive only while it works.
 */
export function createPolicyWorker(limits: PolicyLimits): PolicyWorker {
  const waiting: Job[] = []
  let thread: { worker: Worker; ready: boolean } | undefined
  let running: { job: Job; timer: NodeJS.Timeout } | undefined
  let closed = false
  let nextId = 1

  /** Rejects everything and forgets the thread; later messages of it are ignored. */
  function fail(code: PolicyTaskErrorCode, message: string): Promise<unknown> {
    const gone = thread?.worker
    thread = undefined
    clearTimeout(running?.timer)
    running?.job.reject(new PolicyTaskError(code, message))
    running = undefined
    const behind = new PolicyTaskError(code === 'closed' ? code : 'interrupted', message)
    for (const { reject } of waiting.splice(0)) reject(behind)
    return gone?.terminate() ?? Promise.resolve()
  }

  function start() {
    const worker = new Worker(new URL('./policy-thread.ts', import.meta.url), {
      // Nothing of how the process was started belongs there.
      execArgv: [],
      env: {},
      resourceLimits: { maxOldGenerationSizeMb: limits.memoryMb, stackSizeMb: STACK_MB },
    })
    const started = { worker, ready: false }
    const ifCurrent = (act: () => void) => thread === started && act()
    worker.on('message', (message: PolicyReply | 'ready') => ifCurrent(() => heard(message)))
    worker.on('error', (error) =>
      ifCurrent(
        () => void fail('broken', `The policy thread broke: ${error instanceof Error ? error.message : String(error)}`),
      ),
    )
    worker.on('exit', () => ifCurrent(() => void fail('broken', 'The policy thread ended')))
    thread = started
  }

  function heard(message: PolicyReply | 'ready') {
    if (message === 'ready') {
      if (thread) thread.ready = true
    } else if (running?.job.id === message.id) {
      const { job, timer } = running
      clearTimeout(timer)
      running = undefined
      if (message.ok) job.resolve(message.value)
      else job.reject(new PolicyTaskError(message.fatal ? 'broken' : 'failed', message.message))
      if (!message.ok && message.fatal) void fail('interrupted', 'The policy thread had to be replaced')
    }
    next()
  }

  /** A late reply may already lie in the queue when the timer fires in a process that was busy: messages are let in before the verdict. */
  const limit = (afterMs: number, late: () => boolean, message: string) =>
    setTimeout(() => setImmediate(() => late() && void fail('late', message)), afterMs)

  function next() {
    if (running) return
    const [job] = waiting
    if (!job) return thread?.worker.unref()
    if (!thread) start()
    const current = thread
    if (!current) return
    current.worker.ref()
    if (!current.ready) return awaitStart(current)
    waiting.shift()
    const message = `A policy task took more than ${limits.timeLimitMs} ms`
    running = { job, timer: limit(limits.timeLimitMs, () => running?.job === job, message) }
    current.worker.postMessage({ id: job.id, task: job.task } satisfies PolicyRequest)
  }

  let starting: Worker | undefined
  function awaitStart(current: { worker: Worker; ready: boolean }) {
    if (starting === current.worker) return
    starting = current.worker
    limit(START_LIMIT_MS, () => thread === current && !current.ready, 'The policy thread did not start').unref()
  }

  return {
    run(task) {
      return new Promise((resolve, reject) => {
        if (closed) return reject(new PolicyTaskError('closed', 'The policy engine is closed'))
        if (waiting.length >= limits.maxWaiting)
          return reject(new PolicyTaskError('overloaded', 'Too many policy tasks wait'))
        waiting.push({ id: nextId++, task: task as PolicyTask, resolve: resolve as (value: unknown) => void, reject })
        next()
      })
    },
    async close() {
      closed = true
      await fail('closed', 'The policy engine was closed')
    },
  }
}
