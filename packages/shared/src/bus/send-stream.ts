import { type AnyResult, failed, permitted, type Run, send, sendFault, tooLarge } from './answer.ts'
import { atEndOfTurn } from '../time/end-of-turn.ts'
import { encodeText, header } from './wire.ts'
import type { Fault } from '../fault/fault.ts'
import { fits } from './fits.ts'
import type { StreamOperation } from './contract.ts'
import { partText } from './stream-parts.ts'

/** A batch goes out when it has this much, however many events the turn still has. */
const batchBytes = 64 * 1024
const batchEvents = 500

/**
 * Sends what a handler yields. All events of one turn of the event loop go in one message; messages are numbered from 1, and
 * heartbeats in between carry the number of the last one, so that a reader notices what is lost. Ends with an explicit end, which
 * carries the fault if there is one. Returns that fault.
 */
export async function sendStream(
  run: Run<StreamOperation>,
  heartbeatMs: number,
  handle: () => AsyncIterable<AnyResult>,
): Promise<Fault | undefined> {
  const batches = createBatches(run)
  const heartbeat = setInterval(() => batches.beat(), heartbeatMs)
  try {
    const fault = await pump(run, handle, batches).catch((error: unknown) => failed(run, error).fault)
    return batches.end(fault)
  } finally {
    clearInterval(heartbeat)
  }
}

type Batches = {
  /** Adds an event to the batch of this turn; true when it is time to let others have a turn. */
  add(event: string): boolean
  beat(): void
  end(fault: Fault | undefined): Fault | undefined
}

async function pump(
  run: Run<StreamOperation>,
  handle: () => AsyncIterable<AnyResult>,
  batches: Batches,
): Promise<Fault | undefined> {
  const events = handle()[Symbol.asyncIterator]()
  const { signal } = run.call
  let aborted: () => void = () => undefined
  signal.addEventListener('abort', () => aborted(), { once: true })
  const nextOrAborted = () =>
    new Promise<IteratorResult<AnyResult> | 'aborted'>((resolve, reject) => {
      aborted = () => resolve('aborted')
      events.next().then(resolve, reject)
      if (signal.aborted) aborted()
    })
  // Ends the source as leaving a loop does. It may be waiting for something that ignores the signal, so nobody waits for it.
  const leave = (fault: Fault) => {
    events.return?.().catch((error: unknown) => failed(run, error))
    return fault
  }
  for (;;) {
    const next = await nextOrAborted()
    if (next === 'aborted' || signal.aborted) return leave(run.stopped())
    if (next.done) return undefined
    if (!next.value.ok) return leave(permitted(run, next.value.fault))
    const fitting = fits(run.operation.event, next.value.value, `An event of ${run.subject}`)
    if (!fitting.ok) {
      run.logger?.error({ subject: run.subject, errors: fitting.fault.errors }, 'an event did not fit its contract')
      return leave(fitting.fault)
    }
    const event = JSON.stringify(next.value.value)
    // UTF-8 has at most three bytes for each UTF-16 code unit.
    if (event.length * 3 > run.transport.maxPayloadBytes && isTooLarge(run, event)) return leave(tooLarge(run.subject))
    if (batches.add(event)) await new Promise((resolve) => setImmediate(resolve))
  }
}

const isTooLarge = (run: Run, event: string) => Buffer.byteLength(event) + 1024 > run.transport.maxPayloadBytes

function createBatches(run: Run<StreamOperation>): Batches {
  let sequence = 0
  let events: string[] = []
  let size = 0
  let flushing = false
  let quiet = true

  const take = () => {
    const taken = events
    events = []
    size = 0
    return taken
  }
  const flush = () => {
    flushing = false
    if (events.length === 0) return
    sequence += 1
    quiet = false
    send(run, {}, encodeText(partText('events', sequence, take())))
  }

  return {
    add(event) {
      // Never over the limit together: one that is large goes alone.
      if (size + event.length > batchBytes) flush()
      events.push(event)
      size += event.length
      if (size < batchBytes && events.length < batchEvents) {
        if (!flushing) atEndOfTurn(flush)
        flushing = true
        return false
      }
      flush()
      return true
    },
    beat() {
      if (quiet) send(run, {}, encodeText(partText('heartbeat', sequence)))
      quiet = true
    },
    end(fault) {
      if (fault) flush()
      const number = sequence + 1
      if (fault) sendFault(run, fault, { [header.sequence]: String(number) })
      else send(run, {}, encodeText(partText('end', number, take())))
      return fault
    },
  }
}
