import { call, chunk, done, saying, text } from '../scripted-provider.ts'
import type { Case } from './case.ts'
import { mistralCalls, mistralThought, pixel, providerFailures } from './common.cases.ts'

const start = ['message_start']
const block = (index: number, ...texts: string[]) => [
  `start ${index} text`,
  ...texts.map((one) => `text ${one}`),
  `stop ${index}`,
]
const thinking = (index: number, ...texts: string[]) => [
  `start ${index} thinking`,
  ...texts.map((one) => `thinking ${one}`),
  `stop ${index}`,
]
const called = (index: number, id: string, ...pieces: string[]) => [
  `start ${index} tool_use ${id} weather`,
  ...pieces.map((piece) => `input_json ${piece}`),
  `stop ${index}`,
]
const end = (reason = 'end_turn') => [`${reason} 11+3`, 'message_stop']
const hello = [...start, ...block(0, 'Hello', ' there'), ...end()]

const base64 = pixel.slice(pixel.indexOf(',') + 1)
const weatherTool = { name: 'weather', description: 'Of a city.', input_schema: { type: 'object', properties: {} } }
const tool = { tools: [weatherTool] }
const user = (content: unknown) => ({ messages: [{ role: 'user', content }] })
const asked = [
  { role: 'user', content: 'Hi' },
  { role: 'assistant', content: [{ type: 'tool_use', id: 'c1', name: 'weather', input: { city: 'Ulm' } }] },
]
const result = { type: 'tool_result', tool_use_id: 'c1', content: 'rain' }

