import { Effort } from '@tessera/shared/contracts/model-router/completion'
import { Metadata } from '@tessera/shared/contracts/model-router/kept-text'
import { JsonSchema } from '@tessera/shared/contracts/model-router/prompt'
import type { FieldError } from '@tessera/shared/fault/fault'
import type { Result } from '@tessera/shared/fault/result'
import { type Static, Type } from 'typebox'
import { invalidChoice, invalidParameters, invalidSchemas, repeatedNames } from '../../compatible/check-tools.ts'
import type { FieldNames } from '../../compatible/field-names.ts'
import { askedOf, leftOutFields } from '../../compatible/left-out.ts'
import { type ModelRequest, readAs } from '../../compatible/model-request.ts'
import { modelField, ownFields, ownNames, ownOf } from '../../compatible/own-fields.ts'
import { optional } from '../optional.ts'
import { ChatMessage, invalidImages, namedMessages, toPromptMessages } from './chat-messages.ts'

const leftOut = {
  n: [1],
  service_tier: ['auto', 'default'],
  store: [false],
  modalities: [['text']],
  logit_bias: [{}],
  audio: [],
  prediction: [],
  web_search_options: [],
  moderation: [],
  functions: [],
  function_call: [],
}

const ToolName = Type.String({ pattern: '^[a-zA-Z0-9_-]{1,64}$' })

const ChatTool = Type.Object({
  type: Type.Literal('function'),
  function: Type.Object({
    name: ToolName,
    description: optional(Type.String()),
    parameters: optional(JsonSchema),
    strict: optional(Type.Boolean()),
  }),
})

const ResponseFormat = Type.Union([
  Type.Object({ type: Type.Literal('text') }),
  Type.Object({ type: Type.Literal('json_object') }),
  Type.Object({
    type: Type.Literal('json_schema'),
    json_schema: Type.Object({
      name: ToolName,
      description: optional(Type.String()),
      schema: Type.Optional(JsonSchema),
      strict: optional(Type.Boolean()),
    }),
  }),
])

/** What we honour of OpenAI's request. Anything else is an error that names it, or dropped by request; never left out in silence. */
export const ChatRequest = Type.Object({
  model: modelField,
  messages: Type.Array(ChatMessage, { minItems: 1, maxItems: 10_000 }),
  stream: optional(Type.Boolean()),
  stream_options: optional(
    Type.Object({ include_usage: optional(Type.Boolean()), include_obfuscation: optional(Type.Literal(false)) }),
  ),
  tools: optional(Type.Array(ChatTool, { maxItems: 512 })),
  tool_choice: optional(
    Type.Union([
      Type.Literal('none'),
      Type.Literal('auto'),
      Type.Literal('required'),
      Type.Object({ type: Type.Literal('function'), function: Type.Object({ name: ToolName }) }),
    ]),
  ),
  parallel_tool_calls: optional(Type.Boolean()),
  response_format: optional(ResponseFormat),
  reasoning_effort: optional(Effort),
  max_completion_tokens: optional(Type.Integer({ minimum: 1, maximum: 1_000_000 })),
  max_tokens: optional(Type.Integer({ minimum: 1, maximum: 1_000_000 })),
  temperature: optional(Type.Number({ minimum: 0, maximum: 2 })),
  top_p: optional(Type.Number({ minimum: 0, maximum: 1 })),
  top_k: optional(Type.Integer({ minimum: 0, maximum: 1000 }), 'Ours; for models that know it.'),
  frequency_penalty: optional(Type.Number({ minimum: -2, maximum: 2 })),
  presence_penalty: optional(Type.Number({ minimum: -2, maximum: 2 })),
  stop: optional(
    Type.Union([Type.String({ minLength: 1 }), Type.Array(Type.String({ minLength: 1 }), { maxItems: 16 })]),
  ),
  seed: optional(Type.Integer()),
  logprobs: optional(Type.Boolean()),
  top_logprobs: optional(Type.Integer({ minimum: 0, maximum: 20 }), 'With `logprobs`.'),
  verbosity: optional(Type.Union([Type.Literal('low'), Type.Literal('medium'), Type.Literal('high')])),
  metadata: optional(Metadata, 'Your own notes. No provider gets them.'),
  include_reasoning: optional(
    Type.Boolean(),
    'Ours: whether reasoning, or a summary of it, is part of the answer (`reasoning_content`, `reasoning_details`).',
  ),
  user: optional(Type.String(), 'Has no effect: who calls is what the credential says.'),
  safety_identifier: optional(Type.String(), 'Has no effect: who calls is what the credential says.'),
  prompt_cache_key: optional(Type.String(), 'Has no effect: what readers ask shares no cache.'),
  prompt_cache_retention: Type.Optional(Type.Unknown({ description: 'Has no effect.' })),
  prompt_cache_options: Type.Optional(Type.Unknown({ description: 'Has no effect.' })),
  ...leftOutFields(leftOut),
  ...ownFields,
})
export type ChatRequest = Static<typeof ChatRequest>

