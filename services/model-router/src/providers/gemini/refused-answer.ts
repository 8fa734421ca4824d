import { GarbageError } from '../failure.ts'

/** An answer with an error status, before the SDK reads it: it would keep the status alone. */
export class RefusedAnswer extends Error {
  readonly status: number
  readonly headers: Headers
  readonly body: string
  constructor(status: number, headers: Headers, body: string) {
    super('The provider refused')
    this.status = status
    this.headers = headers
    this.body = body
  }
}

/** The `fetch` of the SDK: whatever it answers with is an answer of the protocol. */
export const refusing =
  (send: typeof fetch): typeof fetch =>
  async (input, init) => {
    const url = input instanceof Request ? input.url : String(input)
    const response = await send(input, init)
    if (!response.ok) throw new RefusedAnswer(response.status, response.headers, await response.text())
    if (url.includes(':stream') && !response.headers.get('content-type')?.startsWith('text/event-stream')) {
      throw new GarbageError('The answer is not a stream of server-sent events')
    }
    return response
  }
