import type { CallOperation, Operation, StreamOperation } from './contract.ts'
import { busFaults } from './faults.ts'
import type { Call } from './call.ts'
import { encode, faultHeaders } from './wire.ts'
import type { Fault } from '../fault/fault.ts'
import { fits } from './fits.ts'
import { type Headers, sizeBytes, type Transport } from './transport.ts'
import type { Logger } from 'pino'
import type { Result } from '../fault/result.ts'

export type AnyResult = Result<unknown>

/** One request while it is served. */
export type Run<O extends Operation = CallOperation | StreamOperation> = {
  readonly subject: string
  readonly operation: O
  readonly call: Call
  readonly transport: Transport
  readonly reply: string
  readonly logger: Logger | undefined
  /** Why nobody waits any more, once the call's signal has aborted. */
  stopped(): Fault
}

/** Where an answer goes. */
export type Reply = Pick<Run, 'transport' | 'reply'>

/** Sends bytes to the caller; a message over the limit does not go out. */
export function send(
  { transport, reply }: Reply,
  headers: Headers,
  data: Uint8Array,
): 'sent' | 'too-large' | 'unavailable' {
  if (sizeBytes(headers, data) > transport.maxPayloadBytes) return 'too-large'
  return transport.send({ subject: reply, headers, data }) ? 'sent' : 'unavailable'
}

export function sendFault(reply: Reply, fault: Fault, headers: Headers = {}): void {
  if (send(reply, { ...headers, ...faultHeaders(fault) }, encode(fault)) !== 'too-large') return
  const shorter: Fault = { code: fault.code, status: fault.status, title: fault.title, detail: fault.title }
  send(reply, { ...headers, ...faultHeaders(shorter) }, encode(shorter))
}

/** Waits for the handler and sends its answer. Returns the fault that the call ended in, if any. */
export async function answerCall(
  run: Run<CallOperation>,
  handle: () => Promise<AnyResult>,
): Promise<Fault | undefined> {
  const result = await handle().catch((error: unknown) => failed(run, error))
  // Nobody waits any more; who stopped it has said so where that was due.
  if (run.call.signal.aborted) return run.stopped()
  const fault = result.ok ? sendValue(run, result.value) : permitted(run, result.fault)
  if (fault) sendFault(run, fault)
  return fault
}

function sendValue(run: Run<CallOperation>, value: unknown): Fault | undefined {
  const fitting = fits(run.operation.output, value, `The output of ${run.subject}`)
  if (!fitting.ok) {
    run.logger?.error({ subject: run.subject, errors: fitting.fault.errors }, 'an output did not fit its contract')
    return fitting.fault
  }
  return send(run, {}, encode(value)) === 'too-large' ? tooLarge(run.subject) : undefined
}

export const tooLarge = (subject: string) =>
  busFaults.fault('too-large', `The answer of ${subject} is larger than one message may be.`)

/** What becomes of an error that a handler throws: the caller learns only that it happened, the log where. */
export function failed(run: Run, error: unknown): { ok: false; fault: Fault } {
  if (run.call.signal.aborted) return { ok: false, fault: run.stopped() }
  run.logger?.error({ err: error, subject: run.subject }, 'a handler failed')
  return { ok: false, fault: busFaults.fault('internal', `${run.subject} failed.`) }
}

/** A fault that the contract lists, or one of the bus; another one is a mistake of the handler. */
export function permitted(run: Run, fault: Fault): Fault {
  if (run.operation.faults.includes(fault.code) || isBusFault(fault.code)) return fault
  run.logger?.error(
    { subject: run.subject, code: fault.code },
    'a handler answered with a fault that its contract does not list',
  )
  return busFaults.fault('contract-mismatch', `${run.subject} answered with a fault that its contract does not list.`)
}

const isBusFault = (code: string) =>
  code.startsWith('bus.') || code.startsWith('stream.') || code.endsWith('.unavailable')
