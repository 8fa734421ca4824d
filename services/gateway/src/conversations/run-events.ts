import type { RunEvent } from '@tessera/shared/contracts/agents'
import { streamFaults } from '@tessera/shared/bus/faults'
import type { Result } from '@tessera/shared/fault/result'
import { FaultError } from '@tessera/shared/http/fault-error'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { valueOf } from '../edge/edge.ts'
import type { Edge } from '../edge/edge.ts'
import { publicFault } from '../edge/public-fault.ts'
import { broken } from '../event-stream/broken.ts'
import { frame, sendFrames } from '../event-stream/event-stream.ts'
import { isTerminal } from './run-outcome.ts'

export type RunEvents = AsyncIterable<Result<RunEvent>>

export const cut = () =>
  streamFaults.fault('cut', 'The stream broke off before the run ended; resume from the last event.')

/**
 * Streams a run's events. It opens with the first one, so what is wrong by then (rights, a wrong id) is a problem document. A failure after that is the
 * event `stream.broken`, which ends nothing: the run may go on, and the connection is cut so that the client resumes.
 */
export async function sendRunEvents(request: FastifyRequest, reply: FastifyReply, edge: Edge, events: RunEvents) {
  const source = events[Symbol.asyncIterator]()
  const first = await source.next()
  if (first.done) throw new FaultError(cut())
  const opening = valueOf(first.value)
  return sendFrames(reply, framesOf(request, edge, opening, source), edge.heartbeatMs)
}

async function* framesOf(
  request: FastifyRequest,
  edge: Edge,
  opening: RunEvent,
  source: AsyncIterator<Result<RunEvent>>,
): AsyncGenerator<string> {
  let event = opening
  try {
    for (;;) {
      yield frame(shownEvent(request, edge, event), { id: event.id, event: event.type })
      if (isTerminal(event)) return
      const next = await source.next()
      const fault = next.done ? cut() : next.value.ok ? undefined : next.value.fault
      if (fault) {
        yield broken(request, fault)
        throw new FaultError(fault)
      }
      if (!next.done && next.value.ok) event = next.value.value
    }
  } finally {
    await source.return?.()
  }
}

/** As clients see it: the revision as a token, faults under their public names. */
function shownEvent(request: FastifyRequest, edge: Edge, event: RunEvent) {
  switch (event.type) {
    case 'passages.found':
      return { ...event, revision: edge.revisionToken(request, event.revision) }
    case 'run.failed':
      return { ...event, fault: publicFault(event.fault) }
    default:
      return event
  }
}
