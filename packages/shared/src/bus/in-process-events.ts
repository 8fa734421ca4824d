import type { Clock } from '../time/clock.ts'
import type { Delivery, EventCarrier } from './transport.ts'

export const dedupWindowMs = 120_000
const firstPauseMs = 50
const longestPauseMs = 30_000

type Consumer = { waiting: Delivery[]; wake: Set<() => void> }

/**
 * Facts in memory: a queue for each durable consumer, kept for as long as the network lives, also while nobody of that service
 * listens. A fact whose handler rejects comes again after a pause that doubles.
 */
export function createInProcessEvents(clock: Clock): EventCarrier {
  const consumers = new Map<string, Map<string, Consumer>>()
  const seen = new Map<string, number>()

  const isRepeat = (key: string) => {
    const nowMs = clock.nowMs()
    for (const [old, untilMs] of seen) {
      if (untilMs > nowMs) break
      seen.delete(old)
    }
    if (seen.has(key)) return true
    seen.set(key, nowMs + dedupWindowMs)
    return false
  }
  const offer = (consumer: Consumer, delivery: Delivery) => {
    consumer.waiting.push(delivery)
    for (const wake of consumer.wake) wake()
  }
  const consumerOf = (subject: string, durable: string) => {
    const ofSubject = consumers.get(subject) ?? new Map<string, Consumer>()
    consumers.set(subject, ofSubject)
    const consumer = ofSubject.get(durable) ?? { waiting: [], wake: new Set() }
    ofSubject.set(durable, consumer)
    return consumer
  }

  return {
    async publish(subject, { headers, data, dedupKey }) {
      if (isRepeat(dedupKey)) return true
      for (const consumer of consumers.get(subject)?.values() ?? []) offer(consumer, { headers, data, attempt: 1 })
      return true
    },
    async consume({ subject, durable }, onEvent) {
      const consumer = consumerOf(subject, durable)
      const stopping = new AbortController()
      const again = (delivery: Delivery) => {
        const pauseMs = Math.min(longestPauseMs, firstPauseMs * 2 ** (delivery.attempt - 1))
        setTimeout(() => offer(consumer, { ...delivery, attempt: delivery.attempt + 1 }), pauseMs).unref()
      }
      const work = async () => {
        while (!stopping.signal.aborted) {
          const delivery = consumer.waiting.shift()
          if (delivery) await onEvent(delivery).catch(() => again(delivery))
          else await something(consumer, stopping.signal)
        }
      }
      const worker = work()
      return {
        stop: async () => {
          stopping.abort()
          await worker
        },
      }
    },
  }
}

/** Returns when there may be something to do. */
async function something({ wake }: Consumer, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return
  await new Promise<void>((resolve) => {
    const done = () => {
      wake.delete(done)
      signal.removeEventListener('abort', done)
      resolve()
    }
    wake.add(done)
    signal.addEventListener('abort', done)
  })
}
