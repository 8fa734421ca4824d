import { AsyncLocalStorage } from 'node:async_hooks'
import type { Message, Transport } from './transport.ts'
import { randomUUID } from 'node:crypto'

/** What NATS is configured with, so that a message which passes here passes there. */
export const maxPayloadBytes = 8 * 1024 * 1024

type Listener = { queue: string | undefined; owner: object; onMessage: (message: Message) => void }

/** Subjects and who listens to them. Messages arrive in a later turn and in the order of their sending, as over a wire. */
export function createSwitchboard() {
  const listeners = new Map<string, Set<Listener>>()
  // What a handler does must not run in its caller's async context: there is no wire to lose the open transaction or span on.
  const outside = AsyncLocalStorage.snapshot()

  const listen = (subject: string, listener: Listener) => {
    const set = listeners.get(subject) ?? new Set()
    listeners.set(subject, set.add(listener))
    return () => {
      set.delete(listener)
      if (set.size === 0) listeners.delete(subject)
    }
  }
  const route = (message: Message) => {
    const wildcard = `${message.subject.slice(0, message.subject.lastIndexOf('.'))}.*`
    const all = [...(listeners.get(message.subject) ?? []), ...(listeners.get(wildcard) ?? [])]
    for (const listener of onePerQueue(all)) outside(() => listener.onMessage(message))
    if (all.length === 0 && message.reply !== undefined)
      route({ subject: message.reply, headers: {}, data: new Uint8Array(), noResponders: true })
  }

  return {
    connect(service: string): Transport {
      const owner = {}
      const own = new Set<() => void>()
      let connected = true
      const add = (subject: string, onMessage: Listener['onMessage'], queue?: string) => {
        const remove = listen(subject, { queue, owner, onMessage })
        own.add(remove)
        // What was sent before is still delivered, as a drained subscription does.
        return { stop: () => new Promise<void>((resolve) => setImmediate(() => resolve(remove()))) }
      }
      return {
        prefix: 'tessera',
        inbox: `tessera.inbox.${service}.${randomUUID()}`,
        maxPayloadBytes,
        connected: () => connected,
        send(message) {
          if (connected) setImmediate(route, message)
          return connected
        },
        listen: (subject, onMessage) => add(subject, onMessage),
        async serve(endpoints, onMessage) {
          const stops = endpoints.operations.map(({ name, subject }) =>
            add(subject, (message) => void onMessage(name, message), endpoints.service),
          )
          return { stop: async () => void (await Promise.all(stops.map(({ stop }) => stop()))) }
        },
        onDisconnect: () => undefined,
        async close() {
          // What this process has said last still goes out.
          await new Promise((resolve) => setImmediate(resolve))
          connected = false
          for (const remove of own) remove()
        },
      }
    },
  }
}

function onePerQueue(all: readonly Listener[]): Listener[] {
  const queues = Map.groupBy(all, ({ queue }) => queue)
  return [...queues].flatMap(([queue, members]) =>
    queue === undefined ? members : members.slice(Math.floor(Math.random() * members.length)).slice(0, 1),
  )
}