/** What the parts of our request are called here. */
export const chatNames: FieldNames = {
  ...ownNames,
  '/maxOutputTokens': '/max_completion_tokens',
  '/topP': '/top_p',
  '/topK': '/top_k',
  '/frequencyPenalty': '/frequency_penalty',
  '/presencePenalty': '/presence_penalty',
  '/toolChoice': '/tool_choice',
  '/parallelToolCalls': '/parallel_tool_calls',
  '/outputFormat': '/response_format',
  '/reasoning': '/reasoning_effort',
  '/reasoning/effort': '/reasoning_effort',
  '/reasoning/shown': '/include_reasoning',
}

/** A chat completion in our terms. */
export function modelRequestOf(body: ChatRequest, drop: boolean): Result<ModelRequest> {
  const { model, messages, metadata, reasoning_effort: effort, include_reasoning: shown } = body
  const { response_format: format } = body
  const request: ModelRequest = {
    model,
    messages: toPromptMessages(messages),
    ...ownOf(body, drop),
    ...(metadata && { metadata }),
    ...toolsOf(body),
    ...samplingOf(body),
    ...formatOf(format),
    ...((effort || typeof shown === 'boolean') && {
      reasoning: { ...(effort && { effort }), ...(typeof shown === 'boolean' && { shown }) },
    }),
  }
  return readAs(request, {
    invalid: [...invalidImages(messages), ...invalidTools(body), ...invalidChoice(request), ...contradictions(body)],
    unsupported: drop ? [] : [...askedOf(leftOut, body), ...namedMessages(messages)],
  })
}

function toolsOf({ tools, tool_choice: choice, parallel_tool_calls: parallel }: ChatRequest): Partial<ModelRequest> {
  return {
    ...(tools &&
      tools.length > 0 && {
        tools: tools.map(({ function: { name, description, parameters, strict } }) => ({
          name,
          parameters: parameters ?? { type: 'object', properties: {} },
          ...(description && { description }),
          ...(typeof strict === 'boolean' && { strict }),
        })),
      }),
    ...(choice && { toolChoice: typeof choice === 'string' ? choice : { name: choice.function.name } }),
    ...(typeof parallel === 'boolean' && { parallelToolCalls: parallel }),
  }
}

function samplingOf(body: ChatRequest): Partial<ModelRequest> {
  const { temperature, top_p: topP, top_k: topK, stop, seed, logprobs, verbosity } = body
  const { frequency_penalty: frequencyPenalty, presence_penalty: presencePenalty } = body
  const maxOutputTokens = body.max_completion_tokens ?? body.max_tokens
  return {
    ...(typeof maxOutputTokens === 'number' && { maxOutputTokens }),
    ...(typeof temperature === 'number' && { temperature }),
    ...(typeof topP === 'number' && { topP }),
    ...(typeof topK === 'number' && { topK }),
    // Zero is how it is anyway.
    ...(frequencyPenalty && { frequencyPenalty }),
    ...(presencePenalty && { presencePenalty }),
    ...(stop && { stop: typeof stop === 'string' ? [stop] : stop }),
    ...(typeof seed === 'number' && { seed }),
    ...(logprobs === true && { logprobs: { top: body.top_logprobs ?? 0 } }),
    ...(verbosity && { verbosity }),
  }
}

/** Fields that say two things, or nothing without another: to follow one of them would be to change the other in silence. */
function contradictions(body: ChatRequest): FieldError[] {
  const { max_tokens: old, max_completion_tokens: limit, logprobs, top_logprobs: top } = body
  return [
    ...(old && limit && old !== limit
      ? [{ field: '/max_tokens', rule: 'must not differ from max_completion_tokens' }]
      : []),
    ...(top && logprobs !== true ? [{ field: '/top_logprobs', rule: 'needs logprobs' }] : []),
  ]
}

function formatOf(format: ChatRequest['response_format']): Partial<ModelRequest> {
  if (!format || format.type === 'text') return {}
  if (format.type === 'json_object') return { outputFormat: { type: 'json' } }
  const { name, description, schema = {}, strict } = format.json_schema
  return {
    outputFormat: {
      type: 'json-schema',
      ...{ name, schema },
      ...(description && { description }),
      ...(typeof strict === 'boolean' && { strict }),
    },
  }
}

function invalidTools({ tools, response_format: format }: ChatRequest) {
  const functions = (tools ?? []).map(({ function: described }, at) => ({
    field: `/tools/${at}/function`,
    ...described,
  }))
  const schemas = functions.flatMap(({ field, parameters }) =>
    parameters ? [{ field: `${field}/parameters`, schema: parameters }] : [],
  )
  const answer =
    format?.type === 'json_schema' && format.json_schema.schema
      ? [{ field: '/response_format/json_schema/schema', schema: format.json_schema.schema }]
      : []
  return [
    ...repeatedNames(functions.map(({ field, name }) => ({ field: `${field}/name`, name }))),
    ...invalidParameters(schemas),
    ...invalidSchemas(answer),
  ]
}