const content: Case[] = [
  { name: 'an answer in two pieces', wire: hello },
  { name: 'an answer in one piece', script: saying([text('Hi')]), wire: [...start, ...block(0, 'Hi'), ...end()] },
  {
    name: 'pieces without text are no events',
    script: saying([text(''), text('a')]),
    wire: [...start, ...block(0, 'a'), ...end()],
  },
  {
    name: 'any script and sign',
    script: saying([text('Ü試🧪\n"')]),
    wire: [...start, ...block(0, 'Ü試🧪\n"'), ...end()],
  },
  {
    name: 'an answer that hit the limit',
    script: saying([text('a')], 'length'),
    wire: [...start, ...block(0, 'a'), ...end('max_tokens')],
  },
  {
    name: 'an answer that a filter ended',
    script: saying([text('a')], 'content_filter'),
    wire: [...start, ...block(0, 'a'), ...end('refusal')],
  },
  {
    name: 'an end of a kind that nobody knows',
    script: saying([text('a')], 'novel'),
    wire: [...start, ...block(0, 'a'), ...end()],
  },
  { name: 'nothing but the limit', script: saying([], 'length'), wire: [...start, ...end('max_tokens')] },
  {
    name: 'a refusal',
    script: saying([chunk({ refusal: 'I ' }), chunk({ refusal: 'won’t' })]),
    wire: [...start, ...block(0, 'I ', 'won’t'), ...end()],
  },
  {
    name: 'reasoning before the answer',
    script: saying([chunk({ reasoning_content: 'H' }), chunk({ reasoning_content: 'm' }), text('a')]),
    wire: [...start, ...thinking(0, 'H', 'm'), ...block(1, 'a'), ...end()],
  },
  {
    name: 'reasoning in the other spelling',
    script: saying([chunk({ reasoning: 'Hm' }), text('a')]),
    wire: [...start, ...thinking(0, 'Hm'), ...block(1, 'a'), ...end()],
  },
  {
    name: 'reasoning of Mistral',
    provider: 'mistral',
    script: mistralThought,
    wire: [...start, ...thinking(0, 'Hm'), ...block(1, 'Hi'), ...end()],
  },
  {
    name: 'parallel tool calls of Mistral',
    provider: 'mistral',
    ask: tool,
    script: mistralCalls,
    wire: [...start, ...called(0, 'abcdefgh1', '{}'), ...called(1, 'abcdefgh2', '{}'), ...end('tool_use')],
  },
  {
    name: 'a tool call',
    ask: tool,
    script: saying([call(0, 'c1', 'weather', '{"city":"Ulm"}')], 'tool_calls'),
    wire: [...start, ...called(0, 'c1', '{"city":"Ulm"}'), ...end('tool_use')],
  },
  {
    name: 'a tool call in pieces',
    ask: tool,
    script: saying(
      [call(0, 'c1', 'weather', ''), call(0, undefined, undefined, '{"a"'), call(0, undefined, undefined, ':1}')],
      'tool_calls',
    ),
    wire: [...start, ...called(0, 'c1', '{"a"', ':1}'), ...end('tool_use')],
  },
  {
    name: 'parallel tool calls',
    ask: tool,
    script: saying([call(0, 'c1', 'weather', '{}'), call(1, 'c2', 'weather', '{}')], 'tool_calls'),
    wire: [...start, ...called(0, 'c1', '{}'), ...called(1, 'c2', '{}'), ...end('tool_use')],
  },
  {
    name: 'parallel tool calls that a server writes by turns',
    ask: tool,
    script: saying(
      [
        call(0, 'c1', 'weather', ''),
        call(1, 'c2', 'weather', '{"b"'),
        call(0, undefined, undefined, '{"a":'),
        call(1, undefined, undefined, ':2}'),
        call(0, undefined, undefined, '1}'),
      ],
      'tool_calls',
    ),
    wire: [...start, ...called(0, 'c1', '{"a":', '1}'), ...called(1, 'c2', '{"b":2}'), ...end('tool_use')],
  },
  {
    name: 'a tool call after a text',
    ask: tool,
    script: saying([text('a'), call(0, 'c1', 'weather', '{}')], 'tool_calls'),
    wire: [...start, ...block(0, 'a'), ...called(1, 'c1', '{}'), ...end('tool_use')],
  },
  {
    name: 'a tool call after reasoning',
    ask: tool,
    script: saying([chunk({ reasoning_content: 'Hm' }), call(0, 'c1', 'weather', '{}')], 'tool_calls'),
    wire: [...start, ...thinking(0, 'Hm'), ...called(1, 'c1', '{}'), ...end('tool_use')],
  },
  {
    name: 'a tool call whose server says stop',
    ask: tool,
    script: saying([call(0, 'c1', 'weather', '{}')]),
    wire: [...start, ...called(0, 'c1', '{}'), ...end('tool_use')],
  },
  {
    name: 'nothing to add to what a tool found',
    ask: { messages: [...asked, { role: 'user', content: [result] }] },
    script: saying([]),
    wire: [...start, ...end()],
  },
  {
    name: 'cached tokens apart',
    script: saying([
      text('a'),
      chunk({ content: 'b' }).replace(
        '"choices"',
        '"usage":{"prompt_tokens":90,"completion_tokens":30,"prompt_tokens_details":{"cached_tokens":80}},"choices"',
      ),
      chunk({}, 'stop'),
      done,
    ]),
    wire: [...start, ...block(0, 'a', 'b'), 'end_turn 10+30', 'message_stop'],
  },
]

