import type { Script, Sent } from '../scripted-provider.ts'

/** One request in the shape of one API, and what must come of it. */
export type Case = {
  readonly name: string
  /** The body, beside the model, a question, and `stream`. A text is sent as it is. */
  readonly ask?: Readonly<Record<string, unknown>> | string
  readonly headers?: Readonly<Record<string, string>>
  /** Absent: a model of the scripted server that answers "Hello there". */
  readonly model?: string
  /** Who serves that scripted model; absent: `openai-compatible`. */
  readonly provider?: 'openai' | 'anthropic' | 'gemini' | 'mistral'
  readonly script?: Script
  /** Absent: streamed where `wire` is given. */
  readonly stream?: boolean
  /** What must be in what the provider got; null: not there at all. */
  readonly sent?: Sent
  /** The events of the stream, in short. */
  readonly wire?: readonly string[]
  /** What must be in the reply in one piece. */
  readonly reply?: Readonly<Record<string, unknown>>
  readonly error?: {
    readonly status: number
    readonly code?: string
    readonly param?: string | null
    readonly says?: RegExp
  }
  /** A header that the reply must have. */
  readonly header?: readonly [string, string]
}
