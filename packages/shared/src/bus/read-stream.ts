import { busFaults, streamFaults } from './faults.ts'
import { decode, faultOf, header } from './wire.ts'
import { fail, ok, type Result } from '../fault/result.ts'
import { leftFault, nobody, type Route, type Sending, sendRequest, timeoutFault } from './call-once.ts'
import type { Arrival } from './requests.ts'
import type { Fault } from '../fault/fault.ts'
import { fits } from './fits.ts'
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
  let events: Iterator<unknown> | undefined

  const next = async (): Promise<IteratorResult<Element, undefined>> => {
    for (;;) {
      const event = events?.next()
      if (event && !event.done) {
        const fitting = fits(options.event, event.value, `An event of ${route.subject}`)
        if (fitting.ok) return { done: false, value: ok(event.value) }
        events = undefined
        source.stop(fitting.fault)
        continue
      }
      events = undefined
      const arrived = await source.take()
      if (arrived === 'end') return { done: true, value: undefined }
      if ('fault' in arrived) return { done: false, value: fail(arrived.fault) }
      const decoded = decode(arrived.data, `An event of ${route.subject}`)
      if (decoded.ok && Array.isArray(decoded.value)) events = decoded.value.values()
      else source.stop(decoded.ok ? notEvents(route.subject) : decoded.fault)
    }
  }
  // One after the other, also for a reader that does not wait.
  let last: Promise<unknown> = Promise.resolve()
  return {
    next: () => {
      const before = last
      const result = (async () => {
        await before
        return next()
      })()
      last = result.catch(() => undefined)
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
  /** The next message with events, the fault that ended the stream (once), or the end. */
  take(): Promise<Message | { fault: Fault } | 'end'>
  /** Ends it at the reader's side, with a fault; what waits unread is dropped. */
  stop(fault: Fault): void
  /** Ends it because the reader goes. */
  leave(): void
}

/** What arrives of one stream: checks the numbers, notices silence, and bounds what waits. */
function createSource(route: Route, sending: Sending, { heartbeatMs, onEnd }: Options): Source {
  const { subject } = route
  const { call } = sending
  const unread: Message[] = []
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
    call.signal.removeEventListener('abort', aborted)
    sent.forget()
    if (cancel) sent.cancel()
    onEnd(reason)
    wake?.()
  }
  const cut = (why: string) =>
    end(streamFaults.fault('cut', `The stream ${subject} broke off: ${why}.`), { cancel: true })
  const aborted = () => end(leftFault(route, call), { cancel: true, dropUnread: true })

  const receive = (message: Message) => {
    const number = Number(message.headers[header.sequence])
    const part = message.headers[header.part]
    if (part === 'heartbeat') return number === sequence ? undefined : cut('a message was lost')
    if (part !== 'events' && part !== 'end') return end(faultOf(message, `The answer of ${subject}`))
    if (number !== sequence + 1) return cut('a message was lost')
    sequence = number
    if (part === 'end') return end(faultOf(message, `The end of ${subject}`))
    if (unread.length > 0 && unreadSize + message.data.length > unreadBytes) {
      const detail = `More than ${unreadBytes} bytes of ${subject} waited unread.`
      return end(streamFaults.fault('slow-consumer', detail), { cancel: true })
    }
    unread.push(message)
    unreadSize += message.data.length
    wake?.()
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
  call.signal.addEventListener('abort', aborted, { once: true })
  if (sent.fault) end(sent.fault)

  return {
    async take() {
      if (unread.length === 0 && !ended) await new Promise<void>((resolve) => (wake = resolve))
      const message = unread.shift()
      if (message) {
        unreadSize -= message.data.length
        return message
      }
      const last = fault
      fault = undefined
      return last ? { fault: last } : 'end'
    },
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
