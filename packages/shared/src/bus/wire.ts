import { Compile } from 'typebox/compile'
import { type Fault, FaultSchema } from '../fault/fault.ts'
import { fail, type Failure } from '../fault/result.ts'
import { busFaults } from './faults.ts'
import type { Headers, Message } from './transport.ts'

/** Names of the headers. The two `Nats-Service-…` are NATS's own convention, so that its tools see which answers are faults. */
export const header = {
  assertion: 'Tessera-Assertion',
  callId: 'Tessera-Call-Id',
  deadlineMs: 'Tessera-Deadline-Ms',
  heartbeatMs: 'Tessera-Heartbeat-Ms',
  /** Of a fault that ends a stream which has begun. */
  sequence: 'Tessera-Sequence',
  dedupId: 'Tessera-Dedup-Id',
  errorCode: 'Nats-Service-Error-Code',
  error: 'Nats-Service-Error',
} as const

/** Operation names never begin with an underscore, so this subject of a service is free. */
export const cancelOperation = '_cancel'

const encoder = new TextEncoder()
const decoder = new TextDecoder('utf-8', { fatal: true })

export const noBytes = new Uint8Array()
export const encode = (value: unknown): Uint8Array => encoder.encode(JSON.stringify(value) ?? 'null')
export const encodeText = (text: string): Uint8Array => encoder.encode(text)

export type Decoded = { ok: true; value: unknown } | Failure<ReturnType<typeof notJson>>

const notJson = (what: string) => busFaults.fault('contract-mismatch', `${what} is not JSON in UTF-8.`)

/** `what` names the message in the fault: `The input of access.v1.getMe`. */
export function decode(data: Uint8Array, what: string): Decoded {
  try {
    return { ok: true, value: JSON.parse(decoder.decode(data)) }
  } catch {
    return fail(notJson(what))
  }
}

export const faultHeaders = (fault: Fault): Headers => ({
  [header.errorCode]: String(fault.status),
  [header.error]: fault.code,
})

const faultShape = Compile(FaultSchema)

/** The fault that a message carries, if it carries one. */
export function faultOf(message: Message, what: string): Fault | undefined {
  if (message.headers[header.error] === undefined) return undefined
  const decoded = decode(message.data, what)
  if (!decoded.ok) return decoded.fault
  if (faultShape.Check(decoded.value)) return decoded.value
  return busFaults.fault('contract-mismatch', `${what} is not a fault.`)
}