const whole: Case[] = [
  {
    name: 'in one piece',
    reply: {
      id: /^msg_/,
      type: 'message',
      role: 'assistant',
      content: [{ type: 'text', text: 'Hello there', citations: null }],
      stop_reason: 'end_turn',
      stop_sequence: null,
      usage: { input_tokens: 11, output_tokens: 3 },
    },
  },
  { name: 'in one piece: stream false', ask: { stream: false }, reply: { stop_reason: 'end_turn' } },
  {
    name: 'in one piece: a refusal',
    script: saying([chunk({ refusal: 'No' })]),
    reply: { content: [{ type: 'text', text: 'No' }] },
  },
  {
    name: 'in one piece: calls',
    ask: tool,
    script: saying([call(0, 'c1', 'weather', '{}'), call(1, 'c2', 'weather', '{"a":1}')], 'tool_calls'),
    reply: {
      stop_reason: 'tool_use',
      content: [
        { type: 'tool_use', id: 'c1', name: 'weather', input: {} },
        { id: 'c2', input: { a: 1 } },
      ],
    },
  },
  {
    name: 'in one piece: arguments that are no object',
    ask: tool,
    script: saying([call(0, 'c1', 'weather', '{"a":')], 'tool_calls'),
    reply: { content: [{ type: 'tool_use', input: { arguments: '{"a":' } }] },
  },
  {
    name: 'in one piece: reasoning',
    script: saying([chunk({ reasoning_content: 'Hm' }), text('a')]),
    reply: { content: [{ type: 'thinking', thinking: 'Hm', signature: '' }, { type: 'text' }] },
  },
  { name: 'in one piece: the limit', script: saying([text('a')], 'length'), reply: { stop_reason: 'max_tokens' } },
  {
    name: 'in one piece: cached and reasoning tokens',
    script: saying([
      text('a'),
      chunk({ content: 'b' }).replace(
        '"choices"',
        '"usage":{"prompt_tokens":90,"completion_tokens":30,"prompt_tokens_details":{"cached_tokens":80},"completion_tokens_details":{"reasoning_tokens":20}},"choices"',
      ),
      chunk({}, 'stop'),
      done,
    ]),
    reply: {
      usage: {
        input_tokens: 10,
        cache_read_input_tokens: 80,
        output_tokens: 30,
        output_tokens_details: { thinking_tokens: 20 },
      },
    },
  },
]

const parameter = (name: string, ask: Record<string, unknown>, sent: Record<string, unknown>): Case => ({
  name: `parameter: ${name}`,
  ask,
  sent,
  reply: {},
})
const parameters: Case[] = [
  parameter('max_tokens', { max_tokens: 9 }, { max_tokens: 9 }),
  parameter('temperature', { temperature: 0 }, { temperature: 0 }),
  parameter('top_p', { top_p: 0.5 }, { top_p: 0.5 }),
  parameter('top_k', { top_k: 40 }, { top_k: 40 }),
  parameter('stop_sequences', { stop_sequences: ['A', 'B'] }, { stop: ['A', 'B'] }),
  parameter('stop_sequences of nothing', { stop_sequences: [] }, { stop: null }),
  parameter(
    'system as a text',
    { system: 'Be brief.' },
    {
      messages: [
        { role: 'system', content: 'Be brief.' },
        { role: 'user', content: 'Hi' },
      ],
    },
  ),
  parameter(
    'system in blocks',
    {
      system: [
        { type: 'text', text: 'a', cache_control: { type: 'ephemeral' } },
        { type: 'text', text: 'b' },
      ],
    },
    { messages: [{ role: 'system', content: 'a\n\nb' }, {}] },
  ),
  parameter('system of nothing', { system: '' }, { messages: [{ role: 'user' }] }),
  parameter('an effort', { output_config: { effort: 'high' } }, { reasoning_effort: 'high' }),
  parameter('thinking that is disabled', { thinking: { type: 'disabled' } }, { reasoning_effort: 'none' }),
  parameter('thinking as it comes', { thinking: { type: 'adaptive' } }, { reasoning_effort: null }),
  parameter(
    'a schema of the answer',
    { output_config: { format: { type: 'json_schema', schema: { type: 'object' } } } },
    { response_format: { type: 'json_schema', json_schema: { schema: { type: 'object' }, strict: true } } },
  ),
  parameter('tools', tool, { tools: [{ type: 'function', function: { name: 'weather', description: 'Of a city.' } }] }),
  parameter(
    'tools of a kind',
    { tools: [{ ...weatherTool, type: 'custom', cache_control: { type: 'ephemeral' } }] },
    { tools: [{ type: 'function', function: { name: 'weather' } }] },
  ),
  parameter('strict tools', { tools: [{ ...weatherTool, strict: true }] }, { tools: [{ function: { strict: true } }] }),
  parameter('no tools', { tools: [] }, { tools: null }),
  parameter(
    'tool_choice auto',
    { ...tool, tool_choice: { type: 'auto' } },
    { tool_choice: 'auto', parallel_tool_calls: null },
  ),
  parameter('tool_choice any', { ...tool, tool_choice: { type: 'any' } }, { tool_choice: 'required' }),
  parameter('tool_choice none', { ...tool, tool_choice: { type: 'none' } }, { tool_choice: 'none' }),
  parameter(
    'tool_choice of one',
    { ...tool, tool_choice: { type: 'tool', name: 'weather' } },
    { tool_choice: { type: 'function', function: { name: 'weather' } } },
  ),
  parameter(
    'one call at a time',
    { ...tool, tool_choice: { type: 'auto', disable_parallel_tool_use: true } },
    { parallel_tool_calls: false },
  ),
  parameter(
    'what stays here',
    { metadata: { user_id: 'u' }, cache_control: { type: 'ephemeral' }, service_tier: 'auto' },
    { metadata: null, user: null, cache_control: null, service_tier: null },
  ),
]

