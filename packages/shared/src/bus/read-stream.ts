import { busFaults, streamFaults } from './faults.ts'
import { decode, faultOf, header } from './wire.ts'
import { fail, ok, type Result } from '../fault/result.ts'
import { leftFault, nobody, type Route, type Sending, sendRequest, timeoutFault } from './call-once.ts'
import type { Arrival } from './requests.ts'
import type { Fault } from '../fault/fault.ts'
import { fits } from './fits.ts'
import { partOf } from './stream-parts.ts'
import type { Message } from './transport.ts'
import type { TSchema } from 'typebox'

/** How much may wait unread before the source is cancelled (docs/decisions, slow readers of a stream). */
export const unreadBytes = 1024 * 1024
/** A source that is silent for so many heartbeats is taken for dead. */
const silentHeartbeats = 3

type Element = Result<unknown>
type Options = { event: TSchema; heartbeatMs: number; onEnd: (fault: Fault | undefined) => void }

/**
 * Asks for a stream and reads it: its events in order, and a fault as the last element when it did not end well. Messages wait
 * as bytes, and are decoded when the reader comes to them.
 */
export function readStream(route: Route, sending: Sending, options: Options): AsyncIterator<Element, undefined> {
  const source = createSource(route, sending, options)
  const what = `An event of ${route.subject}`
  let events: Iterator<unknown> | undefined

  /** What is there already; undefined where it has to be waited for. */
  const now = (): IteratorResult<Element, undefined> | undefined => {
    for (;;) {
      const event = events?.next()
      if (event && !event.done) {
        const fitting = fits(options.event, event.value, what)
        if (fitting.ok) return { done: false, value: ok(event.value) }
        source.stop(fitting.fault)
      }
      events = undefined
      const arrived = source.take()
      if (arrived === undefined) return undefined
      if (arrived === 'end') return { done: true, value: undefined }
      if ('fault' in arrived) return { done: false, value: fail(arrived.fault) }
      const decoded = decode(arrived, what)
      if (decoded.ok && Array.isArray(decoded.value)) events = decoded.value.values()
      else source.stop(decoded.ok ? notEvents(route.subject) : decoded.fault)
    }
  }
  const later = async (): Promise<IteratorResult<Element, undefined>> => {
    for (;;) {
      const ready = now()
      if (ready) return ready
      await source.arrival()
    }
  }
  // One after the other, also for a reader that does not wait.
  let last: Promise<unknown> | undefined
  return {
    next() {
      const ready = last ? undefined : now()
      if (ready) return Promise.resolve(ready)
      const result = last ? last.then(later) : later()
      const settled = result.finally(() => {
        if (last === settled) last = undefined
      })
      last = settled
      return result
    },
    return: async () => {
      source.leave()
      return { done: true, value: undefined }
    },
  }
}

const notEvents = (subject: string) =>
  busFaults.fault('contract-mismatch', `A message of the stream ${subject} holds no events.`)

type Source = {
  /** The events of the next message, the fault that ended the stream (once), or the end; undefined where nothing of it has come yet. */
  take(): Uint8Array | { fault: Fault } | 'end' | undefined
  /** Resolves when there is something to take. */
  arrival(): Promise<void>
  /** Ends it at the reader's side, with a fault; what waits unread is dropped. */
  stop(fault: Fault): void
  /** Ends it because the reader goes. */
  leave(): void
}

/** What arrives of one stream: checks the numbers, notices silence, and bounds what waits. */
function createSource(route: Route, sending: Sending, { heartbeatMs, onEnd }: Options): Source {
  const { subject } = route
  const { call } = sending
  const unread: Uint8Array[] = []
  let unreadSize = 0
  let sequence = 0
  let ended = false
  let fault: Fault | undefined
  let wake: (() => void) | undefined
  let heardAtMs = performance.now()

  const end = (reason: Fault | undefined, { cancel = false, dropUnread = false } = {}) => {
    if (ended) return
    ended = true
    fault = reason
    if (dropUnread) unread.length = 0
    clearTimeout(deadline)
    clearInterval(silence)
    call.left?.removeEventListener('abort', aborted)
    sent.forget()
    if (cancel) sent.cancel()
    onEnd(reason)
    wake?.()
  }
  const cut = (why: string) =>
    end(streamFaults.fault('cut', `The stream ${subject} broke off: ${why}.`), { cancel: true })
  const aborted = () => end(leftFault(route, call), { cancel: true, dropUnread: true })

  const keep = (events: Uint8Array): boolean => {
    if (unread.length > 0 && unreadSize + events.length > unreadBytes) {
      const detail = `More than ${unreadBytes} bytes of ${subject} waited unread.`
      end(streamFaults.fault('slow-consumer', detail), { cancel: true })
      return false
    }
    unread.push(events)
    unreadSize += events.length
    wake?.()
    return true
  }
  const receive = (message: Message) => {
    const part = partOf(message)
    if (!part) return endIn(message)
    if (part.number !== (part.kind === 'heartbeat' ? sequence : sequence + 1)) return cut('a message was lost')
    sequence = part.number
    const isKept = part.events.length === 0 || keep(part.events)
    if (part.kind === 'end' && isKept) end(undefined)
  }
  const endIn = (message: Message) => {
    const { [header.sequence]: number = String(sequence + 1) } = message.headers
    if (Number(number) !== sequence + 1) return cut('a message was lost')
    end(faultOf(message, `The answer of ${subject}`) ?? notEvents(subject))
  }
  const arrive = (arrival: Arrival) => {
    heardAtMs = performance.now()
    if (ended) return
    if (arrival === 'disconnected') return cut('the bus was disconnected')
    if (arrival.noResponders) return end(nobody(route))
    receive(arrival)
  }
  const silentForMs = () => performance.now() - heardAtMs
  const listen = () => {
    if (silentForMs() < silentHeartbeats * heartbeatMs) return
    // This process may have been busy itself: what has arrived meanwhile gets its turn first.
    setTimeout(() => silentForMs() >= silentHeartbeats * heartbeatMs && cut('its source fell silent'), 10)
  }

  const headers = { ...sending.headers, [header.heartbeatMs]: String(heartbeatMs) }
  const sent = sendRequest(route, { ...sending, headers }, arrive)
  const deadline = setTimeout(() => end(timeoutFault(subject), { cancel: true, dropUnread: true }), sending.timeoutMs)
  const silence = setInterval(listen, heartbeatMs)
  call.left?.addEventListener('abort', aborted, { once: true })
  if (sent.fault) end(sent.fault)

  return {
    take() {
      const events = unread.shift()
      if (events) {
        unreadSize -= events.length
        return events
      }
      if (!ended) return undefined
      const last = fault
      fault = undefined
      return last ? { fault: last } : 'end'
    },
    arrival: () => (unread.length > 0 || ended ? Promise.resolve() : new Promise<void>((resolve) => (wake = resolve))),
    stop(reason) {
      if (!ended) return end(reason, { cancel: true, dropUnread: true })
      unread.length = 0
      fault = reason
    },
    leave() {
      end(undefined, { cancel: true, dropUnread: true })
      unread.length = 0
      fault = undefined
    },
  }
}
