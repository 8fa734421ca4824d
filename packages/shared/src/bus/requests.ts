import type { Message, Transport } from './transport.ts'

export type Arrival = Message | 'disconnected'

/**
 * The answers to all requests of this process come to one inbox; here each finds who waits for it. One subscription for the life
 * of the process, none per request.
 */
export type Requests = {
  /** Waits for answers under this id; returns the subject to send them to, and how to stop waiting. */
  expect(callId: string, onArrival: (arrival: Arrival) => void): { reply: string; forget: () => void }
  /** Ends every wait as a lost connection does. */
  abandon(): void
}

export function createRequests(transport: Transport): Requests {
  const waiting = new Map<string, (arrival: Arrival) => void>()
  transport.listen(`${transport.inbox}.*`, (message) =>
    waiting.get(message.subject.slice(transport.inbox.length + 1))?.(message),
  )
  const abandon = () => {
    for (const onArrival of waiting.values()) onArrival('disconnected')
  }
  transport.onDisconnect(abandon)
  return {
    expect(callId, onArrival) {
      waiting.set(callId, onArrival)
      return { reply: `${transport.inbox}.${callId}`, forget: () => waiting.delete(callId) }
    },
    abandon,
  }
}
