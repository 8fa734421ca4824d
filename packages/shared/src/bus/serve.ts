import { type AnyResult, answerCall, sendFault } from './answer.ts'
import { unavailable } from './unavailable.ts'
import { busFaults, streamFaults } from './faults.ts'
import { cancelOperation, header } from './wire.ts'
import { type Contract, type Handlers, type Operation, subjectOf } from './contract.ts'
import type { Listening, Message, Transport } from './transport.ts'
import { serverSpan, withinSpan } from '../telemetry/bus-spans.ts'
import type { Assertions } from './assertion.ts'
import type { Call } from './call.ts'
import type { Fault } from '../fault/fault.ts'
import type { InFlight } from './in-flight.ts'
import type { Logger } from 'pino'
import { openRequest } from './open-request.ts'
import { sendStream } from './send-stream.ts'

export type ServingDeps = {
  transport: Transport
  assertions: Assertions
  inFlight: InFlight
  logger: Logger | undefined
}

type Handler = (input: unknown, call: Call) => Promise<AnyResult> & AsyncIterable<AnyResult>
type Target = { contract: Contract; subject: string; operation: Operation; handler: Handler }
/** `stop` ends one run for a reason; what it ends is told its caller only where somebody still listens. */
type Running = { kind: Operation['kind']; stop: (reason: Fault) => void }

/**
 * Binds handlers to contracts: every request is authenticated, validated, given its deadline and its cancel signal, and answered
 * with a value that fits the contract or with a fault. Nothing that a handler does breaks the process or leaves a caller waiting.
 */
export function createServing(deps: ServingDeps) {
  const { transport } = deps
  const running = new Map<string, Running>()
  const nameOf = (contract: Contract, operation: string) => `${transport.prefix}.${subjectOf(contract, operation)}`

  // The readers of streams have seen them end. A call goes on (it may be a write half done); its answer has nowhere to go.
  transport.onDisconnect(() => {
    const reason = busFaults.fault('unavailable', 'The bus was disconnected.')
    for (const { kind, stop } of running.values()) if (kind === 'stream') stop(reason)
  })

  return {
    async serve<C extends Contract>(contract: C, handlers: Handlers<C>): Promise<Listening> {
      const byName = new Map<string, Handler>(Object.entries(handlers))
      const operations = Object.keys(contract.operations).map((name) => ({ name, subject: nameOf(contract, name) }))
      const missing = operations.filter(({ name }) => !byName.has(name)).map(({ name }) => name)
      if (missing.length > 0) throw new Error(`${contract.service} has no handler for ${missing.join(', ')}`)
      // Never stopped: cancels of what is in flight are heard until the transport itself closes.
      transport.listen(nameOf(contract, cancelOperation), ({ headers }) => {
        running.get(headers[header.callId] ?? '')?.stop(busFaults.fault('cancelled', 'The caller has left.'))
      })
      return transport.serve({ ...contract, operations }, (name, message) => {
        const operation = contract.operations[name]
        const handler = byName.get(name)
        if (!operation || !handler || message.reply === undefined) return
        return answer(deps, running, { contract, subject: subjectOf(contract, name), operation, handler }, message)
      })
    },
  }
}

async function answer(deps: ServingDeps, running: Map<string, Running>, target: Target, message: Message) {
  const { subject, operation, handler } = target
  const { transport, assertions, logger } = deps
  const reply = { transport, reply: message.reply as string }
  const opened = openRequest(message, { subject, operation, assertions })
  if (!opened.ok) {
    logger?.warn({ subject, code: opened.fault.code, detail: opened.fault.detail }, 'a request was refused')
    return sendFault(reply, opened.fault)
  }
  const { caller, assertion, timeoutMs, input } = opened.value
  const controller = new AbortController()
  let stopped = busFaults.fault('cancelled', 'The caller has left.') as Fault
  const stop = (reason: Fault, cause?: DOMException) => {
    if (controller.signal.aborted) return
    stopped = reason
    clearTimeout(timer)
    controller.abort(cause)
  }
  const timer = setTimeout(() => {
    const fault = busFaults.fault('timeout', `${subject} took longer than it may.`)
    stop(fault, new DOMException(fault.detail, 'TimeoutError'))
  }, timeoutMs)
  const leave = deps.inFlight.enter(() => {
    const reason = stoppingFault(target)
    stop(reason)
    if (operation.kind === 'call') sendFault(reply, reason)
  })
  const callId = message.headers[header.callId] ?? ''
  running.set(callId, { kind: operation.kind, stop })
  const call = {
    caller,
    assertion,
    deadlineMs: Date.now() + timeoutMs,
    signal: controller.signal,
    left: controller.signal,
  }
  const run = { ...reply, subject, call, logger, stopped: () => stopped }
  const span = serverSpan(subject, message.headers)
  const heartbeatMs = Math.min(30_000, Math.max(20, Number(message.headers[header.heartbeatMs]) || 2000))
  try {
    const fault = await withinSpan(span, () =>
      operation.kind === 'call'
        ? answerCall({ ...run, operation }, async () => handler(input, call))
        : sendStream({ ...run, operation }, heartbeatMs, () => handler(input, call)),
    )
    span.end(fault)
  } catch (error) {
    // A value that is no JSON (a cycle, a bigint) is found out only when it is sent.
    logger?.error({ err: error, subject }, 'an answer could not be sent')
    sendFault(reply, busFaults.fault('internal', `${subject} failed.`))
  } finally {
    span.end()
    clearTimeout(timer)
    running.delete(callId)
    leave()
  }
}

/** What a caller is told when this process stops before the answer is there. */
const stoppingFault = ({ contract, subject, operation }: Target): Fault =>
  operation.kind === 'call'
    ? unavailable(contract, `${subject} was stopped before it was done.`)
    : streamFaults.fault('cut', `${subject} was stopped before its end.`)
