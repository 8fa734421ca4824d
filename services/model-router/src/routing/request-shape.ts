import type { CompletionRequest } from '@tessera/shared/contracts/model-router/completion'
import type { PromptMessage } from '@tessera/shared/contracts/model-router/prompt'

/** Of a request, what decides who may serve it and what it may come to. */
export type RequestShape = {
  readonly kind: 'completion' | 'embedding' | 'reranking'
  /** Of UTF-8, images not counted. */
  readonly bytes: number
  /** A guess, for the ledger until it is known better. */
  readonly inputTokens: number
  /** No tokenizer makes more of it. */
  readonly mostInputTokens: number
  /** What the caller allows; absent: as much as the model writes. */
  readonly maxOutputTokens?: number
  readonly hasImages: boolean
}

/** Four bytes of common prose are a token; no token of a byte-level tokenizer is less than a byte. */
const BYTES_PER_TOKEN = 4
/** What frames a message or tool in a prompt. */
const FRAME_TOKENS = 16
/** More than any provider counts for an image that it accepts. */
const IMAGE_TOKENS = 16_000

export function shapeOfCompletion(request: CompletionRequest): RequestShape {
  const { messages, tools = [], outputFormat, maxOutputTokens } = request
  const parts = messages.flatMap(({ content }) => content as Part[]).flatMap(partsIn)
  const images = parts.filter(({ type }) => type === 'image').length
  const described = [...tools, ...(outputFormat ? [outputFormat] : [])].map((value) => JSON.stringify(value))
  const bytes = sum([...parts.flatMap(textsOf), ...described].map((text) => Buffer.byteLength(text)))
  const framed = (messages.length + tools.length) * FRAME_TOKENS + images * IMAGE_TOKENS
  return {
    kind: 'completion',
    bytes,
    inputTokens: Math.ceil(bytes / BYTES_PER_TOKEN),
    mostInputTokens: bytes + framed,
    ...(maxOutputTokens !== undefined && { maxOutputTokens }),
    hasImages: images > 0,
  }
}

type Part = PromptMessage['content'][number]

/** The result of a tool is made of parts itself. */
const partsIn = (part: Part): Part[] => (part.type === 'tool-result' ? part.content : [part])

function textsOf(part: Part): string[] {
  switch (part.type) {
    case 'image':
    case 'tool-result':
      return []
    case 'tool-call':
      return [part.name, part.arguments]
    case 'passage':
      return [part.title, part.text]
    case 'text':
    case 'reasoning':
      return [part.text]
  }
}

const sum = (numbers: readonly number[]) => numbers.reduce((total, number) => total + number, 0)

export const shapeOfTexts = (texts: readonly string[]) => shapeOf('embedding', texts)

/** The query is read beside each of the texts. */
export const shapeOfReranking = (query: string, texts: readonly string[]) =>
  shapeOf(
    'reranking',
    texts.map((text) => query + text),
  )

function shapeOf(kind: 'embedding' | 'reranking', texts: readonly string[]): RequestShape {
  const bytes = sum(texts.map((text) => Buffer.byteLength(text)))
  return {
    kind,
    bytes,
    inputTokens: Math.ceil(bytes / BYTES_PER_TOKEN),
    mostInputTokens: bytes + texts.length * FRAME_TOKENS,
    maxOutputTokens: 0,
    hasImages: false,
  }
}
