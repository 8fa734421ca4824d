export type Limits = {
  /** How long a provider may take from the request to its first content. */
  readonly firstTokenTimeoutMs: number
  /** How long it may be silent after that. */
  readonly idleTimeoutMs: number
}

/** Made once: an abort without a reason would make an error with a stack each time. */
const over = new Error('Nobody waits for this answer any more')

/** A signal for the provider's own work that aborts with the caller's, when a wait takes too long, and where an answer is left before its end. */
export function createWatch(callerSignal: AbortSignal, { firstTokenTimeoutMs, idleTimeoutMs }: Limits) {
  const controller = new AbortController()
  let timedOut = false
  let waiting = true
  let hasContent = false
  const leave = () => controller.abort(over)
  callerSignal.addEventListener('abort', leave, { once: true })
  if (callerSignal.aborted) leave()
  const expire = () => {
    if (!waiting) return
    timedOut = true
    controller.abort(over)
  }
  let timer = setTimeout(expire, firstTokenTimeoutMs)
  return {
    signal: controller.signal,
    timedOut: () => timedOut,
    /** Something to pass on has come: its reader's time does not count against the provider. From then on each wait has a limit of its own. */
    contentCame() {
      if (!hasContent) {
        hasContent = true
        clearTimeout(timer)
        timer = setTimeout(expire, idleTimeoutMs)
      }
      waiting = false
    },
    /** The next message is waited for. */
    wait() {
      if (!hasContent) return
      waiting = true
      timer.refresh()
    },
    /** `complete`: there is nothing left to end. */
    stop({ complete }: { complete: boolean }) {
      clearTimeout(timer)
      callerSignal.removeEventListener('abort', leave)
      if (!complete) controller.abort(over)
    },
  }
}
