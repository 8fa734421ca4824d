import { call, chunk, done, saying, text } from '../scripted-provider.ts'
import type { Case } from './case.ts'
import { mistralCalls, mistralThought, pixel, providerFailures } from './common.cases.ts'

const created = ['created', 'in_progress']
const message = ['output_item.added message', 'content_part.added output_text']
const said = (...deltas: string[]) => deltas.map((delta) => `output_text.delta ${delta}`)
const messageEnd = (whole: string) => [
  `output_text.done ${whole}`,
  'content_part.done output_text',
  'output_item.done message',
]
const thinking = ['output_item.added reasoning', 'reasoning_summary_part.added summary_text']
const thought = (whole: string) => [
  `reasoning_summary_text.done ${whole}`,
  'reasoning_summary_part.done summary_text',
  'output_item.done reasoning',
]
const called = (id: string, ...deltas: string[]) => [
  `output_item.added function_call ${id} weather`,
  ...deltas.map((delta) => `function_call_arguments.delta ${delta}`),
  `function_call_arguments.done ${deltas.join('')}`,
  `output_item.done function_call ${id} weather`,
]
const hello = [
  ...created,
  ...message,
  ...said('Hello', ' there'),
  ...messageEnd('Hello there'),
  'completed 11+3 message',
]

const weatherTool = {
  type: 'function',
  name: 'weather',
  description: 'Of a city.',
  parameters: { type: 'object', properties: {} },
}
const tool = { tools: [weatherTool] }
const user = (content: unknown) => ({ input: [{ role: 'user', content }] })
const asked = [
  { type: 'message', role: 'user', content: [{ type: 'input_text', text: 'Hi' }] },
  {
    type: 'function_call',
    id: 'fc_1',
    call_id: 'c1',
    name: 'weather',
    arguments: '{"city":"Ulm"}',
    status: 'completed',
  },
]

