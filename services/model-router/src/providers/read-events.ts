import { createParser } from 'eventsource-parser'
import { GarbageError } from './failure.ts'
import { MAX_ANSWER_BYTES, MAX_EVENT_BYTES } from './limits.ts'

/** `release`: lets a complete answer end by itself, which keeps its connection. */
type Reader = Pick<ReadableStreamDefaultReader<Uint8Array>, 'read' | 'cancel'> & { release?(): void }

/**
 * The JSON of the server-sent events of an answer, up to `[DONE]` where there is one: all that one read of the connection brought, together. Bytes that are
 * not UTF-8 are refused (a decoder would replace them silently), and so is an event or an answer without end.
 */
export async function* readEvents(response: Response): AsyncGenerator<readonly unknown[], void, void> {
  const type = response.headers.get('content-type') ?? ''
  if (!type.toLowerCase().startsWith('text/event-stream') || !response.body) {
    throw new GarbageError('The answer is not a stream of server-sent events')
  }
  let messages: unknown[] = []
  let pendingBytes = 0
  let sizeBytes = 0
  let isDone = false
  const decoder = new TextDecoder('utf-8', { fatal: true })
  const parser = createParser({
    onEvent({ data }) {
      pendingBytes = 0
      if (data === '[DONE]') isDone = true
      else if (!isDone) messages.push(JSON.parse(data))
    },
  })
  const reader: Reader = response.body.getReader()
  try {
    for (;;) {
      const { done, value } = await reader.read()
      if (done) return
      sizeBytes += value.byteLength
      pendingBytes += value.byteLength
      parser.feed(decoder.decode(value, { stream: true }))
      if (pendingBytes > MAX_EVENT_BYTES) throw new GarbageError('A piece of the answer is longer than any may be')
      if (sizeBytes > MAX_ANSWER_BYTES) throw new GarbageError('The answer is longer than any answer may be')
      if (messages.length > 0) yield messages
      if (isDone) return
      messages = []
    }
  } finally {
    // Not awaited: nobody waits for what a provider still sends.
    if (isDone && reader.release) reader.release()
    else reader.cancel().catch(() => undefined)
  }
}

/** The messages of an SDK that reads the answer itself. */
export async function* oneByOne(messages: AsyncIterable<unknown>): AsyncGenerator<readonly unknown[], void, void> {
  for await (const message of messages) yield [message]
}
