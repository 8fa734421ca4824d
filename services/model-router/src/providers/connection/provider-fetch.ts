import { Agent, type Dispatcher } from 'undici'
import { RequestRefusedError } from '../failure.ts'
import { Answer } from './answer.ts'
import { type AnswerBody, createAnswerBody } from './answer-body.ts'
import { createLookupPublic } from './public-address.ts'

export type Place = {
  readonly baseUrl: string
  /** The operator said where it is, so it may be in a network of their own. */
  readonly mayBePrivate: boolean
}

/**
 * The `fetch` that an SDK is given: POST and GET of texts to one provider and nobody else. It keeps the credential with the host that it is for: another origin is refused, no
 * redirect is followed, and a name on the internet that leads into a private network is not connected to. What it answers has as much of a `Response` as SDKs and `readEvents` use.
 *
 * It is made of undici's dispatcher, as Node's own `fetch` is, and costs a third of it: a router does little else.
 */
export function createProviderFetch({ baseUrl, mayBePrivate }: Place): typeof fetch {
  const { origin } = new URL(baseUrl)
  // Time limits are those of stream-completion.ts.
  const agent = new Agent({
    ...{ headersTimeout: 0, bodyTimeout: 0 },
    connect: { timeout: 10_000, ...(!mayBePrivate && { lookup: createLookupPublic() }) },
  })
  return async function fetch(input, { method = 'GET', headers, body, signal } = {}) {
    const url = input instanceof Request ? input.url : input.toString()
    if (!url.startsWith(`${origin}/`)) throw new RequestRefusedError('This is not where the provider is.')
    if (typeof body !== 'string' && body !== undefined && body !== null) throw new TypeError('Only texts are sent')
    return send(agent, {
      ...{ origin, path: url.slice(origin.length), method, body: body ?? null },
      ...(headers !== undefined && { headers: headers instanceof Headers ? headers : new Headers(headers) }),
      signal: signal ?? undefined,
    })
  }
}

type Sending = Dispatcher.DispatchOptions & { signal: AbortSignal | undefined }

function send(agent: Agent, { signal, ...options }: Sending): Promise<Response> {
  return new Promise((resolve, reject) => {
    let controller: Dispatcher.DispatchController | undefined
    let body: AnswerBody | undefined
    const leave = () => {
      const error = abortError()
      controller?.abort(error)
      reject(error)
    }
    const over = (error?: unknown) => {
      signal?.removeEventListener('abort', leave)
      body?.finish(error === undefined ? 'ended' : { error })
      if (error !== undefined) reject(error)
    }
    if (signal?.aborted) return reject(abortError())
    signal?.addEventListener('abort', leave, { once: true })
    agent.dispatch(options, {
      onRequestStart(started) {
        controller = started
        if (signal?.aborted) leave()
      },
      onResponseStart(started, status, headers, statusText = '') {
        if (status < 200) return
        body = createAnswerBody(started)
        resolve(new Answer({ status, statusText, headers }, body) as unknown as Response)
      },
      onResponseData: (_controller, chunk) => body?.push(chunk),
      onResponseEnd: () => over(),
      onResponseError: (_controller, error) => over(error),
    })
  })
}

/** What `fetch` throws when its signal aborts; SDKs know it by its name. */
const abortError = () => Object.assign(new Error('This request was aborted'), { name: 'AbortError' })
