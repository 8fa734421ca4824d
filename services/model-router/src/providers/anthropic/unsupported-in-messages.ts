import type { Parameter } from '@tessera/shared/contracts/model-router/completion'
import type { ImagePart, PromptMessage } from '@tessera/shared/contracts/model-router/prompt'
import { unsupported, unsupportedBeside } from '../parameters.ts'
import type { ProviderRequest, Unsupported } from '../provider.ts'
import { MIN_REASONING_TOKENS, thinkingOf } from './to-message-request.ts'

const honoured = new Set<Parameter>([
  'tools',
  'toolChoice',
  'parallelToolCalls',
  'outputFormat',
  'reasoning',
  'maxOutputTokens',
  'temperature',
  'topP',
  'topK',
  'stop',
])

/** What messages have no place for, or no place together (the protocol's own rules). */
export const unsupportedInMessages = (request: ProviderRequest): Unsupported[] => [
  ...unsupportedBeside(honoured, request),
  ...unsupportedReasoning(request),
  ...unsupportedSampling(request),
  ...(request.outputFormat?.type === 'json'
    ? [unsupported('/outputFormat', 'must have a schema with this model')]
    : []),
  ...request.messages.flatMap(unsupportedImages),
]

function unsupportedReasoning({ reasoning, maxOutputTokens = Infinity }: ProviderRequest): Unsupported[] {
  const { effort, maxTokens } = reasoning ?? {}
  if (effort === 'minimal') return [unsupported('/reasoning/effort', 'must not be "minimal" with this model')]
  if (maxTokens === undefined) return []
  if (maxTokens < MIN_REASONING_TOKENS)
    return [unsupported('/reasoning/maxTokens', `must be at least ${MIN_REASONING_TOKENS} with this model`)]
  return maxTokens < maxOutputTokens
    ? []
    : [unsupported('/reasoning/maxTokens', 'must be less than the limit of the output with this model')]
}

function unsupportedSampling(request: ProviderRequest): Unsupported[] {
  const { temperature, topK, toolChoice } = request
  const type = thinkingOf(request)?.type
  const isThinking = type === 'enabled' || type === 'adaptive'
  const rule = 'cannot be combined with reasoning by this model'
  return [
    ...(temperature !== undefined && temperature > 1
      ? [unsupported('/temperature', 'must be at most 1 with this model')]
      : []),
    ...(isThinking && temperature !== undefined && temperature < 1 ? [unsupported('/temperature', rule)] : []),
    ...(isThinking && topK !== undefined ? [unsupported('/topK', rule)] : []),
    ...(isThinking && (toolChoice === 'required' || typeof toolChoice === 'object')
      ? [unsupported('/toolChoice', rule)]
      : []),
  ]
}

const imageTypes = new Set(['image/jpeg', 'image/png', 'image/gif', 'image/webp'])

function unsupportedImages(message: PromptMessage, index: number): Unsupported[] {
  const parts = message.role === 'tool' ? message.content.flatMap(({ content }) => content) : message.content
  return parts.some((part) => part.type === 'image' && !isReadable(part))
    ? [{ field: `/messages/${index}/content`, rule: 'may hold only JPEG, PNG, GIF and WebP images', droppable: false }]
    : []
}

const isReadable = ({ source }: ImagePart) => 'url' in source || imageTypes.has(source.mediaType)
