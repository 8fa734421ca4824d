import { GarbageError } from './failure.ts'
import { MAX_ANSWER_BYTES, MAX_EVENT_BYTES } from './limits.ts'

/** The `fetch` of an SDK whose events are read by `readEvents`, which guards them. It follows no redirect: one could carry the key to another host. */
export const fetchOnce: typeof fetch = async (input, init) => {
  const response = await fetch(input, { ...init, redirect: 'manual' })
  return isStream(response) ? response : guarded(response)
}

/** The `fetch` of an SDK that reads events itself. It refuses in them what `readEvents` would refuse. */
export const guardedFetch: typeof fetch = async (input, init) =>
  guarded(await fetch(input, { ...init, redirect: 'manual' }))

const isStream = ({ headers }: Response) => headers.get('content-type')?.startsWith('text/event-stream') === true

function guarded(response: Response): Response {
  if (!response.body) return response
  const { status, statusText, headers } = response
  return new Response(response.body.pipeThrough(guard(isStream(response))), { status, statusText, headers })
}

function guard(isStream: boolean): TransformStream<Uint8Array, Uint8Array> {
  const decoder = new TextDecoder('utf-8', { fatal: true })
  let sizeBytes = 0
  let lineBytes = 0
  return new TransformStream({
    transform(chunk, controller) {
      sizeBytes += chunk.byteLength
      if (sizeBytes > MAX_ANSWER_BYTES) throw new GarbageError('The answer is longer than any answer may be')
      const lineEnd = chunk.lastIndexOf(0x0a)
      lineBytes = lineEnd === -1 ? lineBytes + chunk.byteLength : chunk.byteLength - lineEnd
      if (isStream && lineBytes > MAX_EVENT_BYTES)
        throw new GarbageError('A piece of the answer is longer than any may be')
      decoder.decode(chunk, { stream: true })
      controller.enqueue(chunk)
    },
    flush() {
      decoder.decode()
    },
  })
}
