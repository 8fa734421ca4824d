import { GarbageError } from '../failure.ts'
import { MAX_EVENT_BYTES } from '../limits.ts'

/** The `fetch` of an SDK that reads events itself. It refuses in them what `readEvents` would refuse. */
export const guarded =
  (send: typeof fetch): typeof fetch =>
  async (input, init) => {
    const answer = input instanceof Request ? await send(input.url, await partsOf(input)) : await send(input, init)
    const { status, statusText, headers } = answer
    if (status === 204 || status === 304 || !answer.body) return new Response(null, { status, statusText, headers })
    const isStream = headers.get('content-type')?.startsWith('text/event-stream') === true
    const bytes = streamOf(answer.body.getReader())
    return new Response(bytes.pipeThrough(guard(isStream)), { status, statusText, headers })
  }

async function partsOf(request: Request): Promise<RequestInit> {
  const { method, headers, signal } = request
  const body = method === 'GET' ? null : await request.text()
  return { method, headers, signal, body }
}

const streamOf = (reader: Pick<ReadableStreamDefaultReader<Uint8Array>, 'read' | 'cancel'>) =>
  new ReadableStream<Uint8Array>({
    async pull(controller) {
      const { done, value } = await reader.read()
      if (done) controller.close()
      else controller.enqueue(value)
    },
    cancel: () => reader.cancel(),
  })

function guard(isStream: boolean): TransformStream<Uint8Array, Uint8Array> {
  const decoder = new TextDecoder('utf-8', { fatal: true })
  let lineBytes = 0
  return new TransformStream({
    transform(chunk, controller) {
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
