import type {
  MessageCreateParamsStreaming,
  OutputConfig,
  ThinkingConfigParam,
} from '@anthropic-ai/sdk/resources/messages'
import type { ProviderRequest } from '../provider.ts'
import { toMessages } from './to-messages.ts'

/** The protocol has no default of its own; every model that it serves takes this much. */
const DEFAULT_MAX_OUTPUT_TOKENS = 8192

/** What a model may think of at least, where a number is given (the protocol's rule). */
export const MIN_REASONING_TOKENS = 1024

type Sampling = { temperature?: number; top_p?: number; top_k?: number }

/** Our request as a streaming message. It holds only what `unsupported` lets through. */
export function toMessageRequest(request: ProviderRequest): MessageCreateParamsStreaming & Sampling {
  const { model, messages, maxOutputTokens, stop, reasoning, sharedInstructions } = request
  const thinking = thinkingOf(request)
  const output = outputOf(request)
  return {
    model,
    stream: true,
    max_tokens: maxOutputTokens ?? DEFAULT_MAX_OUTPUT_TOKENS + (reasoning?.maxTokens ?? 0),
    ...(sharedInstructions ? withCachedSystem(toMessages(messages)) : toMessages(messages)),
    ...toolsOf(request),
    ...(thinking && { thinking }),
    ...(output && { output_config: output }),
    ...samplingOf(request),
    ...(stop !== undefined && stop.length > 0 && { stop_sequences: [...stop] }),
  }
}

/** The cache ends with the instructions: what comes after them is one reader's. */
const withCachedSystem = ({ system, messages }: ReturnType<typeof toMessages>) => ({
  ...(system !== undefined && {
    system: [{ type: 'text' as const, text: system, cache_control: { type: 'ephemeral' as const } }],
  }),
  messages,
})

export function toolsOf({ tools, toolChoice, parallelToolCalls }: ProviderRequest) {
  const oneAtATime = parallelToolCalls === false && { disable_parallel_tool_use: true }
  return {
    ...(tools && {
      tools: tools.map(({ name, description, parameters, strict }) => ({
        name,
        input_schema: { ...parameters, type: 'object' as const },
        ...(description !== undefined && { description }),
        ...(strict !== undefined && { strict }),
      })),
    }),
    ...((toolChoice !== undefined || oneAtATime) && { tool_choice: choiceOf(toolChoice ?? 'auto', oneAtATime) }),
  }
}

function choiceOf(choice: NonNullable<ProviderRequest['toolChoice']>, oneAtATime: object | false) {
  if (choice === 'none') return { type: 'none' as const }
  if (choice === 'auto') return { type: 'auto' as const, ...oneAtATime }
  if (choice === 'required') return { type: 'any' as const, ...oneAtATime }
  return { type: 'tool' as const, name: choice.name, ...oneAtATime }
}

/** A limit in tokens is the older way to ask for reasoning; with an effort the model itself decides how much it takes. */
export function thinkingOf({ reasoning }: ProviderRequest): ThinkingConfigParam | undefined {
  if (!reasoning) return undefined
  const { effort, maxTokens, shown } = reasoning
  if (effort === 'none') return { type: 'disabled' }
  const display = shown === undefined ? {} : { display: shown ? ('summarized' as const) : ('omitted' as const) }
  if (maxTokens !== undefined) return { type: 'enabled', budget_tokens: maxTokens, ...display }
  return effort === undefined && shown !== true ? undefined : { type: 'adaptive', ...display }
}

export function outputOf({ reasoning, outputFormat }: ProviderRequest): OutputConfig | undefined {
  const effort = reasoning?.effort
  const named = effort === undefined || effort === 'none' || effort === 'minimal' ? {} : { effort }
  const format =
    outputFormat?.type === 'json-schema'
      ? { format: { type: 'json_schema' as const, schema: outputFormat.schema } }
      : {}
  const output = { ...named, ...format }
  return Object.keys(output).length > 0 ? output : undefined
}

const samplingOf = ({ temperature, topP, topK }: ProviderRequest): Sampling => ({
  ...(temperature !== undefined && { temperature }),
  ...(topP !== undefined && { top_p: topP }),
  ...(topK !== undefined && { top_k: topK }),
})
