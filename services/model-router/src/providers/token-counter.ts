import { Worker } from 'node:worker_threads'
import { estimateTokens } from './estimate-tokens.ts'

/** How a model's tokenizer cuts texts: the published ones. */
export type Encoding = 'o200k_base' | 'cl100k_base'

export type TokenCounter = {
  /** Never rejects: where the tokenizer takes too long, the number is the rough one of `estimateTokens`. */
  count(texts: readonly string[], encoding?: Encoding): Promise<number>
}

/** A text on which a tokenizer takes longer (one word of megabytes) is counted roughly. */
const TIMEOUT_MS = 5000

/** After so much rest its memory is given back. */
const IDLE_MS = 60_000

type Waiting = { readonly resolve: (tokens: number) => void; readonly texts: readonly string[] }

/** One for the process, whoever needs it: its memory is large. */
export const tokenCounter: TokenCounter = createTokenCounter()

/** Counts tokens in a thread of its own, begun when it is first needed: a tokenizer would stop every stream of this process while it loads and counts. */
export function createTokenCounter(): TokenCounter {
  const waiting = new Map<number, Waiting>()
  let lastId = 0
  let thread: Worker | undefined
  let idle: NodeJS.Timeout | undefined

  function begin(): Worker {
    const worker = new Worker(new URL('./tokenizer-thread.ts', import.meta.url))
    worker.on('message', ({ id, tokens }: { id: number; tokens: number }) => settle(id, tokens))
    worker.on('error', end)
    // Last, since to listen holds the process: only a count that is waited for may.
    worker.unref()
    return worker
  }

  function settle(id: number, tokens: number): void {
    waiting.get(id)?.resolve(tokens)
    waiting.delete(id)
  }

  /** What still waits is counted roughly; the next one gets a new thread. */
  function end(): void {
    clearTimeout(idle)
    void thread?.terminate()
    thread = undefined
    for (const [id, { texts }] of waiting) settle(id, estimateTokens(...texts))
  }

  return {
    async count(texts, encoding = 'o200k_base') {
      thread ??= begin()
      clearTimeout(idle)
      idle = setTimeout(end, IDLE_MS).unref()
      const id = ++lastId
      const { promise, resolve } = Promise.withResolvers<number>()
      waiting.set(id, { resolve, texts })
      thread.postMessage({ id, encoding, texts })
      const late = setTimeout(end, TIMEOUT_MS)
      return promise.finally(() => clearTimeout(late))
    },
  }
}
