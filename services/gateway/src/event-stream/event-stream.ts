import { Readable } from 'node:stream'
import type { FastifyReply } from 'fastify'

/** One server-sent event, as it crosses the wire. `data` is JSON, so it has no line breaks. */
export function frame(data: unknown, { id, event }: { id?: number; event?: string } = {}): string {
  const lines = [...(id === undefined ? [] : [`id: ${id}`]), ...(event === undefined ? [] : [`event: ${event}`])]
  return [...lines, `data: ${JSON.stringify(data)}`, '', ''].join('\n')
}

const heartbeat = ': still here\n\n'

/** How many heartbeats long a connection may take nothing of what waits for it. */
const patience = 4

/**
 * Answers 200 with these frames. A slow client slows their source down, and one that takes nothing for four heartbeats is cut. A quiet source is covered by comment lines every
 * `heartbeatMs`, and a source that throws cuts the connection, so that nobody takes a broken stream for a finished one. The source is told when the client leaves.
 */
export function sendFrames(reply: FastifyReply, frames: AsyncIterator<string>, heartbeatMs: number): FastifyReply {
  // Heartbeats keep a connection busy that takes them, so only one that takes nothing is ever idle for so long.
  reply.raw.setTimeout(patience * heartbeatMs, () => reply.raw.destroy())
  return reply
    .code(200)
    .type('text/event-stream; charset=utf-8')
    .header('cache-control', 'no-store, no-transform')
    .header('x-accel-buffering', 'no')
    .send(readableOf(frames, heartbeatMs))
}

function readableOf(frames: AsyncIterator<string>, heartbeatMs: number): Readable {
  let pulling = false
  const quiet = setInterval(() => {
    if (stream.readableLength === 0 && !stream.readableEnded) stream.push(heartbeat)
  }, heartbeatMs)

  async function pull() {
    const { done, value } = await frames.next()
    pulling = false
    if (done) clearInterval(quiet)
    else quiet.refresh()
    stream.push(done ? null : value)
  }
  // Its end is not waited for: the signal of the call has told the source already.
  const leave = () => void frames.return?.().then(undefined, () => undefined)

  const stream = new Readable({
    highWaterMark: 64 * 1024,
    read() {
      if (pulling) return
      pulling = true
      pull().catch((error: unknown) => stream.destroy(error as Error))
    },
    destroy(error, callback) {
      clearInterval(quiet)
      leave()
      callback(error)
    },
  })
  return stream
}