const messages: Case[] = [
  {
    name: 'messages: texts in blocks',
    ask: user([
      { type: 'text', text: 'a' },
      { type: 'text', text: 'b' },
    ]),
    sent: { messages: [{ content: 'a\n\nb' }] },
  },
  {
    name: 'messages: an image as data',
    ask: user([
      { type: 'text', text: 'a' },
      { type: 'image', source: { type: 'base64', media_type: 'image/png', data: base64 } },
    ]),
    sent: {
      messages: [
        {
          content: [
            { type: 'text', text: 'a' },
            { type: 'image_url', image_url: { url: pixel } },
          ],
        },
      ],
    },
  },
  {
    name: 'messages: an image by address',
    ask: user([{ type: 'image', source: { type: 'url', url: 'https://example.com/a.png' } }]),
    sent: { messages: [{ content: [{ type: 'image_url', image_url: { url: 'https://example.com/a.png' } }] }] },
  },
  {
    name: 'messages: a call and its result',
    ask: { messages: [...asked, { role: 'user', content: [result] }] },
    sent: {
      messages: [
        { role: 'user' },
        {
          role: 'assistant',
          content: null,
          tool_calls: [{ id: 'c1', type: 'function', function: { name: 'weather', arguments: '{"city":"Ulm"}' } }],
        },
        { role: 'tool', tool_call_id: 'c1', content: 'rain' },
      ],
    },
  },
  {
    name: 'messages: a result with a question',
    ask: { messages: [...asked, { role: 'user', content: [result, { type: 'text', text: 'And?' }] }] },
    sent: { messages: [{}, {}, { role: 'tool' }, { role: 'user', content: 'And?' }] },
  },
  {
    name: 'messages: a result that failed',
    ask: { messages: [...asked, { role: 'user', content: [{ ...result, is_error: true }] }] },
    sent: { messages: [{}, {}, { role: 'tool', content: 'The tool failed: rain' }] },
  },
  {
    name: 'messages: a result in blocks',
    ask: { messages: [...asked, { role: 'user', content: [{ ...result, content: [{ type: 'text', text: 'sun' }] }] }] },
    sent: { messages: [{}, {}, { content: 'sun' }] },
  },
  {
    name: 'messages: a result of nothing',
    ask: { messages: [...asked, { role: 'user', content: [{ type: 'tool_result', tool_use_id: 'c1' }] }] },
    sent: { messages: [{}, {}, { role: 'tool', content: '' }] },
  },
  {
    name: 'messages: an answer as it came',
    ask: {
      messages: [
        { role: 'user', content: 'a' },
        { role: 'assistant', content: [{ type: 'text', text: 'b', citations: null }] },
        { role: 'user', content: 'c' },
      ],
    },
    sent: { messages: [{}, { role: 'assistant', content: 'b' }, {}] },
  },
  {
    name: 'messages: what another model thought',
    ask: {
      messages: [
        { role: 'user', content: 'a' },
        {
          role: 'assistant',
          content: [
            { type: 'thinking', thinking: 'Hm', signature: 'anthropic:x' },
            { type: 'redacted_thinking', data: 'anthropic:y' },
            { type: 'text', text: 'b' },
          ],
        },
        { role: 'user', content: 'c' },
      ],
    },
    sent: { messages: [{}, { role: 'assistant', content: 'b' }, {}] },
  },
  {
    name: 'messages: instructions between',
    ask: {
      messages: [
        { role: 'user', content: 'a' },
        { role: 'system', content: 'Be brief.' },
        { role: 'user', content: 'c' },
      ],
    },
    sent: { messages: [{}, { role: 'system', content: 'Be brief.' }, {}] },
  },
]