const content: Case[] = [
  { name: 'an answer in two pieces', wire: hello },
  {
    name: 'an answer in one piece',
    script: saying([text('Hi')]),
    wire: [...created, ...message, ...said('Hi'), ...messageEnd('Hi'), 'completed 11+3 message'],
  },
  {
    name: 'pieces without text are no events',
    script: saying([text(''), text('a')]),
    wire: [...created, ...message, ...said('a'), ...messageEnd('a'), 'completed 11+3 message'],
  },
  {
    name: 'any script and sign',
    script: saying([text('Ü試🧪\n"')]),
    wire: [...created, ...message, ...said('Ü試🧪\n"'), ...messageEnd('Ü試🧪\n"'), 'completed 11+3 message'],
  },
  {
    name: 'an answer that hit the limit',
    script: saying([text('a')], 'length'),
    wire: [...created, ...message, ...said('a'), ...messageEnd('a'), 'incomplete max_output_tokens 11+3 message'],
  },
  {
    name: 'an answer that a filter ended',
    script: saying([text('a')], 'content_filter'),
    wire: [...created, ...message, ...said('a'), ...messageEnd('a'), 'incomplete content_filter 11+3 message'],
  },
  {
    name: 'an end of a kind that nobody knows',
    script: saying([text('a')], 'novel'),
    wire: [...created, ...message, ...said('a'), ...messageEnd('a'), 'completed 11+3 message'],
  },
  {
    name: 'nothing but the limit',
    script: saying([], 'length'),
    wire: [...created, 'incomplete max_output_tokens 11+3'],
  },
  {
    name: 'a refusal',
    script: saying([chunk({ refusal: 'I ' }), chunk({ refusal: 'won’t' })]),
    wire: [
      ...created,
      'output_item.added message',
      'content_part.added refusal',
      'refusal.delta I ',
      'refusal.delta won’t',
      'refusal.done I won’t',
      'content_part.done refusal',
      'output_item.done message',
      'completed 11+3 message',
    ],
  },
  {
    name: 'reasoning before the answer',
    script: saying([chunk({ reasoning_content: 'H' }), chunk({ reasoning_content: 'm' }), text('a')]),
    wire: [
      ...created,
      ...thinking,
      'reasoning_summary_text.delta H',
      'reasoning_summary_text.delta m',
      ...thought('Hm'),
      ...message,
      ...said('a'),
      ...messageEnd('a'),
      'completed 11+3 reasoning,message',
    ],
  },
  {
    name: 'reasoning in the other spelling',
    script: saying([chunk({ reasoning: 'Hm' }), text('a')]),
    wire: [
      ...created,
      ...thinking,
      'reasoning_summary_text.delta Hm',
      ...thought('Hm'),
      ...message,
      ...said('a'),
      ...messageEnd('a'),
      'completed 11+3 reasoning,message',
    ],
  },
  {
    name: 'probabilities of tokens',
    ask: { include: ['message.output_text.logprobs'], top_logprobs: 1 },
    script: saying([
      chunk({ content: 'Hi' }, null, {
        logprobs: {
          content: [
            {
              token: 'Hi',
              logprob: -0.1,
              bytes: [72, 105],
              top_logprobs: [{ token: 'Hi', logprob: -0.1, bytes: null }],
            },
          ],
        },
      }),
    ]),
    wire: [...created, ...message, 'output_text.delta Hi ~Hi', ...messageEnd('Hi'), 'completed 11+3 message'],
  },
  {
    name: 'reasoning of Mistral',
    provider: 'mistral',
    script: mistralThought,
    wire: [
      ...created,
      ...thinking,
      'reasoning_summary_text.delta Hm',
      ...thought('Hm'),
      ...message,
      ...said('Hi'),
      ...messageEnd('Hi'),
      'completed 11+3 reasoning,message',
    ],
  },
  {
    name: 'parallel tool calls of Mistral',
    provider: 'mistral',
    ask: tool,
    script: mistralCalls,
    wire: [
      ...created,
      ...called('abcdefgh1', '{}'),
      ...called('abcdefgh2', '{}'),
      'completed 11+3 function_call,function_call',
    ],
  },
  {
    name: 'a tool call',
    ask: tool,
    script: saying([call(0, 'c1', 'weather', '{"city":"Ulm"}')], 'tool_calls'),
    wire: [...created, ...called('c1', '{"city":"Ulm"}'), 'completed 11+3 function_call'],
  },
  {
    name: 'a tool call in pieces',
    ask: tool,
    script: saying(
      [call(0, 'c1', 'weather', ''), call(0, undefined, undefined, '{"a"'), call(0, undefined, undefined, ':1}')],
      'tool_calls',
    ),
    wire: [...created, ...called('c1', '{"a"', ':1}'), 'completed 11+3 function_call'],
  },
  {
    name: 'parallel tool calls',
    ask: tool,
    script: saying([call(0, 'c1', 'weather', '{}'), call(1, 'c2', 'weather', '{}')], 'tool_calls'),
    wire: [...created, ...called('c1', '{}'), ...called('c2', '{}'), 'completed 11+3 function_call,function_call'],
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
    wire: [
      ...created,
      ...called('c1', '{"a":', '1}'),
      ...called('c2', '{"b":2}'),
      'completed 11+3 function_call,function_call',
    ],
  },
  {
    name: 'a tool call after a text',
    ask: tool,
    script: saying([text('a'), call(0, 'c1', 'weather', '{}')], 'tool_calls'),
    wire: [
      ...created,
      ...message,
      ...said('a'),
      ...messageEnd('a'),
      ...called('c1', '{}'),
      'completed 11+3 message,function_call',
    ],
  },
  {
    name: 'a tool call after reasoning',
    ask: tool,
    script: saying([chunk({ reasoning_content: 'Hm' }), call(0, 'c1', 'weather', '{}')], 'tool_calls'),
    wire: [
      ...created,
      ...thinking,
      'reasoning_summary_text.delta Hm',
      ...thought('Hm'),
      ...called('c1', '{}'),
      'completed 11+3 reasoning,function_call',
    ],
  },
  {
    name: 'nothing to add to what a tool found',
    ask: { input: [...asked, { type: 'function_call_output', call_id: 'c1', output: 'rain' }] },
    script: saying([]),
    wire: [...created, 'completed 11+3'],
  },
  {
    name: 'what comes after the end',
    script: saying([text('a'), chunk({}, 'stop'), done, text('b')]),
    wire: [...created, ...message, ...said('a'), ...messageEnd('a'), 'completed 1+1 message'],
  },
]

