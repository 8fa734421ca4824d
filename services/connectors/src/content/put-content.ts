import type { Call } from '@tessera/shared/bus/call'
import type { Client, InputOf } from '@tessera/shared/bus/contract'
import type { retrievalContract } from '@tessera/shared/contracts/retrieval'
import { wait } from '@tessera/shared/time/wait'

export type PutContent = Pick<Client<typeof retrievalContract>, 'putDocument'>
type Content = InputOf<(typeof retrievalContract)['operations']['putDocument']>

const timeoutMs = 60_000

/** Hands a content on. That files before it are being read is no failure: it is asked again as long as `callFor` gives it time. */
export async function putContent(retrieval: PutContent, content: Content, callFor: (timeoutMs: number) => Call) {
  for (;;) {
    const call = callFor(timeoutMs)
    const stored = await retrieval.putDocument(content, call)
    if (stored.ok || stored.fault.code !== 'retrieval.busy') return stored
    const pauseMs = stored.fault.retryAfterMs ?? 1000
    if (call.signal.aborted || callFor(timeoutMs).deadlineMs <= Date.now() + pauseMs) return stored
    await wait(pauseMs, call.signal)
  }
}
