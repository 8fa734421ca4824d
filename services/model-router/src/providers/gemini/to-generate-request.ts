import {
  FunctionCallingConfigMode,
  type GenerateContentConfig,
  type GenerateContentParameters,
  type ThinkingConfig,
  ThinkingLevel,
} from '@google/genai'
import type { ProviderRequest } from '../provider.ts'
import { toContents } from './to-contents.ts'

/** Our request as `streamGenerateContent` takes it. */
export function toGenerateRequest(request: ProviderRequest, abortSignal: AbortSignal): GenerateContentParameters {
  const { system, contents } = toContents(request.messages)
  return {
    model: request.model,
    contents,
    config: {
      abortSignal,
      // Its own ways to ask again: whether that is due is for the router to decide.
      automaticContinuation: false,
      ...(system !== '' && { systemInstruction: { role: 'system', parts: [{ text: system }] } }),
      ...toolsOf(request),
      ...formatOf(request),
      ...thinkingOf(request),
      ...samplingOf(request),
    },
  }
}

export function toolsOf({ tools, toolChoice }: ProviderRequest): Pick<GenerateContentConfig, 'tools' | 'toolConfig'> {
  if (!tools) return {}
  const mode = modeOf(
    toolChoice,
    tools.some(({ strict }) => strict === true),
  )
  const named = typeof toolChoice === 'object' ? { allowedFunctionNames: [toolChoice.name] } : {}
  return {
    tools: [
      {
        functionDeclarations: tools.map(({ name, description, parameters }) => ({
          name,
          parametersJsonSchema: parameters,
          ...(description !== undefined && { description }),
        })),
      },
    ],
    ...(mode !== undefined && { toolConfig: { functionCallingConfig: { mode, ...named } } }),
  }
}

/** `VALIDATED` keeps arguments to their schema, as `ANY` does, and leaves open whether a tool is called. */
function modeOf(choice: ProviderRequest['toolChoice'], isStrict: boolean) {
  if (choice === 'none') return FunctionCallingConfigMode.NONE
  if (choice === 'required' || typeof choice === 'object') return FunctionCallingConfigMode.ANY
  if (isStrict) return FunctionCallingConfigMode.VALIDATED
  return choice === 'auto' ? FunctionCallingConfigMode.AUTO : undefined
}

function formatOf({ outputFormat }: ProviderRequest) {
  if (!outputFormat) return {}
  const json = { responseMimeType: 'application/json' }
  return outputFormat.type === 'json' ? json : { ...json, responseJsonSchema: outputFormat.schema }
}

const levels: Partial<Record<NonNullable<ProviderRequest['reasoning']>['effort'] & string, ThinkingLevel>> = {
  minimal: ThinkingLevel.MINIMAL,
  low: ThinkingLevel.LOW,
  medium: ThinkingLevel.MEDIUM,
  high: ThinkingLevel.HIGH,
  xhigh: ThinkingLevel.XHIGH,
}

function thinkingOf({ reasoning }: ProviderRequest): { thinkingConfig?: ThinkingConfig } {
  if (!reasoning) return {}
  const { effort, maxTokens, shown } = reasoning
  const budget = effort === 'none' ? 0 : maxTokens
  const level = effort && levels[effort]
  return {
    thinkingConfig: {
      ...(shown !== undefined && { includeThoughts: shown }),
      ...(budget !== undefined && { thinkingBudget: budget }),
      ...(level !== undefined && { thinkingLevel: level }),
    },
  }
}

function samplingOf(request: ProviderRequest): GenerateContentConfig {
  const { maxOutputTokens, temperature, topP, topK, frequencyPenalty, presencePenalty, stop, seed, logprobs } = request
  return {
    ...(maxOutputTokens !== undefined && { maxOutputTokens }),
    ...(temperature !== undefined && { temperature }),
    ...(topP !== undefined && { topP }),
    ...(topK !== undefined && { topK }),
    ...(frequencyPenalty !== undefined && { frequencyPenalty }),
    ...(presencePenalty !== undefined && { presencePenalty }),
    ...(stop !== undefined && stop.length > 0 && { stopSequences: [...stop] }),
    ...(seed !== undefined && { seed }),
    ...(logprobs !== undefined && { responseLogprobs: true, logprobs: logprobs.top }),
  }
}
