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
import { InputItem, invalidImages, toPromptMessages } from './input-items.ts'

const leftOut = {
  store: [false],
  background: [false],
  service_tier: ['auto', 'default'],
  truncation: ['disabled'],
  conversation: [],
  previous_response_id: [],
  prompt: [],
  max_tool_calls: [],
  context_management: [],
  moderation: [],
  image: [],
  access_programs: [],
}

const Name = Type.String({ pattern: '^[a-zA-Z0-9_-]{1,64}$' })

const FunctionTool = Type.Object({
  type: Type.Literal('function'),
  name: Name,
  description: optional(Type.String()),
  parameters: optional(JsonSchema),
  strict: optional(Type.Boolean()),
})

const Text = Type.Object({
  format: optional(
    Type.Union([
      Type.Object({ type: Type.Literal('text') }),
      Type.Object({ type: Type.Literal('json_object') }),
      Type.Object({
        type: Type.Literal('json_schema'),
        name: Name,
        description: optional(Type.String()),
        schema: JsonSchema,
        strict: optional(Type.Boolean()),
      }),
    ]),
  ),
  verbosity: optional(Type.Union([Type.Literal('low'), Type.Literal('medium'), Type.Literal('high')])),
})

/** What of an answer may be asked for besides; other values of OpenAI's belong to tools of its own. */
const honouredIncludes = ['reasoning.encrypted_content', 'message.output_text.logprobs']

/** What we honour of OpenAI's request. Anything else is an error that names it, or dropped by request; never left out in silence. */
export const ResponseRequest = Type.Object({
  model: modelField,
  input: Type.Union([Type.String({ minLength: 1 }), Type.Array(InputItem, { minItems: 1, maxItems: 10_000 })]),
  instructions: optional(Type.String()),
  stream: optional(Type.Boolean()),
  stream_options: optional(Type.Object({ include_obfuscation: optional(Type.Literal(false)) })),
  tools: optional(Type.Array(FunctionTool, { maxItems: 512 })),
  tool_choice: optional(
    Type.Union([
      Type.Literal('none'),
      Type.Literal('auto'),
      Type.Literal('required'),
      Type.Object({ type: Type.Literal('function'), name: Name }),
    ]),
  ),
  parallel_tool_calls: optional(Type.Boolean()),
  text: optional(Text),
  reasoning: optional(
    Type.Object({
      effort: optional(Effort),
      summary: optional(Type.Union([Type.Literal('auto'), Type.Literal('concise'), Type.Literal('detailed')])),
    }),
  ),
  max_output_tokens: optional(Type.Integer({ minimum: 1, maximum: 1_000_000 })),
  temperature: optional(Type.Number({ minimum: 0, maximum: 2 })),
  top_p: optional(Type.Number({ minimum: 0, maximum: 1 })),
  top_logprobs: optional(Type.Integer({ minimum: 0, maximum: 20 })),
  include: optional(Type.Array(Type.String())),
  metadata: optional(Metadata, 'Your own notes. No provider gets them.'),
  user: optional(Type.String(), 'Has no effect: who calls is what the credential says.'),
  safety_identifier: optional(Type.String(), 'Has no effect: who calls is what the credential says.'),
  prompt_cache_key: optional(Type.String(), 'Has no effect: what readers ask shares no cache.'),
  prompt_cache_retention: Type.Optional(Type.Unknown({ description: 'Has no effect.' })),
  prompt_cache_options: Type.Optional(Type.Unknown({ description: 'Has no effect.' })),
  ...leftOutFields(leftOut),
  ...ownFields,
})
export type ResponseRequest = Static<typeof ResponseRequest>

/** What the parts of our request are called here. */
export const responseNames: FieldNames = {
  ...ownNames,
  '/messages': { whole: '/input' },
  '/maxOutputTokens': '/max_output_tokens',
  '/topP': '/top_p',
  '/logprobs': '/top_logprobs',
  '/toolChoice': '/tool_choice',
  '/parallelToolCalls': '/parallel_tool_calls',
  '/outputFormat': '/text/format',
  '/verbosity': '/text/verbosity',
  '/reasoning/shown': '/reasoning/summary',
}