const unsupported = (name: string, one: Omit<Case, 'name'>): Case => ({ name: `unsupported: ${name}`, ...one })
const namedBy = (param: string) => ({ status: 400, code: 'invalid_request_error models.unsupported', param })
const limits: Case[] = [
  unsupported('tokens for thinking', {
    ask: { thinking: { type: 'enabled', budget_tokens: 2000 } },
    error: namedBy('thinking.budget_tokens'),
  }),
  unsupported('tokens for thinking, dropped', {
    ask: { thinking: { type: 'enabled', budget_tokens: 2000 }, drop_unsupported: true },
    wire: hello,
  }),
  unsupported('tokens for thinking, dropped by header', {
    ask: { thinking: { type: 'enabled', budget_tokens: 2000 } },
    headers: { 'tessera-drop-unsupported': 'true' },
    wire: hello,
  }),
  unsupported('fewer tokens for thinking than it takes', {
    provider: 'anthropic',
    ask: { thinking: { type: 'enabled', budget_tokens: 100 } },
    error: namedBy('thinking.budget_tokens'),
  }),
  unsupported('more tokens for thinking than for all', {
    provider: 'anthropic',
    ask: { max_tokens: 2000, thinking: { type: 'enabled', budget_tokens: 2000 } },
    error: namedBy('thinking.budget_tokens'),
  }),
  unsupported('a temperature while thinking', {
    provider: 'anthropic',
    ask: { temperature: 0.5, thinking: { type: 'adaptive' } },
    error: namedBy('temperature'),
  }),
  unsupported('the best candidates', { provider: 'openai', ask: { top_k: 5 }, error: namedBy('top_k') }),
  unsupported('the best candidates, dropped', {
    provider: 'openai',
    ask: { top_k: 5, drop_unsupported: true },
    sent: { top_k: null },
    wire: hello,
  }),
  unsupported('more stops than there may be', {
    provider: 'openai',
    ask: { stop_sequences: ['a', 'b', 'c', 'd', 'e'] },
    error: namedBy('stop_sequences'),
  }),
  unsupported('an effort', {
    provider: 'gemini',
    ask: { output_config: { effort: 'max' } },
    error: namedBy('output_config.effort'),
  }),
  unsupported('one call at a time', {
    provider: 'gemini',
    ask: { ...tool, tool_choice: { type: 'auto', disable_parallel_tool_use: true } },
    error: namedBy('tool_choice.disable_parallel_tool_use'),
  }),
  unsupported('an image by its address', {
    provider: 'gemini',
    ask: user([{ type: 'image', source: { type: 'url', url: 'https://example.com/a.png' } }]),
    error: namedBy('messages'),
  }),
  unsupported('a container', { ask: { container: 'c' }, error: namedBy('container') }),
  unsupported('a container, dropped', { ask: { container: 'c', drop_unsupported: true }, wire: hello }),
  unsupported('servers of tools', { ask: { mcp_servers: [] }, error: namedBy('mcp_servers') }),
  unsupported('care for the context', { ask: { context_management: {} }, error: namedBy('context_management') }),
  unsupported('a place', { ask: { inference_geo: 'eu' }, error: namedBy('inference_geo') }),
  unsupported('a speed', { ask: { speed: 'fast' }, error: namedBy('speed') }),
]

