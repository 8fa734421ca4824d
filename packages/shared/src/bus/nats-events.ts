import {
  AckPolicy,
  DeliverPolicy,
  DiscardPolicy,
  Events,
  type Msg,
  type NatsConnection,
  nanos,
  RetentionPolicy,
  StorageType,
} from 'nats'
import { draining, fromNats, toNats } from './nats-transport.ts'
import { dedupWindowMs } from './in-process-events.ts'
import type { Delivery, EventCarrier, Transport } from './transport.ts'
import type { Logger } from 'pino'
import { wait } from '../time/wait.ts'

const keptMs = 7 * 24 * 3600 * 1000
const ackWaitMs = 30_000
const publishTimeoutMs = 5_000
const firstPauseMs = 50
const longestPauseMs = 30_000
/** How many facts one service may have in hands, over all its processes. */
const maxUnacknowledged = 64

/** The one JetStream stream of all facts; every service may create it as it is, none may change it. */
export const streamNameOf = (prefix: string) => `${prefix}_events`
/** Where JetStream pushes the facts for a durable consumer; its processes share them as a queue group. */
export const deliverSubjectOf = (prefix: string, durable: string) => `${prefix}.deliver.${durable}`

type Options = { connection: NatsConnection; transport: Transport; replicas: number; logger: Logger | undefined }

/** Facts on JetStream, kept for a week. A consumer exists from its first subscription on and misses nothing since. */
export function createNatsEvents({ connection, transport, replicas, logger }: Options): EventCarrier {
  const { prefix } = transport
  const stream = streamNameOf(prefix)
  const jetstream = connection.jetstream({ timeout: publishTimeoutMs })
  const manager = connection.jetstreamManager({ checkAPI: false, timeout: publishTimeoutMs })

  const ensureStream = async () => {
    await (
      await manager
    ).streams
      .add({
        name: stream,
        subjects: [`${prefix}.events.>`],
        retention: RetentionPolicy.Limits,
        storage: StorageType.File,
        discard: DiscardPolicy.Old,
        max_age: nanos(keptMs),
        duplicate_window: nanos(dedupWindowMs),
        num_replicas: replicas,
      })
      .catch(unlessItExists)
  }
  const ensureConsumer = async (subject: string, durable: string) => {
    await ensureStream()
    await (
      await manager
    ).consumers
      .add(stream, {
        durable_name: durable,
        filter_subject: subject,
        deliver_subject: deliverSubjectOf(prefix, durable),
        deliver_group: durable,
        deliver_policy: DeliverPolicy.New,
        ack_policy: AckPolicy.Explicit,
        ack_wait: nanos(ackWaitMs),
        max_ack_pending: maxUnacknowledged,
      })
      .catch(unlessItExists)
  }
  const store = (subject: string, data: Uint8Array, headers: Delivery['headers'], msgID: string) =>
    jetstream.publish(subject, data, { headers: toNats(headers), msgID })

  return {
    async publish(subject, { headers, data, dedupKey }) {
      if (!transport.connected()) return false
      try {
        // The first fact ever finds no stream; its second try is the same message, so it is stored once.
        await store(subject, data, headers, dedupKey).catch(async () => {
          await ensureStream()
          await store(subject, data, headers, dedupKey)
        })
        return true
      } catch (error) {
        logger?.warn({ err: error, subject }, 'a fact could not be stored')
        return false
      }
    },
    async consume({ subject, durable }, onEvent) {
      const stopping = new AbortController()
      const inbox = createEventInbox(onEvent, (message, word) => {
        if (!connection.isClosed()) message.respond(word)
      })
      const subscription = connection.subscribe(deliverSubjectOf(prefix, durable), {
        queue: durable,
        callback: (error, message) =>
          error ? logger?.error({ err: error, durable }, 'a subscription was refused') : inbox.add(message),
      })
      const ensure = async () => {
        for (let attempt = 1; !stopping.signal.aborted; attempt++) {
          try {
            return await ensureConsumer(subject, durable)
          } catch (error) {
            logger?.warn({ err: error, durable, attempt }, 'a durable consumer could not be created')
            await wait(Math.min(2000, 100 * 2 ** attempt), stopping.signal)
          }
        }
      }
      await ensure()
      // A server that came back without its storage knows neither stream nor consumer.
      void whenReconnected(connection, () => void ensure())
      return {
        stop: async () => {
          stopping.abort()
          await draining(subscription).stop()
          await inbox.stop()
        },
      }
    },
  }
}

/** Handles what JetStream has pushed, one after the other, and keeps it while it waits. */
function createEventInbox(onEvent: (delivery: Delivery) => Promise<void>, say: (message: Msg, word: string) => void) {
  const held = new Set<Msg>()
  let stopped = false
  let last = Promise.resolve()
  const keep = setInterval(() => held.forEach((message) => say(message, '+WPI')), ackWaitMs / 3)
  keep.unref()

  const handle = async (message: Msg) => {
    const { headers, data } = fromNats(message)
    const attempt = attemptOf(message)
    if (stopped) return say(message, '-NAK')
    const pauseMs = Math.min(longestPauseMs, firstPauseMs * 2 ** Math.min(attempt - 1, 20))
    await onEvent({ headers, data, attempt }).then(
      () => say(message, '+ACK'),
      () => say(message, `-NAK ${JSON.stringify({ delay: nanos(pauseMs) })}`),
    )
  }
  return {
    add(message: Msg) {
      held.add(message)
      const before = last
      last = (async () => {
        await before
        await handle(message)
        held.delete(message)
      })()
    },
    /** Returns when the one in hand is done; the others go back at once, to another process. */
    stop: async () => {
      stopped = true
      await last
      clearInterval(keep)
    },
  }
}

/** JetStream says in the reply subject how often it has delivered: `$JS.ACK.[domain.account.]stream.consumer.<deliveries>.…` */
function attemptOf({ reply = '' }: Msg): number {
  const tokens = reply.split('.')
  return Number(tokens[tokens.length < 11 ? 4 : 6]) || 1
}

async function whenReconnected(connection: NatsConnection, work: () => void): Promise<void> {
  for await (const { type } of connection.status()) if (type === Events.Reconnect) work()
}

/** Created before, perhaps with settings that an operator has changed since: it stays as it is. */
function unlessItExists(error: unknown): void {
  const code = (error as { api_error?: { err_code?: number } }).api_error?.err_code
  if (code !== streamNameInUse && code !== consumerExists) throw error
}
const streamNameInUse = 10058
const consumerExists = 10148
