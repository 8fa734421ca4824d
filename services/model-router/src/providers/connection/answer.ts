import type { IncomingHttpHeaders } from 'node:http'
import type { AnswerBody } from './answer-body.ts'

type Head = { readonly status: number; readonly statusText: string; readonly headers: IncomingHttpHeaders }
type Reader = Pick<AnswerBody, 'read' | 'release' | 'cancel'> & { releaseLock(): void }
type Used = 'status' | 'statusText' | 'ok' | 'headers' | 'text' | 'json'

/** As much of a `Response` as SDKs and `readEvents` use. */
export class Answer implements Pick<Response, Used> {
  readonly status: number
  readonly statusText: string
  readonly body: { getReader(): Reader; cancel(): Promise<void> }
  readonly #raw: IncomingHttpHeaders
  readonly #bytes: AnswerBody
  #headers: Headers | undefined

  constructor({ status, statusText, headers }: Head, body: AnswerBody) {
    this.status = status
    this.statusText = statusText
    this.#raw = headers
    this.#bytes = body
    const { read, release, cancel } = body
    this.body = { getReader: () => ({ read, release, cancel, releaseLock }), cancel }
  }

  get ok(): boolean {
    return this.status >= 200 && this.status < 300
  }

  get headers(): Headers {
    return (this.#headers ??= new Headers(Object.entries(this.#raw).flatMap(pairsOf)))
  }

  /** Bytes that are no UTF-8 are refused, not replaced. */
  async text(): Promise<string> {
    const decoder = new TextDecoder('utf-8', { fatal: true })
    let text = ''
    for (;;) {
      const { done, value } = await this.#bytes.read()
      if (done) return text + decoder.decode()
      text += decoder.decode(value, { stream: true })
    }
  }

  async json(): Promise<unknown> {
    return JSON.parse(await this.text())
  }
}

const releaseLock = () => undefined

const pairsOf = ([name, value]: [string, string | string[] | undefined]): [string, string][] =>
  (Array.isArray(value) ? value : [value ?? '']).map((one) => [name, one])
