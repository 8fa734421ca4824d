import { atEndOfTurn } from '../time/end-of-turn.ts'
import type { Headers, Listening, Message, Outgoing, Transport } from './transport.ts'
import type { Logger } from 'pino'
import {
  createInbox,
  Events,
  headers as natsHeaders,
  type Msg,
  type MsgHdrs,
  type NatsConnection,
  type Subscription,
} from 'nats'
import { wait } from '../time/wait.ts'

type Options = { connection: NatsConnection; prefix: string; inboxPrefix: string; logger: Logger | undefined }

const lastWordsMs = 2000

/** The name under which ordinary NATS tools (`nats micro ls`) see a service. */
export const microName = (prefix: string, service: string) => `${prefix}_${service}`

/** Core NATS: requests in queue groups through NATS's own services framework, answers in one wildcard inbox per process. */
export function createNatsTransport({ connection, prefix, inboxPrefix, logger }: Options): Transport {
  const lost = new Set<() => void>()
  let connected = true
  let maxPayloadBytes = connection.info?.max_payload ?? 0
  void watch(connection, {
    lost: () => {
      connected = false
      for (const listener of lost) listener()
    },
    back: () => {
      connected = true
    },
    logger,
  })
  let outgoing: Outgoing[] = []
  /** What was sent in one turn leaves in one write; what the connection did not live to take is lost, as on the wire. */
  const sendAll = () => {
    const all = outgoing
    outgoing = []
    if (!connected || connection.isClosed()) return
    for (const { subject, headers, data, reply } of all)
      connection.publish(subject, data, {
        ...(hasAny(headers) && { headers: toNats(headers) }),
        ...(reply !== undefined && { reply }),
      })
  }
  const report = (subject: string, error: Error) => logger?.error({ err: error, subject }, 'a subscription was refused')

  return {
    prefix,
    inbox: createInbox(inboxPrefix),
    // The server's own word, which is not to be had while it is away.
    get maxPayloadBytes() {
      maxPayloadBytes = connection.info?.max_payload ?? maxPayloadBytes
      return maxPayloadBytes
    },
    connected: () => connected && !connection.isClosed(),
    send(message) {
      if (!connected || connection.isClosed()) return false
      if (outgoing.push(message) === 1) atEndOfTurn(sendAll)
      return true
    },
    listen(subject, onMessage) {
      const callback = (error: Error | null, message: Msg) =>
        error ? report(subject, error) : onMessage(fromNats(message))
      return draining(connection.subscribe(subject, { callback }))
    },
    async serve({ service, version, operations }, onMessage) {
      const micro = await connection.services.add({
        name: microName(prefix, service),
        version: `${version}.0.0`,
        description: `Tessera's ${service} service`,
        queue: service,
      })
      for (const { name, subject } of operations) {
        const handler = (error: Error | null, message: Msg) =>
          error ? report(subject, error) : void onMessage(name, fromNats(message))
        micro.addEndpoint(name, { subject, handler })
      }
      // The server knows the subscriptions before anybody is told that they are there.
      await connection.flush()
      return { stop: async () => void (await micro.stop()) }
    },
    onDisconnect: (listener) => lost.add(listener),
    async close() {
      if (connection.isClosed()) return
      sendAll()
      // A connection that is open but dead would keep a flush waiting.
      const said = new AbortController()
      if (connected) await Promise.race([connection.flush().catch(() => undefined), wait(lastWordsMs, said.signal)])
      said.abort()
      await connection.close()
    },
  }
}

/** Ends a subscription once what the server had sent by then has been delivered. */
export const draining = (subscription: Subscription): Listening => ({
  stop: async () => {
    if (!subscription.isClosed()) await subscription.drain().catch(() => undefined)
  },
})

export function toNats(headers: Headers): MsgHdrs {
  const all = natsHeaders()
  for (const [name, value] of Object.entries(headers)) all.set(name, value)
  return all
}

export function fromNats(message: Msg): Message {
  const { subject, data, headers: given } = message
  const headers: Record<string, string> = {}
  if (given) for (const name of given.keys()) headers[name] = given.get(name)
  const noResponders = given?.code === 503 && data.length === 0
  return { subject, headers, data, reply: message.reply || undefined, noResponders }
}

const hasAny = (headers: Headers) => {
  for (const _name in headers) return true
  return false
}

type Watcher = { lost: () => void; back: () => void; logger: Logger | undefined }

async function watch(connection: NatsConnection, { lost, back, logger }: Watcher): Promise<void> {
  for await (const { type, data } of connection.status()) {
    if (type === Events.Disconnect) {
      lost()
      logger?.warn('the bus is disconnected')
    } else if (type === Events.Reconnect) {
      back()
      logger?.info('the bus is connected again')
    } else if (type === Events.Error) logger?.error({ data }, 'the NATS server refused something')
  }
}
