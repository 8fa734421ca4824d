import { type ChildProcess, fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { retrievalFaults } from '@tessera/shared/contracts/retrieval'
import { fail } from '@tessera/shared/fault/result'
import type { RawDocument } from '../extract.ts'
import { readDocument } from './read-document.ts'

export type Reader = ReturnType<typeof createReader>
type Answer = ReturnType<typeof readDocument>

/** Below this, reading takes some tens of milliseconds at most, whatever the text. */
const light = { characters: 200_000, tags: 500 }
/** A few kilobytes of HTML can ask for a tree of gigabytes (unclosed formatting is repeated in every paragraph). */
const limits = { heapMb: 512, timeoutMs: 10_000 }
/** How long the process is kept for the next one. */
const idleMs = 30_000

const isLight = ({ text }: RawDocument) =>
  text.length <= light.characters && (text.match(/</g)?.length ?? 0) <= light.tags

/**
 * Reads documents: small ones at once, others one after the other in a process of their own with bounded time and memory. None of them can hold up the
 * searches of this process; and a thread that runs out of memory would take it down.
 */
export function createReader({ heapMb, timeoutMs }: typeof limits = limits) {
  let child: ChildProcess | undefined
  let idle: NodeJS.Timeout | undefined
  let last: Promise<unknown> = Promise.resolve()

  const stop = () => {
    clearTimeout(idle)
    child?.removeAllListeners()
    child?.kill('SIGKILL')
    child = undefined
  }
  const readApart = async (document: RawDocument): Promise<Answer> => {
    clearTimeout(idle)
    child ??= start(heapMb)
    const { answer, reason } = await ask(child, document, timeoutMs)
    if (answer) {
      idle = setTimeout(stop, idleMs).unref()
      return answer
    }
    stop()
    return fail(retrievalFaults.fault('unreadable-content', reason))
  }
  return {
    async read({ mediaType, text, title, externalId }: RawDocument): Promise<Answer> {
      const document = { mediaType, text, title, externalId }
      if (isLight(document)) return readDocument(document)
      const turn = last.then(() => readApart(document))
      last = turn.catch(() => undefined)
      return turn
    },
    async close() {
      await last
      stop()
    },
  }
}

function start(heapMb: number): ChildProcess {
  const child = fork(fileURLToPath(new URL('./reader-process.ts', import.meta.url)), {
    execArgv: [`--max-old-space-size=${heapMb}`],
    // It needs no variable of ours, and none of our secrets.
    env: {},
    serialization: 'advanced',
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
  })
  // While it is idle, it keeps nobody alive.
  child.unref()
  child.channel?.unref()
  return child
}

type Asked = { answer: Answer; reason?: never } | { answer?: never; reason: string }

function ask(child: ChildProcess, document: RawDocument, timeoutMs: number): Promise<Asked> {
  return new Promise((resolve) => {
    const settle = (asked: Asked) => {
      clearTimeout(timer)
      child.removeAllListeners()
      child.on('error', () => undefined)
      resolve(asked)
    }
    const timer = setTimeout(() => settle({ reason: 'Reading it takes too long.' }), timeoutMs)
    child.on('message', (answer) => settle({ answer: answer as Answer }))
    child.on('error', () => settle({ reason: 'It could not be read.' }))
    child.on('exit', () => settle({ reason: 'Reading it takes too much memory.' }))
    child.send(document)
  })
}
