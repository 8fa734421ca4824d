/** Names and values as they cross the bus; names are case-sensitive, values plain ASCII. */
export type Headers = Readonly<Record<string, string>>

export type Message = {
  readonly subject: string
  readonly headers: Headers
  readonly data: Uint8Array
  /** Where an answer goes. */
  readonly reply?: string | undefined
  /** Set on what arrives in an inbox instead of an answer when nobody serves the subject. */
  readonly noResponders?: boolean
}

export type Outgoing = Omit<Message, 'noResponders'>

export type Endpoints = {
  readonly service: string
  readonly version: number
  readonly operations: readonly { readonly name: string; readonly subject: string }[]
}

/** Ends once nothing more will be delivered to its listener. */
export type Listening = { stop(): Promise<void> }

/**
 * What a bus adapter provides: subjects, headers and bytes. All that makes it a bus (validation, deadlines, faults, streams,
 * assertions) stands above it, once, in serve.ts and connect-to.ts.
 */
export type Transport = {
  /** First token of every subject. */
  readonly prefix: string
  /** The inbox of this process: what is sent to `<inbox>.<token>` arrives here alone. */
  readonly inbox: string
  /** The largest message, headers included. */
  readonly maxPayloadBytes: number
  connected(): boolean
  /** Sends now, or answers false when not connected; nothing is ever kept for later. */
  send(message: Outgoing): boolean
  /** Receives what is sent to a subject; `*` stands for its last token. */
  listen(subject: string, onMessage: (message: Message) => void): Listening
  /** Receives requests in the queue group of the service: each goes to one of its processes. */
  serve(
    endpoints: Endpoints,
    onMessage: (operation: string, message: Message) => void | Promise<void>,
  ): Promise<Listening>
  /** Called each time the connection is lost: answers that were under way will not come. */
  onDisconnect(listener: () => void): void
  close(): Promise<void>
}

export type Delivery = {
  readonly headers: Headers
  readonly data: Uint8Array
  /** 1 the first time. */
  readonly attempt: number
}

/** How an adapter carries facts. */
export type EventCarrier = {
  /** `dedupKey` is unique per event; the same one within the window is stored once. Answers false when it could not be stored. */
  publish(subject: string, message: { headers: Headers; data: Uint8Array; dedupKey: string }): Promise<boolean>
  /** Delivers every fact stored since `durable` was first used, again after a while when `onEvent` rejects. */
  consume(
    source: { subject: string; durable: string },
    onEvent: (delivery: Delivery) => Promise<void>,
  ): Promise<Listening>
}

/** The size of a message as it crosses the wire: `NATS/1.0`, one line per header, an empty line, the body. */
export function sizeBytes(headers: Headers, data: Uint8Array): number {
  let size = 12 + data.length
  for (const [name, value] of Object.entries(headers)) size += name.length + value.length + 3
  return size
}
