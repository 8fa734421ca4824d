import Anthropic from '@anthropic-ai/sdk'
import OpenAI from 'openai'

/** What of an answer every API tells in its own way. */
export type Seen = {
  text: string
  reasoning: string
  calls: { name: string; arguments: unknown }[]
  finish: string
  inputTokens: number
  outputTokens: number
}

export type Question = {
  readonly model: string
  readonly text: string
  readonly stream: boolean
  /** Whether it may call the tool `weather`, with a city. */
  readonly tools?: boolean
  readonly reasoning?: boolean
  /** The answer is an object with a city. */
  readonly json?: boolean
}

/** One official SDK with one API. Everything that goes wrong is thrown, as that SDK throws. */
export type Client = {
  readonly name: string
  ask(question: Question): Promise<Seen>
  readonly error: new (...args: never[]) => Error
}

export const city = {
  type: 'object' as const,
  properties: { city: { type: 'string' } },
  required: ['city'],
  additionalProperties: false,
}
const description = 'The weather of a city.'

/** The official SDKs for Node as their users point them at Tessera. */
export function clientsAt(baseUrl: string, token: string): readonly Client[] {
  const openai = new OpenAI({ baseURL: baseUrl, apiKey: token, maxRetries: 0 })
  // Its own paths begin with /v1.
  const anthropic = new Anthropic({ baseURL: baseUrl.replace(/\/v1$/, ''), apiKey: token, maxRetries: 0 })
  return [
    { name: 'chat completions', ask: (question) => askChat(openai, question), error: OpenAI.APIError },
    { name: 'responses', ask: (question) => askResponses(openai, question), error: OpenAI.APIError },
    { name: 'messages', ask: (question) => askMessages(anthropic, question), error: Anthropic.APIError },
  ]
}

async function askChat(client: OpenAI, { model, text, stream, tools, reasoning, json }: Question): Promise<Seen> {
  const body = {
    model,
    messages: [{ role: 'user' as const, content: text }],
    ...(tools && {
      tools: [{ type: 'function' as const, function: { name: 'weather', description, parameters: city } }],
    }),
    ...(reasoning && { include_reasoning: true }),
    ...(json && {
      response_format: { type: 'json_schema' as const, json_schema: { name: 'place', schema: city, strict: true } },
    }),
  }
  let thought = ''
  const completion = stream
    ? await client.chat.completions
        .stream({ ...body, stream_options: { include_usage: true } })
        .on('chunk', ({ choices: [choice] }) => {
          thought += (choice?.delta as { reasoning_content?: string } | undefined)?.reasoning_content ?? ''
        })
        .finalChatCompletion()
    : await client.chat.completions.create(body)
  const [choice] = completion.choices
  const calls = choice?.message.tool_calls ?? []
  return {
    text: choice?.message.content ?? '',
    // Their helper knows the field as little as their types do.
    reasoning: stream
      ? thought
      : ((choice?.message as { reasoning_content?: string } | undefined)?.reasoning_content ?? ''),
    calls: calls.flatMap((call) =>
      call.type === 'function'
        ? [{ name: call.function.name, arguments: JSON.parse(call.function.arguments) as unknown }]
        : [],
    ),
    finish: choice?.finish_reason ?? '',
    inputTokens: completion.usage?.prompt_tokens ?? 0,
    outputTokens: completion.usage?.completion_tokens ?? 0,
  }
}

async function askResponses(client: OpenAI, { model, text, stream, tools, reasoning, json }: Question): Promise<Seen> {
  const body = {
    model,
    input: text,
    store: false,
    ...(tools && {
      tools: [{ type: 'function' as const, name: 'weather', description, parameters: city, strict: false }],
    }),
    ...(reasoning && { reasoning: { summary: 'auto' as const } }),
    ...(json && { text: { format: { type: 'json_schema' as const, name: 'place', schema: city, strict: true } } }),
  }
  const response = stream ? await client.responses.stream(body).finalResponse() : await client.responses.create(body)
  const { output, usage, status, output_text: said } = response
  return {
    text: said,
    reasoning: output
      .flatMap((item) => (item.type === 'reasoning' ? item.summary.map((part) => part.text) : []))
      .join(''),
    calls: output.flatMap((item) =>
      item.type === 'function_call' ? [{ name: item.name, arguments: JSON.parse(item.arguments) as unknown }] : [],
    ),
    finish: status ?? '',
    inputTokens: usage?.input_tokens ?? 0,
    outputTokens: usage?.output_tokens ?? 0,
  }
}

async function askMessages(
  client: Anthropic,
  { model, text, stream, tools, reasoning, json }: Question,
): Promise<Seen> {
  const body = {
    model,
    max_tokens: 1000,
    messages: [{ role: 'user' as const, content: text }],
    ...(tools && { tools: [{ name: 'weather', description, input_schema: city }] }),
    ...(reasoning && { thinking: { type: 'adaptive' as const } }),
    ...(json && { output_config: { format: { type: 'json_schema' as const, schema: city } } }),
  }
  const message = stream ? await client.messages.stream(body).finalMessage() : await client.messages.create(body)
  const { content, stop_reason: finish, usage } = message
  return {
    text: content.flatMap((block) => (block.type === 'text' ? [block.text] : [])).join(''),
    reasoning: content.flatMap((block) => (block.type === 'thinking' ? [block.thinking] : [])).join(''),
    calls: content.flatMap((block) =>
      block.type === 'tool_use' ? [{ name: block.name, arguments: block.input }] : [],
    ),
    finish: finish ?? '',
    inputTokens: usage.input_tokens,
    outputTokens: usage.output_tokens,
  }
}
