import { GoogleGenAI } from '@google/genai'
import { askOnce } from '../ask-once.ts'
import { guarded } from '../connection/guarded-fetch.ts'
import { RequestRefusedError } from '../failure.ts'
import type { Provider } from '../provider.ts'
import { oneByOne } from '../read-events.ts'
import { type AdapterDeps, streamCompletion, type Wire } from '../stream-completion.ts'
import { countTokens } from './count-tokens.ts'
import { embed } from './embed.ts'
import { failureOfGemini } from './failure-of-gemini.ts'
import { readGenerateResponse } from './read-generate-responses.ts'
import { refusing } from './refused-answer.ts'
import { toGenerateRequest } from './to-generate-request.ts'
import { unsupportedInGenerate } from './unsupported-in-generate.ts'

export type GeminiOptions = AdapterDeps & { apiKey: string; baseUrl: string }

/** Gemini through `streamGenerateContent`. */
export function createGemini({ apiKey, baseUrl, ...deps }: GeminiOptions): Provider {
  const name = 'gemini'
  const client = createClient({ apiKey, baseUrl, fetch: deps.fetch })
  const wire = createWire(client)
  const once = { ...deps, provider: name }
  return {
    name,
    telemetryName: 'gcp.gemini',
    hosting: 'cloud',
    switchedOnBy: 'GEMINI_API_KEY',
    defaultModel: 'gemini-3.5-flash',
    unsupported: unsupportedInGenerate,
    complete: (request, asking) => streamCompletion(wire, request, { ...deps, ...asking, provider: name }),
    embed: (request, { signal }) =>
      askOnce((limited) => embed(client, named(request), limited), failureOfGemini, {
        ...once,
        model: request.model,
        signal,
      }),
    countTokens: (request, { signal }) =>
      askOnce((limited) => countTokens(client, named(request), limited), failureOfGemini, {
        ...once,
        model: request.model,
        signal,
      }),
    models: async () => [],
  }
}

/** The SDK with everything said that it would read from the environment. */
const createClient = ({ apiKey, baseUrl, fetch }: Pick<GeminiOptions, 'apiKey' | 'baseUrl' | 'fetch'>) =>
  new GoogleGenAI({
    apiKey,
    enterprise: false,
    apiVersion: 'v1beta',
    httpOptions: { baseUrl, fetch: refusing(guarded(fetch)) },
  })

const createWire = ({ models }: GoogleGenAI): Wire => ({
  async open(request, signal) {
    return oneByOne(await models.generateContentStream(toGenerateRequest(named(request), signal)))
  },
  createReader: () => readGenerateResponse,
  failureOf: failureOfGemini,
})

/** The name becomes a part of the URL, and no caller of ours names an upstream URL. */
function named<R extends { readonly model: string }>(request: R): R {
  if (/^((models|tunedModels)\/)?[A-Za-z0-9][A-Za-z0-9._-]*$/.test(request.model)) return request
  throw new RequestRefusedError('This is not a name that a model can have.')
}