const whole: Case[] = [
  {
    name: 'in one piece',
    reply: {
      id: /^resp_/,
      object: 'response',
      status: 'completed',
      error: null,
      incomplete_details: null,
      output: [
        {
          id: /^msg_/,
          type: 'message',
          role: 'assistant',
          status: 'completed',
          content: [{ type: 'output_text', text: 'Hello there', annotations: [], logprobs: [] }],
        },
      ],
      usage: { input_tokens: 11, output_tokens: 3, total_tokens: 14 },
      store: false,
    },
  },
  { name: 'in one piece: stream false', ask: { stream: false }, reply: { status: 'completed' } },
  {
    name: 'in one piece: a refusal',
    script: saying([chunk({ refusal: 'No' })]),
    reply: { output: [{ content: [{ type: 'refusal', refusal: 'No' }] }] },
  },
  {
    name: 'in one piece: calls',
    ask: tool,
    script: saying([call(0, 'c1', 'weather', '{}'), call(1, 'c2', 'weather', '{"a":1}')], 'tool_calls'),
    reply: {
      status: 'completed',
      output: [
        { id: /^fc_/, type: 'function_call', call_id: 'c1', name: 'weather', arguments: '{}', status: 'completed' },
        { call_id: 'c2', arguments: '{"a":1}' },
      ],
    },
  },
  {
    name: 'in one piece: reasoning',
    script: saying([chunk({ reasoning_content: 'Hm' }), text('a')]),
    reply: {
      output: [{ id: /^rs_/, type: 'reasoning', summary: [{ type: 'summary_text', text: 'Hm' }] }, { type: 'message' }],
    },
  },
  {
    name: 'in one piece: the limit',
    script: saying([text('a')], 'length'),
    reply: { status: 'incomplete', incomplete_details: { reason: 'max_output_tokens' } },
  },
  {
    name: 'in one piece: the request as it was understood',
    ask: {
      instructions: 'Be brief.',
      temperature: 0.5,
      max_output_tokens: 9,
      metadata: { a: 'b' },
      tool_choice: 'auto',
      ...tool,
    },
    reply: {
      instructions: 'Be brief.',
      temperature: 0.5,
      max_output_tokens: 9,
      metadata: { a: 'b' },
      tool_choice: 'auto',
      tools: [{ name: 'weather', strict: false }],
      previous_response_id: null,
      parallel_tool_calls: true,
    },
  },
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
        input_tokens: 90,
        input_tokens_details: { cached_tokens: 80 },
        output_tokens_details: { reasoning_tokens: 20 },
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
  parameter('temperature', { temperature: 0 }, { temperature: 0 }),
  parameter('top_p', { top_p: 0.5 }, { top_p: 0.5 }),
  parameter('max_output_tokens', { max_output_tokens: 9 }, { max_tokens: 9 }),
  parameter(
    'instructions',
    { instructions: 'Be brief.' },
    {
      messages: [
        { role: 'system', content: 'Be brief.' },
        { role: 'user', content: 'Hi' },
      ],
    },
  ),
  parameter('reasoning effort', { reasoning: { effort: 'low' } }, { reasoning_effort: 'low' }),
  parameter('text format text', { text: { format: { type: 'text' } } }, { response_format: null }),
  parameter(
    'text format json_object',
    { text: { format: { type: 'json_object' } } },
    { response_format: { type: 'json_object' } },
  ),
  parameter(
    'text format json_schema',
    { text: { format: { type: 'json_schema', name: 'a', strict: true, schema: { type: 'object' } } } },
    { response_format: { type: 'json_schema', json_schema: { name: 'a', strict: true, schema: { type: 'object' } } } },
  ),
  parameter('tools', tool, { tools: [{ type: 'function', function: { name: 'weather', description: 'Of a city.' } }] }),
  parameter('strict tools', { tools: [{ ...weatherTool, strict: true }] }, { tools: [{ function: { strict: true } }] }),
  parameter(
    'tools without parameters',
    { tools: [{ type: 'function', name: 'now', parameters: null, strict: null }] },
    { tools: [{ function: { name: 'now', parameters: { type: 'object', properties: {} }, strict: null } }] },
  ),
  parameter('tool_choice none', { ...tool, tool_choice: 'none' }, { tool_choice: 'none' }),
  parameter('tool_choice required', { ...tool, tool_choice: 'required' }, { tool_choice: 'required' }),
  parameter(
    'tool_choice of one',
    { ...tool, tool_choice: { type: 'function', name: 'weather' } },
    { tool_choice: { type: 'function', function: { name: 'weather' } } },
  ),
  parameter('parallel_tool_calls', { ...tool, parallel_tool_calls: false }, { parallel_tool_calls: false }),
  parameter('top_logprobs', { top_logprobs: 2 }, { logprobs: true, top_logprobs: 2 }),
  parameter('include of logprobs', { include: ['message.output_text.logprobs'] }, { logprobs: true, top_logprobs: 0 }),
  parameter('include of reasoning', { include: ['reasoning.encrypted_content'] }, { include: null }),
  parameter(
    'what stays here',
    {
      user: 'u',
      safety_identifier: 's',
      metadata: { team: 'x' },
      prompt_cache_key: 'k',
      store: false,
      service_tier: 'auto',
      truncation: 'disabled',
      background: false,
    },
    { user: null, metadata: null, prompt_cache_key: null, store: null, service_tier: null, truncation: null },
  ),
  parameter(
    'nulls',
    {
      temperature: null,
      tools: null,
      text: null,
      reasoning: null,
      instructions: null,
      previous_response_id: null,
      conversation: null,
      max_output_tokens: null,
    },
    { temperature: null, tools: null, max_tokens: null },
  ),
]

