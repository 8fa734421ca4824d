import { outagesConform } from './conformance/outages.ts'
import type { Adapter } from './conformance/probe.ts'
import { callersConform } from './conformance/callers.ts'
import { callsConform } from './conformance/calls.ts'
import { eventsConform } from './conformance/events.ts'
import { stoppingConforms } from './conformance/stopping.ts'
import { streamsConform } from './conformance/streams.ts'

/** What every bus adapter promises. One without a server of its own has no outages to stand (`breakable` says why). */
export function busConforms(adapter: Adapter): void {
  callsConform(adapter)
  callersConform(adapter)
  streamsConform(adapter)
  eventsConform(adapter)
  stoppingConforms(adapter)
  if (adapter.breakable) outagesConform(adapter.name, adapter.breakable)
}
