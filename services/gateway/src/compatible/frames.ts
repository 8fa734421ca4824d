import { streamFaults } from '@tessera/shared/bus/faults'
import type { Fault } from '@tessera/shared/fault/fault'
import { fail, ok, type Result } from '@tessera/shared/fault/result'
import { FaultError } from '@tessera/shared/http/fault-error'
import { inWordsOf } from './field-names.ts'
import { publicFault } from '../edge/public-fault.ts'
import type { Answer, AnswerEvent, End, Start } from './answer-event.ts'

export type Said = Exclude<AnswerEvent, { type: 'start' | 'restart' | 'end' }>

/** How one API writes an answer down as server-sent events. Each function gives whole events, none or more. */
export type Renderer = {
  /** What stands before the first content. */
  begin(): string
  said(event: Said): string
  /** What comes where another model goes on. */
  wentOn(start: Start): string
  end(event: End): string
  /** What comes instead of an end. Nothing after it may look like one. */
  failed(fault: Fault): string
}

export type OpenedFrames = { readonly start: Start; readonly frames: AsyncGenerator<string, void, void> }

/**
 * The frames of a streamed answer, once there is something to say: until the first content a failure is the result, so that it becomes an HTTP error.
 * After it, a failure is an event of its own, and the end never comes.
 */
export async function openFrames(
  { events, names }: Answer,
  createRenderer: (start: Start) => Renderer,
): Promise<Result<OpenedFrames>> {
  const source = events[Symbol.asyncIterator]()
  let start: Start | undefined
  for (;;) {
    const next = await source.next()
    if (next.done) return fail(brokenOff())
    if (!next.value.ok) return fail(inWordsOf(names, next.value.fault))
    const event = next.value.value
    if (event.type === 'start') start = event
    else if (event.type !== 'restart')
      return start ? ok({ start, frames: framesOf(createRenderer(start), event, source) }) : fail(brokenOff())
  }
}

async function* framesOf(
  renderer: Renderer,
  first: AnswerEvent,
  source: AsyncIterator<Result<AnswerEvent>>,
): AsyncGenerator<string, void, void> {
  try {
    let pending = renderer.begin()
    for (let event = first; ;) {
      switch (event.type) {
        case 'end':
          return yield pending + renderer.end(event)
        case 'restart':
          // What was sent can't be taken back on this wire.
          return yield pending + renderer.failed(publicFault(brokenOff()))
        case 'start':
          pending += renderer.wentOn(event)
          break
        default:
          pending += renderer.said(event)
      }
      if (pending !== '') yield pending
      pending = ''
      const next = await source.next()
      if (next.done) return yield renderer.failed(publicFault(brokenOff()))
      if (!next.value.ok) return yield renderer.failed(endOf(next.value.fault))
      event = next.value.value
    }
  } finally {
    await source.return?.()
  }
}

/** To a reader who does not read there is nothing to be said: the connection is cut. */
function endOf(fault: Fault): Fault {
  if (fault.code === 'stream.slow-consumer') throw new FaultError(fault)
  return publicFault(fault)
}

export const brokenOff = () => streamFaults.fault('cut', 'The answer broke off before its end.')
