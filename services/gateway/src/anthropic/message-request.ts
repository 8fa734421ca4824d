import { keptCharacter } from '@tessera/shared/contracts/model-router/kept-text'
import { JsonSchema } from '@tessera/shared/contracts/model-router/prompt'
import type { FieldError } from '@tessera/shared/fault/fault'
import type { Result } from '@tessera/shared/fault/result'
import { type Static, Type } from 'typebox'
import { invalidChoice, invalidParameters, invalidSchemas, repeatedNames } from '../compatible/check-tools.ts'
import type { FieldNames } from '../compatible/field-names.ts'
import { askedOf, leftOutFields } from '../compatible/left-out.ts'
import { type ModelRequest, readAs } from '../compatible/model-request.ts'
import { modelField, ownFields, ownNames, ownOf } from '../compatible/own-fields.ts'
import { MessageParam, TextBlock, textsOf, toPromptMessages } from './content-blocks.ts'

const leftOut = {
  service_tier: ['auto', 'standard_only'],
  speed: ['standard'],
  container: [],
  context_management: [],
  mcp_servers: [],
  inference_geo: [],
  diagnostics: [],
  user_profile_id: [],
  workspace_id: [],
}

const ToolName = Type.String({ pattern: '^[a-zA-Z0-9_-]{1,128}$' })
const oneAtATime = { disable_parallel_tool_use: Type.Optional(Type.Boolean()) }
const noEffect = Type.Optional(Type.Unknown({ description: 'Has no effect.' }))
const Display = Type.Optional(Type.Union([Type.Literal('summarized'), Type.Literal('omitted'), Type.Null()]))

const Tool = Type.Object({
  type: Type.Optional(Type.Union([Type.Literal('custom'), Type.Null()])),
  name: ToolName,
  description: Type.Optional(Type.String()),
  input_schema: JsonSchema,
  strict: Type.Optional(Type.Boolean()),
  cache_control: noEffect,
  eager_input_streaming: noEffect,
})

/** What a prompt consists of: all that is counted, too. */
export const promptFields = {
  model: modelField,
  messages: Type.Array(MessageParam, { minItems: 1, maxItems: 10_000 }),
  system: Type.Optional(Type.Union([Type.String(), Type.Array(TextBlock)])),
  tools: Type.Optional(Type.Array(Tool, { maxItems: 512 })),
  tool_choice: Type.Optional(
    Type.Union([
      Type.Object({ type: Type.Literal('auto'), ...oneAtATime }),
      Type.Object({ type: Type.Literal('any'), ...oneAtATime }),
      Type.Object({ type: Type.Literal('tool'), name: ToolName, ...oneAtATime }),
      Type.Object({ type: Type.Literal('none') }),
    ]),
  ),
  thinking: Type.Optional(
    Type.Union([
      Type.Object({
        type: Type.Literal('enabled'),
        budget_tokens: Type.Integer({ minimum: 1, maximum: 1_000_000 }),
        display: Display,
      }),
      Type.Object({ type: Type.Literal('adaptive'), display: Display }),
      Type.Object({ type: Type.Literal('disabled') }),
    ]),
  ),
  output_config: Type.Optional(
    Type.Object({
      effort: Type.Optional(
        Type.Union([
          Type.Literal('low'),
          Type.Literal('medium'),
          Type.Literal('high'),
          Type.Literal('xhigh'),
          Type.Literal('max'),
          Type.Null(),
        ]),
      ),
      format: Type.Optional(
        Type.Union([Type.Object({ type: Type.Literal('json_schema'), schema: JsonSchema }), Type.Null()]),
      ),
    }),
  ),
  cache_control: noEffect,
}
const Prompt = Type.Object(promptFields)
export type Prompt = Static<typeof Prompt>

/** What we honour of Anthropic's request. Anything else is an error that names it, or dropped by request; never left out in silence. */
export const MessageRequest = Type.Object({
  ...promptFields,
  max_tokens: Type.Integer({ minimum: 1, maximum: 1_000_000 }),
  stream: Type.Optional(Type.Boolean()),
  temperature: Type.Optional(Type.Number({ minimum: 0, maximum: 1 })),
  top_p: Type.Optional(Type.Number({ minimum: 0, maximum: 1 })),
  top_k: Type.Optional(Type.Integer({ minimum: 0, maximum: 1000 })),
  stop_sequences: Type.Optional(Type.Array(Type.String({ minLength: 1 }), { maxItems: 16 })),
  metadata: Type.Optional(
    Type.Object(
      {
        user_id: Type.Optional(
          Type.Union([Type.String({ maxLength: 512, pattern: `^${keptCharacter}*$` }), Type.Null()]),
        ),
      },
      { description: 'Your own notes. No provider gets them.' },
    ),
  ),
  ...leftOutFields(leftOut),
  ...ownFields,
})
export type MessageRequest = Static<typeof MessageRequest>

