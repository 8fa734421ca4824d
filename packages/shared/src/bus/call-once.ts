import { busFaults } from './faults.ts'
import { cancelOperation, faultOf, header, noBytes } from './wire.ts'
import { fail, ok, type Result } from '../fault/result.ts'
import { type Headers, type Message, sizeBytes, type Transport } from './transport.ts'
import type { Call } from './call.ts'
import { type Contract, subjectOf } from './contract.ts'
import type { Fault } from '../fault/fault.ts'
import type { Requests } from './requests.ts'
import { randomUUID } from 'node:crypto'
import { unavailable } from './unavailable.ts'

/** One operation of one contract, as its caller sees it. */
export type Route = {
  readonly contract: Contract
  readonly subject: string
  readonly transport: Transport
  readonly requests: Requests
}

export type Sending = {
  readonly headers: Headers
  readonly data: Uint8Array
  readonly call: Call
  readonly timeoutMs: number
}

/** `nobodyGotIt`: the request reached no handler, so that sending it again repeats nothing. */
export type Answer = { result: Result<Message>; nobodyGotIt: boolean }

/** Sends a request once and waits for its answer: the message, or why there is none. A caller that leaves cancels it on the other side. */
export function callOnce(route: Route, sending: Sending): Promise<Answer> {
  const { call, timeoutMs } = sending
  return new Promise((resolve) => {
    let timer: NodeJS.Timeout | undefined
    const settle = (result: Result<Message>, nobodyGotIt = false) => {
      clearTimeout(timer)
      call.left?.removeEventListener('abort', leave)
      sent.forget()
      resolve({ result, nobodyGotIt })
    }
    const giveUp = (fault: Fault) => {
      sent.cancel()
      settle(fail(fault))
    }
    const leave = () => giveUp(leftFault(route, call))
    const sent = sendRequest(route, sending, (arrival) => {
      if (arrival === 'disconnected') return settle(fail(disconnected(route.subject)))
      if (arrival.noResponders) return settle(fail(nobody(route)), true)
      const fault = faultOf(arrival, `The answer of ${route.subject}`)
      settle(fault ? fail(fault) : ok(arrival))
    })
    if (sent.fault) return settle(fail(sent.fault), sent.fault.code === 'bus.unavailable')
    timer = setTimeout(() => giveUp(timeoutFault(route.subject)), timeoutMs)
    call.left?.addEventListener('abort', leave, { once: true })
  })
}

/** Puts a request on the bus; `cancel` tells whoever serves it that nobody waits any more. */
export function sendRequest(
  route: Route,
  { headers, data, call, timeoutMs }: Sending,
  onArrival: Parameters<Requests['expect']>[1],
): { fault: Fault | undefined; forget: () => void; cancel: () => void } {
  const { transport, requests, contract, subject } = route
  const callId = randomUUID()
  const { reply, forget } = requests.expect(callId, onArrival)
  const all = {
    ...headers,
    [header.assertion]: call.assertion,
    [header.callId]: callId,
    [header.deadlineMs]: String(Math.ceil(timeoutMs)),
  }
  const cancel = () => {
    const cancels = `${transport.prefix}.${subjectOf(contract, cancelOperation)}`
    transport.send({ subject: cancels, headers: { [header.callId]: callId }, data: noBytes })
  }
  let fault: Fault | undefined
  if (sizeBytes(all, data) > transport.maxPayloadBytes) fault = tooLargeFault(subject)
  else if (!transport.send({ subject: `${transport.prefix}.${subject}`, headers: all, data, reply }))
    fault = disconnected(subject)
  return { fault, forget, cancel }
}

export const timeoutFault = (subject: string) => busFaults.fault('timeout', `${subject} did not answer in time.`)
export const cancelledFault = (subject: string) => busFaults.fault('cancelled', `The call of ${subject} was cancelled.`)
/** A call's signal aborts for two reasons, and its own tells which: a timer may fire before the clock shows the deadline. */
export const leftFault = ({ subject }: Route, { left, deadlineMs }: Call, nowMs = Date.now()) =>
  (left?.reason as Partial<Error> | undefined)?.name === 'TimeoutError' || deadlineMs <= nowMs
    ? timeoutFault(subject)
    : cancelledFault(subject)
export const nobody = ({ contract }: Route) => unavailable(contract, `Nobody serves ${contract.service} at the moment.`)
const disconnected = (subject: string) => busFaults.fault('unavailable', `${subject} could not be reached.`)
const tooLargeFault = (subject: string) =>
  busFaults.fault('too-large', `The input of ${subject} is larger than one message may be.`)
