import { GarbageError } from './failure.ts'

/** More than any model writes in one answer; past it, somebody else is answering. */
const MAX_ANSWER_BYTES = 64 * 1024 * 1024

/**
 * The `fetch` that provider SDKs get. It follows no redirect (one could carry the key to another host), refuses bytes that are not UTF-8
 * (decoders would replace them silently), and ends an answer without end.
 */
export const guardedFetch: typeof fetch = async (input, init) => {
  const response = await fetch(input, { ...init, redirect: 'manual' })
  if (!response.body) return response
  return new Response(response.body.pipeThrough(guard()), {
    status: response.status,
    statusText: response.statusText,
    headers: response.headers,
  })
}

function guard(): TransformStream<Uint8Array, Uint8Array> {
  const decoder = new TextDecoder('utf-8', { fatal: true })
  let sizeBytes = 0
  return new TransformStream({
    transform(chunk, controller) {
      sizeBytes += chunk.byteLength
      if (sizeBytes > MAX_ANSWER_BYTES) throw new GarbageError('The answer is longer than any answer may be')
      decoder.decode(chunk, { stream: true })
      controller.enqueue(chunk)
    },
    flush() {
      decoder.decode()
    },
  })
}

/** A provider that was asked for a stream and answers with a page or a document is not the provider. */
export function requireEventStream(response: Response): void {
  const type = response.headers.get('content-type') ?? ''
  if (!type.toLowerCase().startsWith('text/event-stream')) {
    throw new GarbageError('The answer is not a stream of server-sent events')
  }
}
