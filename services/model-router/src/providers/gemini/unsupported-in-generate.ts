import type { Parameter } from '@tessera/shared/contracts/model-router/completion'
import type { PromptMessage } from '@tessera/shared/contracts/model-router/prompt'
import { unsupported, unsupportedBeside } from '../parameters.ts'
import type { ProviderRequest, Unsupported } from '../provider.ts'

const honoured = new Set<Parameter>([
  'tools',
  'toolChoice',
  'outputFormat',
  'reasoning',
  'maxOutputTokens',
  'temperature',
  'topP',
  'topK',
  'frequencyPenalty',
  'presencePenalty',
  'stop',
  'seed',
  'logprobs',
])

/** What `generateContent` has no place for. Several calls at once are how it works, so leave to make them changes nothing. */
export function unsupportedInGenerate(request: ProviderRequest): Unsupported[] {
  const { parallelToolCalls, reasoning, stop = [], messages, ...others } = request
  const asked = parallelToolCalls === false ? request : { ...others, messages, ...(reasoning && { reasoning }) }
  return [
    ...unsupportedBeside(honoured, asked),
    ...(reasoning?.effort === 'max' ? [unsupported('/reasoning/effort', 'must not be "max" with this model')] : []),
    ...(reasoning?.effort !== undefined && reasoning.maxTokens !== undefined
      ? [unsupported('/reasoning/maxTokens', 'cannot be combined with an effort by this model')]
      : []),
    ...(stop.length > 5 ? [unsupported('/stop', 'must have at most 5 texts with this model')] : []),
    ...messages.flatMap(imagesByAddress),
  ]
}

function imagesByAddress(message: PromptMessage, index: number): Unsupported[] {
  const parts = message.role === 'tool' ? message.content.flatMap(({ content }) => content) : message.content
  return parts.some((part) => part.type === 'image' && 'url' in part.source)
    ? [{ field: `/messages/${index}/content`, rule: 'must hold images as data with this model', droppable: false }]
    : []
}