/** A response in our terms. */
export function modelRequestOf(body: ResponseRequest, drop: boolean): Result<ModelRequest> {
  const { model, input, instructions, metadata, include } = body
  const items: readonly InputItem[] = typeof input === 'string' ? [{ role: 'user', content: input }] : input
  const system = instructions
    ? [{ role: 'system' as const, content: [{ type: 'text' as const, text: instructions }] }]
    : []
  const request: ModelRequest = {
    model,
    messages: [...system, ...toPromptMessages(items)],
    ...ownOf(body, drop),
    ...(metadata && { metadata }),
    ...toolsOf(body),
    ...textOf(body),
    ...reasoningOf(body),
    ...samplingOf(body),
  }
  const unknownIncludes = (include ?? []).flatMap((value, at): FieldError[] =>
    honouredIncludes.includes(value) ? [] : [{ field: `/include/${at}`, rule: 'is not supported' }],
  )
  return readAs(request, {
    invalid: [...invalidImages(items), ...invalidTools(body), ...invalidChoice(request)],
    unsupported: drop ? [] : [...askedOf(leftOut, body), ...unknownIncludes],
  })
}

function toolsOf({
  tools,
  tool_choice: choice,
  parallel_tool_calls: parallel,
}: ResponseRequest): Partial<ModelRequest> {
  return {
    ...(tools &&
      tools.length > 0 && {
        tools: tools.map(({ name, description, parameters, strict }) => ({
          name,
          parameters: parameters ?? { type: 'object', properties: {} },
          ...(description && { description }),
          ...(typeof strict === 'boolean' && { strict }),
        })),
      }),
    ...(choice && { toolChoice: typeof choice === 'string' ? choice : { name: choice.name } }),
    ...(typeof parallel === 'boolean' && { parallelToolCalls: parallel }),
  }
}

function textOf({ text }: ResponseRequest): Partial<ModelRequest> {
  const { format, verbosity } = text ?? {}
  const given = verbosity ? { verbosity } : {}
  if (!format || format.type === 'text') return given
  if (format.type === 'json_object') return { ...given, outputFormat: { type: 'json' } }
  const { name, description, schema, strict } = format
  return {
    ...given,
    outputFormat: {
      type: 'json-schema',
      ...{ name, schema },
      ...(description && { description }),
      ...(typeof strict === 'boolean' && { strict }),
    },
  }
}

/** How long a summary is differs from model to model, so any of them asks for one. */
function reasoningOf({ reasoning }: ResponseRequest): Partial<ModelRequest> {
  const { effort, summary } = reasoning ?? {}
  if (!effort && !summary) return {}
  return { reasoning: { ...(effort && { effort }), ...(summary && { shown: true }) } }
}

function samplingOf(body: ResponseRequest): Partial<ModelRequest> {
  const { max_output_tokens: maxOutputTokens, temperature, top_p: topP, top_logprobs: top, include } = body
  const wantsLogprobs = typeof top === 'number' || include?.includes('message.output_text.logprobs') === true
  return {
    ...(typeof maxOutputTokens === 'number' && { maxOutputTokens }),
    ...(typeof temperature === 'number' && { temperature }),
    ...(typeof topP === 'number' && { topP }),
    ...(wantsLogprobs && { logprobs: { top: top ?? 0 } }),
  }
}

function invalidTools({ tools, text }: ResponseRequest): FieldError[] {
  const placed = (tools ?? []).map((tool, at) => ({ field: `/tools/${at}`, ...tool }))
  const schemas = placed.flatMap(({ field, parameters }) =>
    parameters ? [{ field: `${field}/parameters`, schema: parameters }] : [],
  )
  const { format } = text ?? {}
  return [
    ...repeatedNames(placed.map(({ field, name }) => ({ field: `${field}/name`, name }))),
    ...invalidParameters(schemas),
    ...invalidSchemas(format?.type === 'json_schema' ? [{ field: '/text/format/schema', schema: format.schema }] : []),
  ]
}
