import type { Dispatcher } from 'undici'
import { GarbageError } from '../failure.ts'
import { MAX_ANSWER_BYTES } from '../limits.ts'

/** How much may wait unread before the connection is told to wait. */
const UNREAD_BYTES = 256 * 1024

/** How long the last bytes of a complete answer may take. */
const REST_MS = 1000

type Read = { done: false; value: Uint8Array } | { done: true; value: undefined }
const end: Read = { done: true, value: undefined }

/** The bytes of one answer: written by the connection, read by one reader. */
export function createAnswerBody(controller: Dispatcher.DispatchController) {
  const unread: Uint8Array[] = []
  let unreadBytes = 0
  let isPaused = false
  let sizeBytes = 0
  let over: 'open' | 'ended' | 'released' | 'cancelled' | { error: unknown } = 'open'
  let late: NodeJS.Timeout | undefined
  let waiting: { resolve: (read: Read) => void; reject: (error: unknown) => void } | undefined

  const finish = (how: 'ended' | { error: unknown }) => {
    clearTimeout(late)
    if (over !== 'open') return
    over = how
    if (how === 'ended') waiting?.resolve(end)
    else waiting?.reject(how.error)
    waiting = undefined
  }

  return {
    push(bytes: Uint8Array): void {
      sizeBytes += bytes.byteLength
      if (sizeBytes > MAX_ANSWER_BYTES) {
        const error = new GarbageError('The answer is longer than any answer may be')
        finish({ error })
        controller.abort(error)
      } else if (waiting) {
        const { resolve } = waiting
        waiting = undefined
        resolve({ done: false, value: bytes })
      } else if (over === 'open') {
        unread.push(bytes)
        unreadBytes += bytes.byteLength
        if (isPaused || unreadBytes <= UNREAD_BYTES) return
        isPaused = true
        controller.pause()
      }
    },
    finish,

    /** What has come, or what comes next. Throws what broke the answer off, after all that came before it. */
    read: (): Promise<Read> => {
      const bytes = unread.shift()
      if (bytes) {
        unreadBytes -= bytes.byteLength
        if (isPaused && unreadBytes <= UNREAD_BYTES) {
          isPaused = false
          // May bring the next bytes before it returns.
          controller.resume()
        }
        return Promise.resolve({ done: false, value: bytes })
      }
      if (typeof over === 'object') return Promise.reject(over.error)
      if (over !== 'open') return Promise.resolve(end)
      return new Promise((resolve, reject) => (waiting = { resolve, reject }))
    },
    /** Lets what is left of a complete answer come and go, so that the connection is there for the next request; not for long. */
    release: (): void => {
      unread.length = 0
      if (over !== 'open') return
      over = 'released'
      if (isPaused) controller.resume()
      late = setTimeout(() => controller.abort(cancelled), REST_MS).unref()
    },
    /** Ends the connection if the answer is still coming: nobody waits for what is left of it. */
    cancel: (): Promise<void> => {
      if (over === 'open') {
        over = 'cancelled'
        waiting?.resolve(end)
        controller.abort(cancelled)
      }
      unread.length = 0
      return Promise.resolve()
    },
  }
}

export type AnswerBody = ReturnType<typeof createAnswerBody>

const cancelled = new Error('The reader has left')