/** What the parts of our request are called here. */
export const messageNames: FieldNames = {
  ...ownNames,
  '/messages': { whole: '/messages' },
  '/maxOutputTokens': '/max_tokens',
  '/topP': '/top_p',
  '/topK': '/top_k',
  '/stop': '/stop_sequences',
  '/toolChoice': '/tool_choice',
  '/parallelToolCalls': '/tool_choice/disable_parallel_tool_use',
  '/outputFormat': '/output_config/format',
  '/reasoning': '/thinking',
  '/reasoning/effort': '/output_config/effort',
  '/reasoning/maxTokens': '/thinking/budget_tokens',
  '/reasoning/shown': '/thinking/display',
}

/** A message in our terms. */
export function modelRequestOf(body: MessageRequest, drop: boolean): Result<ModelRequest> {
  const { max_tokens: maxOutputTokens, temperature, top_p: topP, top_k: topK, stop_sequences: stop } = body
  const { metadata } = body
  const request: ModelRequest = {
    ...promptOf(body),
    maxOutputTokens,
    ...ownOf(body, drop),
    ...(metadata?.user_id && { metadata: { user_id: metadata.user_id } }),
    ...(temperature !== undefined && { temperature }),
    ...(topP !== undefined && { topP }),
    ...(topK !== undefined && { topK }),
    ...(stop !== undefined && { stop }),
  }
  return readAs(request, {
    invalid: [...invalidTools(body), ...invalidChoice(request)],
    unsupported: drop ? [] : askedOf(leftOut, body),
  })
}

export function promptOf(body: Prompt): ModelRequest {
  const { model, system = [], messages, tools, tool_choice: choice, output_config: output } = body
  const instructions = textsOf(system).filter(({ text }) => text !== '')
  const reasoning = reasoningOf(body)
  return {
    model,
    messages: [
      ...(instructions.length > 0 ? [{ role: 'system' as const, content: instructions }] : []),
      ...messages.flatMap(toPromptMessages),
    ],
    ...(tools && tools.length > 0 && { tools: tools.map(toolOf) }),
    ...choiceOf(choice),
    ...(reasoning && { reasoning }),
    ...(output?.format && {
      outputFormat: { type: 'json-schema' as const, name: 'answer', schema: output.format.schema, strict: true },
    }),
  }
}

const toolOf = ({ name, description, input_schema: parameters, strict }: Static<typeof Tool>) => ({
  ...{ name, parameters },
  ...(description !== undefined && { description }),
  ...(strict !== undefined && { strict }),
})

function choiceOf(choice: Prompt['tool_choice']): Partial<ModelRequest> {
  if (!choice) return {}
  if (choice.type === 'none') return { toolChoice: 'none' }
  const toolChoice = choice.type === 'tool' ? { name: choice.name } : choice.type === 'any' ? 'required' : 'auto'
  return { toolChoice, ...(choice.disable_parallel_tool_use === true && { parallelToolCalls: false }) }
}

/** An adaptive thinker shows what it thinks unless it is told otherwise; so does one with a budget. */
function reasoningOf({ thinking, output_config: output }: Prompt): ModelRequest['reasoning'] {
  const effort = output?.effort ? { effort: output.effort } : {}
  switch (thinking?.type) {
    case undefined:
      return output?.effort ? effort : undefined
    case 'disabled':
      return { effort: 'none' }
    case 'adaptive':
      return { ...effort, shown: thinking.display !== 'omitted' }
    case 'enabled':
      return { ...effort, maxTokens: thinking.budget_tokens, shown: thinking.display !== 'omitted' }
  }
}

export function invalidTools({ tools = [], thinking, output_config: output }: Prompt): FieldError[] {
  const conflict =
    thinking?.type === 'disabled' && output?.effort
      ? [{ field: '/output_config/effort', rule: 'cannot be combined with thinking that is disabled' }]
      : []
  return [
    ...conflict,
    ...repeatedNames(tools.map(({ name }, at) => ({ field: `/tools/${at}/name`, name }))),
    ...invalidParameters(tools.map(({ input_schema: schema }, at) => ({ field: `/tools/${at}/input_schema`, schema }))),
    ...invalidSchemas(output?.format ? [{ field: '/output_config/format/schema', schema: output.format.schema }] : []),
  ]
}
