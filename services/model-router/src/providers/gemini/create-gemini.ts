import { GoogleGenerativeAI } from '@google/generative-ai'
import type { Logger } from 'pino'
import { RequestRefusedError } from '../failure.ts'
import { unsupportedBeside } from '../parameters.ts'
import type { Provider } from '../provider.ts'
import { streamCompletion, type Wire } from '../stream-completion.ts'
import type { Limits } from '../watch.ts'
import { failureOfGemini } from './failure-of-gemini.ts'
import { readGenerateResponse } from './from-generate-responses.ts'
import { toGenerateRequest } from './to-generate-request.ts'

export type GeminiOptions = { apiKey: string; baseUrl: string; limits: Limits; logger: Logger }

/** Gemini through `streamGenerateContent`. */
export function createGemini({ apiKey, baseUrl, limits, logger }: GeminiOptions): Provider {
  const wire = createWire({ apiKey, baseUrl })
  return {
    name: 'gemini',
    hosting: 'cloud',
    switchedOnBy: 'GEMINI_API_KEY',
    defaultModel: 'gemini-3.5-flash',
    unsupported: (request) => unsupportedBeside(honoured, request),
    complete: (request, { signal }) => streamCompletion(wire, request, { provider: 'gemini', limits, logger, signal }),
    models: async () => [],
  }
}

const honoured = new Set(['maxOutputTokens', 'temperature', 'topP', 'stop', 'seed'] as const)

function createWire({ apiKey, baseUrl }: { apiKey: string; baseUrl: string }): Wire {
  const client = new GoogleGenerativeAI(apiKey)
  return {
    async open(request, signal) {
      requireModelName(request.model)
      const model = client.getGenerativeModel({ model: request.model }, { baseUrl })
      const { stream, response } = await model.generateContentStream(toGenerateRequest(request), { signal })
      // The SDK reads the answer a second time into this promise; its failure is the stream's, told there.
      response.catch(() => undefined)
      return stream
    },
    createReader: () => readGenerateResponse,
    failureOf: failureOfGemini,
  }
}

/** The name becomes a part of the URL, and no caller of ours names an upstream URL. */
function requireModelName(name: string): void {
  if (!/^((models|tunedModels)\/)?[A-Za-z0-9][A-Za-z0-9._-]*$/.test(name)) {
    throw new RequestRefusedError('This is not a name that a model can have.')
  }
}
