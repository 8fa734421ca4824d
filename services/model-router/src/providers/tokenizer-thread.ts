import { parentPort } from 'node:worker_threads'
import type { Encoding } from './token-counter.ts'

const port = parentPort
if (!port) throw new Error('tokenizer-thread.ts runs in a worker thread only')

/** Each takes half a second to load and 70 MB, so only when a text asks for it. */
const load = {
  o200k_base: () => import('gpt-tokenizer/encoding/o200k_base'),
  cl100k_base: () => import('gpt-tokenizer/encoding/cl100k_base'),
}

type Request = { id: number; encoding: Encoding; texts: readonly string[] }

async function count({ encoding, texts }: Request): Promise<number> {
  const { countTokens } = await load[encoding]()
  // What looks like a mark of the protocol is text like any other here.
  return texts.reduce((sum, text) => sum + countTokens(text, { disallowedSpecial: new Set() }), 0)
}

port.on('message', (request: Request) => {
  void count(request).then((tokens) => port.postMessage({ id: request.id, tokens }))
})
