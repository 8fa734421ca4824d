import {
  type CallOperation,
  type Client,
  type Contract,
  type ServiceName,
  type StreamOperation,
  subjectOf,
} from './contract.ts'
import { callOnce, leftFault, type Route, timeoutFault } from './call-once.ts'
import { clientSpan, traceHeaders, withinSpan } from '../telemetry/bus-spans.ts'
import { decode, encode } from './wire.ts'
import { fail, ok, type Result } from '../fault/result.ts'
import type { Call } from './call.ts'
import { fits } from './fits.ts'
import { isInTransaction } from '../database/database.ts'
import { readStream } from './read-stream.ts'
import type { Requests } from './requests.ts'
import type { Transport } from './transport.ts'
import { wait } from '../time/wait.ts'

export type ClientDeps = { service: ServiceName; transport: Transport; requests: Requests; heartbeatMs: number }

/** Pauses before an idempotent call is sent again when it found nobody; jittered, and within the deadline. Together under a second. */
const retryPausesMs = [50, 150, 400]

/** A client whose operations validate both directions, keep the deadline, and answer every failure as a fault. */
export function connectTo<C extends Contract>(deps: ClientDeps, contract: C): Client<C> {
  const { transport, requests, heartbeatMs } = deps
  const operations = Object.entries(contract.operations).map(([name, operation]) => {
    const subject = subjectOf(contract, name)
    const route: Route = { contract, subject, transport, requests }
    const client = (input: unknown, call: Call) => {
      if (isInTransaction()) throw new Error(`${subject} was called inside an open database transaction`)
      if (!operation.calledBy.includes(deps.service))
        throw new Error(`${deps.service} calls ${subject}, but its contract does not list it in calledBy`)
      return operation.kind === 'call'
        ? callOperation(route, operation, input, call)
        : streamOperation(route, operation, heartbeatMs, input, call)
    }
    return [name, client] as const
  })
  return Object.fromEntries(operations) as Client<C>
}

async function callOperation(route: Route, operation: CallOperation, input: unknown, call: Call) {
  const span = clientSpan(route.subject)
  const result = await withinSpan(span, () => attemptCall(route, operation, input, call))
  span.end(result.ok ? undefined : result.fault)
  return result
}

async function attemptCall(
  route: Route,
  operation: CallOperation,
  input: unknown,
  call: Call,
): Promise<Result<unknown>> {
  const fitting = fits(operation.input, input, `The input of ${route.subject}`)
  if (!fitting.ok) return fitting
  const data = encode(input)
  const headers = traceHeaders()
  const endsAtMs = Math.min(Date.now() + operation.timeoutMs, call.deadlineMs)
  for (let attempt = 0; ; attempt++) {
    const timeoutMs = endsAtMs - Date.now()
    if (call.left?.aborted) return fail(leftFault(route, call))
    if (timeoutMs <= 0) return fail(timeoutFault(route.subject))
    const { result, nobodyGotIt } = await callOnce(route, { headers, data, call, timeoutMs })
    if (result.ok) return readAnswer(route, operation, result.value.data)
    const pauseMs = (retryPausesMs[attempt] ?? Infinity) * (0.75 + Math.random() / 2)
    if (!operation.idempotent || !nobodyGotIt || Date.now() + pauseMs >= endsAtMs) return result
    await wait(pauseMs, call.left)
  }
}

function readAnswer(route: Route, operation: CallOperation, data: Uint8Array): Result<unknown> {
  const what = `The output of ${route.subject}`
  const decoded = decode(data, what)
  if (!decoded.ok) return decoded
  const fitting = fits(operation.output, decoded.value, what)
  return fitting.ok ? ok(decoded.value) : fitting
}

/** Nothing is sent before the reader begins; each iteration asks anew. */
function streamOperation(
  route: Route,
  operation: StreamOperation,
  heartbeatMs: number,
  input: unknown,
  call: Call,
): AsyncIterable<Result<unknown>> {
  const { subject } = route
  return {
    [Symbol.asyncIterator]() {
      const fitting = fits(operation.input, input, `The input of ${subject}`)
      if (!fitting.ok) return only(fitting)
      const timeoutMs = Math.min(operation.timeoutMs, call.deadlineMs - Date.now())
      if (call.left?.aborted) return only(fail(leftFault(route, call)))
      if (timeoutMs <= 0) return only(fail(timeoutFault(subject)))
      const span = clientSpan(subject)
      const sending = { headers: traceHeaders(span.context), data: encode(input), call, timeoutMs }
      return readStream(route, sending, { event: operation.event, heartbeatMs, onEnd: (fault) => span.end(fault) })
    },
  }
}

async function* only(element: Result<unknown>) {
  yield element
}