const input: Case[] = [
  { name: 'input: a text', ask: { input: 'Hello?' }, sent: { messages: [{ role: 'user', content: 'Hello?' }] } },
  {
    name: 'input: a message without its type',
    ask: user('Hello?'),
    sent: { messages: [{ role: 'user', content: 'Hello?' }] },
  },
  {
    name: 'input: instructions of a developer',
    ask: {
      input: [
        { role: 'developer', content: 'Be brief.' },
        { role: 'user', content: 'Hi' },
      ],
    },
    sent: { messages: [{ role: 'system', content: 'Be brief.' }, {}] },
  },
  {
    name: 'input: texts in parts',
    ask: user([
      { type: 'input_text', text: 'a' },
      { type: 'input_text', text: 'b' },
    ]),
    sent: { messages: [{ content: 'a\n\nb' }] },
  },
  {
    name: 'input: an image by address',
    ask: user([{ type: 'input_image', image_url: 'https://example.com/a.png', detail: 'high' }]),
    sent: {
      messages: [{ content: [{ type: 'image_url', image_url: { url: 'https://example.com/a.png', detail: 'high' } }] }],
    },
  },
  {
    name: 'input: an image as data',
    ask: user([
      { type: 'input_text', text: 'a' },
      { type: 'input_image', image_url: pixel },
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
    name: 'input: a call and its result',
    ask: { input: [...asked, { type: 'function_call_output', call_id: 'c1', output: 'rain' }] },
    sent: {
      messages: [
        { role: 'user' },
        {
          role: 'assistant',
          content: null,
          tool_calls: [{ id: 'c1', function: { name: 'weather', arguments: '{"city":"Ulm"}' } }],
        },
        { role: 'tool', tool_call_id: 'c1', content: 'rain' },
      ],
    },
  },
  {
    name: 'input: parallel calls and their results',
    ask: {
      input: [
        ...asked,
        { ...asked[1], call_id: 'c2', id: null },
        { type: 'function_call_output', call_id: 'c1', output: 'rain' },
        { type: 'function_call_output', call_id: 'c2', output: [{ type: 'input_text', text: 'sun' }] },
      ],
    },
    sent: {
      messages: [
        {},
        { tool_calls: [{ id: 'c1' }, { id: 'c2' }] },
        { tool_call_id: 'c1' },
        { tool_call_id: 'c2', content: 'sun' },
      ],
    },
  },
  {
    name: 'input: an answer as it came',
    ask: {
      input: [
        { role: 'user', content: 'a' },
        {
          type: 'message',
          id: 'msg_1',
          role: 'assistant',
          status: 'completed',
          content: [{ type: 'output_text', text: 'b', annotations: [], logprobs: [] }],
        },
        { role: 'user', content: 'c' },
      ],
    },
    sent: { messages: [{}, { role: 'assistant', content: 'b' }, {}] },
  },
  {
    name: 'input: reasoning of another model',
    ask: {
      input: [
        { role: 'user', content: 'a' },
        {
          type: 'reasoning',
          id: 'rs_1',
          summary: [{ type: 'summary_text', text: 'Hm' }],
          encrypted_content: 'anthropic:x',
        },
        { role: 'assistant', content: 'b' },
        { role: 'user', content: 'c' },
      ],
    },
    sent: { messages: [{}, { role: 'assistant', content: 'b' }, {}] },
  },
  {
    name: 'input: reasoning that nobody sealed',
    ask: {
      input: [
        { role: 'user', content: 'a' },
        { type: 'reasoning', id: 'rs_1', summary: [] },
        { role: 'assistant', content: 'b' },
        { role: 'user', content: 'c' },
      ],
    },
    sent: { messages: [{}, { role: 'assistant', content: 'b' }, {}] },
  },
]

const unsupported = (name: string, one: Omit<Case, 'name'>): Case => ({ name: `unsupported: ${name}`, ...one })
const namedBy = (param: string) => ({ status: 400, code: 'unsupported_parameter', param })
const limits: Case[] = [
  unsupported('verbosity', { ask: { text: { verbosity: 'low' } }, error: namedBy('text.verbosity') }),
  unsupported('verbosity, dropped', {
    ask: { text: { verbosity: 'low' }, drop_unsupported: true },
    sent: { verbosity: null },
    wire: hello,
  }),
  unsupported('verbosity, dropped by header', {
    ask: { text: { verbosity: 'low' } },
    headers: { 'tessera-drop-unsupported': 'true' },
    wire: hello,
  }),
  unsupported('a store', { ask: { store: true }, error: namedBy('store') }),
  unsupported('a store, dropped', { ask: { store: true, drop_unsupported: true }, reply: { store: false } }),
  unsupported('work in the background', { ask: { background: true }, error: namedBy('background') }),
  unsupported('a response before', { ask: { previous_response_id: 'resp_1' }, error: namedBy('previous_response_id') }),
  unsupported('a conversation', { ask: { conversation: 'conv_1' }, error: namedBy('conversation') }),
  unsupported('a prompt of theirs', { ask: { prompt: { id: 'p' } }, error: namedBy('prompt') }),
  unsupported('truncation', { ask: { truncation: 'auto' }, error: namedBy('truncation') }),
  unsupported('a number of calls', { ask: { max_tool_calls: 3 }, error: namedBy('max_tool_calls') }),
  unsupported('a tier of service', { ask: { service_tier: 'flex' }, error: namedBy('service_tier') }),
  unsupported('what belongs to other tools', {
    ask: { include: ['file_search_call.results'] },
    error: namedBy('include[0]'),
  }),
  unsupported('JSON without a schema', {
    provider: 'anthropic',
    ask: { text: { format: { type: 'json_object' } } },
    error: namedBy('text.format'),
  }),
  unsupported('an effort', {
    provider: 'anthropic',
    ask: { reasoning: { effort: 'minimal' } },
    error: namedBy('reasoning.effort'),
  }),
  unsupported('probabilities', { provider: 'mistral', ask: { top_logprobs: 1 }, error: namedBy('top_logprobs') }),
  unsupported('one call at a time', {
    provider: 'gemini',
    ask: { ...tool, parallel_tool_calls: false },
    error: namedBy('parallel_tool_calls'),
  }),
  unsupported('an image by its address', {
    provider: 'gemini',
    ask: user([{ type: 'input_image', image_url: 'https://example.com/a.png' }]),
    error: namedBy('input'),
  }),
]

const invalid = (name: string, ask: Record<string, unknown> | string, param: string | null, says?: RegExp): Case => ({
  name: `bad input: ${name}`,
  ask,
  error: { status: 400, param, ...(says && { says }) },
})
const badInput: Case[] = [
  invalid('a field that nobody knows', { nonsense: 1 }, 'nonsense'),
  invalid('no input', { input: [] }, 'input'),
  invalid('an item of another kind', { input: [{ type: 'computer_call_output' }] }, 'input[0].type'),
  invalid('an item of a store', { input: [{ type: 'item_reference', id: 'msg_1' }] }, 'input[0].type'),
  invalid('a file', user([{ type: 'input_file', file_id: 'f' }]), 'input[0].content[0].type'),
  invalid(
    'an address that is none',
    user([{ type: 'input_image', image_url: 'ftp://a' }]),
    'input[0].content[0].image_url',
  ),
  invalid(
    'an image of the model’s',
    { input: [{ role: 'assistant', content: [{ type: 'input_image', image_url: pixel }] }] },
    'input[0].content[0]',
  ),
  invalid('a temperature as a text', { temperature: '1' }, 'temperature'),
  invalid('a limit of nothing', { max_output_tokens: 0 }, 'max_output_tokens'),
  invalid('a tool of theirs', { tools: [{ type: 'web_search' }] }, 'tools[0].type'),
  invalid(
    'a schema of a tool that is none',
    { tools: [{ ...weatherTool, parameters: { type: 'objekt' } }] },
    'tools[0].parameters.type',
  ),
  invalid('notes that no database keeps', { metadata: { team: 'a\0b' } }, 'metadata.team'),
  invalid('half of a character', { metadata: { team: '\ud83e' } }, 'metadata.team'),
  invalid('a name that no database keeps', { model: 'openai-compatible/a\0b' }, 'model'),
  invalid('a call that is demanded without tools', { tool_choice: 'required' }, 'tool_choice'),
  invalid(
    'a call that is demanded of another tool',
    { ...tool, tool_choice: { type: 'function', name: 'other' } },
    'tool_choice',
  ),
  invalid('two tools of one name', { tools: [weatherTool, weatherTool] }, 'tools[1].name'),
  invalid(
    'a schema of the answer that is none',
    { text: { format: { type: 'json_schema', name: 'a', schema: { required: 'a' } } } },
    'text.format.schema.required',
  ),
  invalid('a body cut half way', '{"model":"openai-compatible/x","input":"H', null, /not valid JSON/),
  {
    name: 'bad input: more than the model writes',
    model: 'openai/gpt-4.1',
    ask: { max_output_tokens: 40_000 },
    error: { status: 400, param: 'max_output_tokens', says: /32768/ },
  },
  {
    name: 'bad input: an image for a text model',
    model: 'tessera/extractive',
    ask: user([{ type: 'input_image', image_url: pixel }]),
    error: { status: 400, param: 'input', says: /takes no images/ },
  },
  {
    name: 'bad input: a model that is not there, with the nearest',
    model: 'openai/gpt-5.4-minni',
    error: { status: 404, code: 'model_not_found', says: /openai\/gpt-5\.4-mini/ },
  },
]

export const responseCases: Case[] = [
  ...content,
  ...whole,
  ...parameters,
  ...input,
  ...limits,
  ...badInput,
  ...providerFailures({
    begun: [...created, ...message, ...said('Hello')],
    error: (code) => [`failed ${code} message`, `error ${code}`],
  }),
]
