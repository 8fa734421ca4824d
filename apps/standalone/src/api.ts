import { EventSourceParserStream } from 'eventsource-parser/stream'

/** A tiny client of the gateway for the start-up and the `ask` command: what a user of the API would write. */
export type Api = {
  get<T>(path: string): Promise<T>
  send<T>(method: 'POST' | 'PUT' | 'PATCH' | 'DELETE', path: string, body?: unknown): Promise<T>
  /** The events of a server-sent event stream, as they come. */
  stream(path: string, body: unknown, signal?: AbortSignal): AsyncIterable<{ type: string; data: unknown }>
}

/** A problem document that the gateway answered with. */
export class ApiError extends Error {
  readonly status: number
  readonly code: string
  constructor(
    request: string,
    status: number,
    problem: { code?: string; detail?: string; title?: string; errors?: unknown },
  ) {
    const errors = problem.errors ? ` ${JSON.stringify(problem.errors)}` : ''
    super(`${request}: ${status} ${problem.code ?? ''}: ${problem.detail ?? problem.title ?? 'no details'}${errors}`)
    this.status = status
    this.code = problem.code ?? ''
  }
}

export function createApi(url: string, token: string): Api {
  async function request(method: string, path: string, body: unknown, accept: string, signal?: AbortSignal) {
    const response = await fetch(`${url}${path}`, {
      method,
      headers: {
        authorization: `Bearer ${token}`,
        accept,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      ...(signal ? { signal } : {}),
    })
    if (!response.ok)
      throw new ApiError(`${method} ${path}`, response.status, (await response.json().catch(() => ({}))) as object)
    return response
  }
  const json = async <T>(response: Response) => (response.status === 204 ? undefined : await response.json()) as T
  return {
    get: async (path) => json(await request('GET', path, undefined, 'application/json')),
    send: async (method, path, body) => json(await request(method, path, body, 'application/json')),
    async *stream(path, body, signal) {
      const response = await request('POST', path, body, 'text/event-stream', signal)
      yield* readEventStream(response)
    },
  }
}

/** The frames of a server-sent event stream, with their data as JSON. */
export async function* readEventStream(response: Response): AsyncIterable<{ type: string; data: unknown; id: string }> {
  if (!response.body) return
  const frames = response.body.pipeThrough(new TextDecoderStream()).pipeThrough(new EventSourceParserStream())
  for await (const { event, data, id } of frames) {
    yield { type: event ?? 'message', data: JSON.parse(data), id: id ?? '' }
  }
}

/** The path of one membership. Names hold colons, and those of sources anything. */
export const membership = (container: string, member: string) =>
  `/v1/memberships/${encodeURIComponent(container)}/${encodeURIComponent(member)}`