const invalid = (name: string, ask: Record<string, unknown> | string, param: string | null, says?: RegExp): Case => ({
  name: `bad input: ${name}`,
  ask,
  error: { status: 400, param, ...(says && { says }) },
})
const badInput: Case[] = [
  invalid('a field that nobody knows', { nonsense: 1 }, 'nonsense'),
  invalid('no limit', { max_tokens: undefined }, 'max_tokens', /is required/),
  invalid('a limit of nothing', { max_tokens: 0 }, 'max_tokens'),
  invalid('no messages', { messages: [] }, 'messages'),
  invalid('a role that nobody has', { messages: [{ role: 'tool', content: 'a' }] }, 'messages[0].role'),
  invalid(
    'a document',
    user([{ type: 'document', source: {} }]),
    'messages[0].content[0].type',
    /"text" or "image" or "tool_result"/,
  ),
  invalid(
    'an image of another type',
    user([{ type: 'image', source: { type: 'base64', media_type: 'text/html', data: 'AAAA' } }]),
    'messages[0].content[0].source.media_type',
  ),
  invalid(
    'an image in a file of theirs',
    user([{ type: 'image', source: { type: 'file', file_id: 'f' } }]),
    'messages[0].content[0].source.type',
  ),
  invalid(
    'a call of a user',
    user([{ type: 'tool_use', id: 'a', name: 'b', input: {} }]),
    'messages[0].content[0].type',
  ),
  invalid(
    'a result without its call',
    user([{ type: 'tool_result', content: 'a' }]),
    'messages[0].content[0].tool_use_id',
  ),
  invalid('a temperature beyond', { temperature: 1.5 }, 'temperature'),
  invalid('a tool of theirs', { tools: [{ type: 'web_search_20250305', name: 'web_search' }] }, 'tools[0].type'),
  invalid(
    'a schema of a tool that is none',
    { tools: [{ ...weatherTool, input_schema: { type: 'objekt' } }] },
    'tools[0].input_schema.type',
  ),
  invalid('notes that no database keeps', { metadata: { user_id: 'a\0b' } }, 'metadata.user_id'),
  invalid('a name that no database keeps', { model: 'openai-compatible/a\0b' }, 'model'),
  invalid(
    'data that is no base64',
    user([{ type: 'image', source: { type: 'base64', media_type: 'image/png', data: '@@' } }]),
    'messages[0].content[0].source.data',
  ),
  invalid('a call that is demanded without tools', { tool_choice: { type: 'any' } }, 'tool_choice'),
  invalid(
    'a call that is demanded of another tool',
    { ...tool, tool_choice: { type: 'tool', name: 'other' } },
    'tool_choice',
  ),
  invalid('two tools of one name', { tools: [weatherTool, weatherTool] }, 'tools[1].name'),
  invalid(
    'a schema of the answer that is none',
    { output_config: { format: { type: 'json_schema', schema: { required: 'a' } } } },
    'output_config.format.schema.required',
  ),
  invalid(
    'thinking that is and is not',
    { thinking: { type: 'disabled' }, output_config: { effort: 'high' } },
    'output_config.effort',
  ),
  invalid(
    'a body cut half way',
    '{"model":"openai-compatible/x","max_tokens":5,"messages":[{"ro',
    null,
    /not valid JSON/,
  ),
  {
    name: 'bad input: more than the model writes',
    model: 'openai/gpt-4.1',
    ask: { max_tokens: 40_000 },
    error: { status: 400, param: 'max_tokens', says: /32768/ },
  },
  {
    name: 'bad input: an image for a text model',
    model: 'tessera/extractive',
    ask: user([{ type: 'image', source: { type: 'base64', media_type: 'image/png', data: base64 } }]),
    error: { status: 400, param: 'messages', says: /takes no images/ },
  },
  {
    name: 'bad input: a model that is not there, with the nearest',
    model: 'openai/gpt-5.4-minni',
    error: { status: 404, code: 'not_found_error models.not-found', says: /openai\/gpt-5\.4-mini/ },
  },
]

const types: Record<string, string> = {
  'models.not-found': 'not_found_error',
  'models.provider-rate-limited': 'rate_limit_error',
  'models.provider-timeout': 'timeout_error',
  'models.request-refused': 'invalid_request_error',
  'models.prompt-too-long': 'invalid_request_error',
}
const typed = (code: string) => `${types[code] ?? 'api_error'} ${code}`

export const messageCases: Case[] = [
  ...content,
  ...whole,
  ...parameters,
  ...messages,
  ...limits,
  ...badInput,
  ...providerFailures({
    begun: [...start, 'start 0 text', 'text Hello'],
    error: (code) => [`error ${typed(code)}`],
    codeOf: typed,
  }),
]
