import { call, chunk, done, saying, text } from '../scripted-provider.ts'
import type { Case } from './case.ts'
import { mistralCalls, mistralThought, pixel, providerFailures, tool, weather } from './common.cases.ts'

const said = ['assistant', 'text Hello', 'text  there']
const end = ['finish stop', 'done']
const user = (content: unknown) => ({ messages: [{ role: 'user', content }] })

const content: Case[] = [
  { name: 'an answer in two pieces', wire: [...said, ...end] },
  {
    name: 'an answer in one piece',
    script: saying([text('Hello there')]),
    wire: ['assistant', 'text Hello there', ...end],
  },
  {
    name: 'pieces without text are no events',
    script: saying([text(''), text('a'), text('')]),
    wire: ['assistant', 'text a', ...end],
  },
  {
    name: 'any script and sign',
    script: saying([text('Ü'), text('試'), text('🧪\n"')]),
    wire: ['assistant', 'text Ü', 'text 試', 'text 🧪\n"', ...end],
  },
  {
    name: 'usage where it is asked for',
    ask: { stream_options: { include_usage: true } },
    wire: [...said, 'finish stop', 'usage 11+3', 'done'],
  },
  {
    name: 'usage that comes with the last piece',
    ask: { stream_options: { include_usage: true } },
    script: saying([
      text('a'),
      chunk({ content: 'b' }, null, {}).replace(
        '"choices"',
        '"usage":{"prompt_tokens":11,"completion_tokens":3},"choices"',
      ),
    ]),
    wire: ['assistant', 'text a', 'text b', 'finish stop', 'usage 11+3', 'done'],
  },
  { name: 'no usage where it is not', ask: { stream_options: { include_usage: false } }, wire: [...said, ...end] },
  {
    name: 'an answer that hit the limit',
    script: saying([text('Hello')], 'length'),
    wire: ['assistant', 'text Hello', 'finish length', 'done'],
  },
  {
    name: 'an answer that a filter ended',
    script: saying([text('Hello')], 'content_filter'),
    wire: ['assistant', 'text Hello', 'finish content_filter', 'done'],
  },
  {
    name: 'an end of a kind that nobody knows',
    script: saying([text('Hello')], 'novel'),
    wire: ['assistant', 'text Hello', ...end],
  },
  { name: 'nothing but the limit', script: saying([], 'length'), wire: ['assistant', 'finish length', 'done'] },
  {
    name: 'a refusal',
    script: saying([chunk({ refusal: 'I ' }), chunk({ refusal: 'won’t' })]),
    wire: ['assistant', 'refusal I ', 'refusal won’t', ...end],
  },
  {
    name: 'reasoning before the answer',
    script: saying([chunk({ reasoning_content: 'Hm' }), text('a')]),
    wire: ['assistant', 'reasoning Hm', 'text a', ...end],
  },
  {
    name: 'reasoning in the other spelling',
    script: saying([chunk({ reasoning: 'Hm' }), text('a')]),
    wire: ['assistant', 'reasoning Hm', 'text a', ...end],
  },
  {
    name: 'reasoning that is not wanted',
    ask: { include_reasoning: false },
    script: saying([chunk({ reasoning_content: 'Hm' }), text('a')]),
    wire: ['assistant', 'text a', ...end],
  },
  {
    name: 'probabilities of tokens',
    ask: { logprobs: true, top_logprobs: 1 },
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
    wire: ['assistant', 'text Hi ~Hi/1', ...end],
  },
  {
    name: 'a tool call',
    ask: tool,
    script: saying([call(0, 'c1', 'weather', '{"city":"Ulm"}')], 'tool_calls'),
    wire: ['assistant', 'call 0 c1 weather', 'args 0 {"city":"Ulm"}', 'finish tool_calls', 'done'],
  },
  {
    name: 'a tool call in pieces',
    ask: tool,
    script: saying(
      [
        call(0, 'c1', 'weather', ''),
        call(0, undefined, undefined, '{"ci'),
        call(0, undefined, undefined, 'ty":"Ulm"}'),
      ],
      'tool_calls',
    ),
    wire: ['assistant', 'call 0 c1 weather', 'args 0 {"ci', 'args 0 ty":"Ulm"}', 'finish tool_calls', 'done'],
  },
  {
    name: 'parallel tool calls',
    ask: tool,
    script: saying([call(0, 'c1', 'weather', '{}'), call(1, 'c2', 'weather', '{"a":1}')], 'tool_calls'),
    wire: [
      'assistant',
      'call 0 c1 weather',
      'args 0 {}',
      'call 1 c2 weather',
      'args 1 {"a":1}',
      'finish tool_calls',
      'done',
    ],
  },
  {
    name: 'parallel tool calls that a server numbers alike',
    ask: tool,
    script: saying([call(0, 'c1', 'weather', '{}'), call(0, 'c2', 'weather', '{"a":1}')], 'tool_calls'),
    wire: [
      'assistant',
      'call 0 c1 weather',
      'args 0 {}',
      'call 1 c2 weather',
      'args 1 {"a":1}',
      'finish tool_calls',
      'done',
    ],
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
      'assistant',
      'call 0 c1 weather',
      'args 0 {"a":',
      'args 0 1}',
      'call 1 c2 weather',
      'args 1 {"b":2}',
      'finish tool_calls',
      'done',
    ],
  },
  {
    name: 'parallel tool calls that nothing tells apart but their names',
    ask: tool,
    script: saying([call(0, '', 'weather', '{}'), call(0, '', 'time', '{}')], 'tool_calls'),
    stream: false,
    reply: {
      choices: [
        {
          message: {
            tool_calls: [
              { id: /^call_/, function: { name: 'weather', arguments: '{}' } },
              { id: /^call_/, function: { name: 'time', arguments: '{}' } },
            ],
          },
        },
      ],
    },
  },
  {
    name: 'parallel tool calls of Mistral',
    provider: 'mistral',
    ask: tool,
    script: mistralCalls,
    wire: [
      'assistant',
      'call 0 abcdefgh1 weather',
      'args 0 {}',
      'call 1 abcdefgh2 weather',
      'args 1 {}',
      'finish tool_calls',
      'done',
    ],
  },
  {
    name: 'reasoning of Mistral',
    provider: 'mistral',
    script: mistralThought,
    wire: ['assistant', 'reasoning Hm', 'text Hi', ...end],
  },
  {
    name: 'a tool call after a text',
    ask: tool,
    script: saying([text('Let me see.'), call(0, 'c1', 'weather', '{}')], 'tool_calls'),
    wire: ['assistant', 'text Let me see.', 'call 0 c1 weather', 'args 0 {}', 'finish tool_calls', 'done'],
  },
  {
    name: 'a tool call whose server says stop',
    ask: tool,
    script: saying([call(0, 'c1', 'weather', '{}')], 'stop'),
    wire: ['assistant', 'call 0 c1 weather', 'args 0 {}', 'finish tool_calls', 'done'],
  },
  {
    name: 'nothing to add to what a tool found',
    ask: { messages: [...weather, { role: 'tool', tool_call_id: 'c1', content: 'rain' }] },
    script: saying([]),
    wire: ['assistant', ...end],
  },
  {
    name: 'events of other kinds between',
    script: saying([text('a'), ': a comment\n\n', 'event: ping\ndata: {"choices":[]}\n\n', text('b')]),
    wire: ['assistant', 'text a', 'text b', ...end],
  },
  {
    name: 'what comes after the end',
    script: saying([text('a'), chunk({}, 'stop'), done, text('b')]),
    wire: ['assistant', 'text a', ...end],
  },
]

const whole: Case[] = [
  {
    name: 'in one piece',
    reply: {
      object: 'chat.completion',
      choices: [
        {
          index: 0,
          finish_reason: 'stop',
          logprobs: null,
          message: { role: 'assistant', content: 'Hello there', refusal: null },
        },
      ],
      usage: { prompt_tokens: 11, completion_tokens: 3, total_tokens: 14 },
    },
  },
  {
    name: 'in one piece: stream false',
    ask: { stream: false },
    reply: { choices: [{ message: { content: 'Hello there' } }] },
  },
  {
    name: 'in one piece: a refusal',
    script: saying([chunk({ refusal: 'No' })]),
    reply: { choices: [{ message: { content: null, refusal: 'No' } }] },
  },
  {
    name: 'in one piece: calls alone',
    ask: tool,
    script: saying([call(0, 'c1', 'weather', '{}'), call(1, 'c2', 'weather', '{"a":1}')], 'tool_calls'),
    reply: {
      choices: [
        {
          finish_reason: 'tool_calls',
          message: {
            content: null,
            tool_calls: [
              { id: 'c1', type: 'function', function: { name: 'weather', arguments: '{}' } },
              { id: 'c2', type: 'function', function: { name: 'weather', arguments: '{"a":1}' } },
            ],
          },
        },
      ],
    },
  },
  {
    name: 'in one piece: reasoning',
    script: saying([chunk({ reasoning_content: 'Hm' }), text('a')]),
    reply: { choices: [{ message: { content: 'a', reasoning_content: 'Hm' } }] },
  },
  {
    name: 'in one piece: probabilities',
    ask: { logprobs: true },
    script: saying([
      chunk({ content: 'Hi' }, null, { logprobs: { content: [{ token: 'Hi', logprob: -0.5, bytes: null }] } }),
    ]),
    reply: {
      choices: [
        { logprobs: { content: [{ token: 'Hi', logprob: -0.5, bytes: null, top_logprobs: [] }], refusal: null } },
      ],
    },
  },
  {
    name: 'in one piece: the limit',
    script: saying([text('a')], 'length'),
    reply: { choices: [{ finish_reason: 'length' }] },
  },
  {
    name: 'in one piece: what served it',
    reply: { model: /^openai-compatible\// },
    header: ['x-content-type-options', 'nosniff'],
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
        prompt_tokens: 90,
        prompt_tokens_details: { cached_tokens: 80 },
        completion_tokens_details: { reasoning_tokens: 20 },
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
  parameter('top_k', { top_k: 40 }, { top_k: 40 }),
  parameter('seed', { seed: 0 }, { seed: 0 }),
  parameter('stop as a text', { stop: 'END' }, { stop: ['END'] }),
  parameter('stop as a list', { stop: ['A', 'B'] }, { stop: ['A', 'B'] }),
  parameter('stop as nothing', { stop: [] }, { stop: null }),
  parameter('max_tokens', { max_tokens: 9 }, { max_tokens: 9 }),
  parameter('max_completion_tokens', { max_completion_tokens: 9 }, { max_tokens: 9 }),
  parameter('both of them', { max_completion_tokens: 9, max_tokens: 9 }, { max_tokens: 9 }),
  parameter('frequency_penalty', { frequency_penalty: 1 }, { frequency_penalty: 1 }),
  parameter('presence_penalty', { presence_penalty: -1 }, { presence_penalty: -1 }),
  parameter(
    'penalties of nothing',
    { frequency_penalty: 0, presence_penalty: 0 },
    { frequency_penalty: null, presence_penalty: null },
  ),
  parameter('logprobs', { logprobs: true, top_logprobs: 3 }, { logprobs: true, top_logprobs: 3 }),
  parameter('logprobs false', { logprobs: false }, { logprobs: null }),
  parameter('reasoning_effort', { reasoning_effort: 'high' }, { reasoning_effort: 'high' }),
  parameter('response_format text', { response_format: { type: 'text' } }, { response_format: null }),
  parameter(
    'response_format json_object',
    { response_format: { type: 'json_object' } },
    { response_format: { type: 'json_object' } },
  ),
  parameter(
    'response_format json_schema',
    { response_format: { type: 'json_schema', json_schema: { name: 'a', strict: true, schema: { type: 'object' } } } },
    { response_format: { type: 'json_schema', json_schema: { name: 'a', strict: true, schema: { type: 'object' } } } },
  ),
  parameter('tools', tool, {
    tools: [
      {
        type: 'function',
        function: {
          name: 'weather',
          description: 'Of a city.',
          parameters: { type: 'object', properties: { city: { type: 'string' } } },
        },
      },
    ],
  }),
  parameter(
    'tools without parameters',
    { tools: [{ type: 'function', function: { name: 'now' } }] },
    { tools: [{ function: { name: 'now', parameters: { type: 'object', properties: {} } } }] },
  ),
  parameter(
    'strict tools',
    { tools: [{ type: 'function', function: { name: 'now', strict: true } }] },
    { tools: [{ function: { strict: true } }] },
  ),
  parameter('no tools', { tools: [] }, { tools: null }),
  parameter('tool_choice none', { ...tool, tool_choice: 'none' }, { tool_choice: 'none' }),
  parameter('tool_choice required', { ...tool, tool_choice: 'required' }, { tool_choice: 'required' }),
  parameter(
    'tool_choice of one',
    { ...tool, tool_choice: { type: 'function', function: { name: 'weather' } } },
    { tool_choice: { type: 'function', function: { name: 'weather' } } },
  ),
  parameter('parallel_tool_calls', { ...tool, parallel_tool_calls: false }, { parallel_tool_calls: false }),
  parameter(
    'what stays here',
    {
      user: 'u',
      safety_identifier: 's',
      metadata: { team: 'x' },
      prompt_cache_key: 'k',
      store: false,
      n: 1,
      service_tier: 'auto',
      modalities: ['text'],
    },
    {
      user: null,
      safety_identifier: null,
      metadata: null,
      prompt_cache_key: null,
      store: null,
      n: null,
      service_tier: null,
      modalities: null,
    },
  ),
  parameter(
    'nulls',
    {
      temperature: null,
      top_p: null,
      stop: null,
      tools: null,
      tool_choice: null,
      response_format: null,
      seed: null,
      logprobs: null,
      reasoning_effort: null,
    },
    { temperature: null, stop: null, tools: null },
  ),
]

const messages: Case[] = [
  {
    name: 'messages: instructions of a developer',
    ask: {
      messages: [
        { role: 'developer', content: 'Be brief.' },
        { role: 'user', content: 'Hi' },
      ],
    },
    sent: {
      messages: [
        { role: 'system', content: 'Be brief.' },
        { role: 'user', content: 'Hi' },
      ],
    },
  },
  {
    name: 'messages: texts in parts',
    ask: user([
      { type: 'text', text: 'a' },
      { type: 'text', text: 'b' },
    ]),
    sent: { messages: [{ role: 'user', content: 'a\n\nb' }] },
  },
  {
    name: 'messages: an image by address',
    ask: user([
      { type: 'text', text: 'a' },
      { type: 'image_url', image_url: { url: 'https://example.com/a.png', detail: 'low' } },
    ]),
    sent: {
      messages: [
        {
          content: [
            { type: 'text', text: 'a' },
            { type: 'image_url', image_url: { url: 'https://example.com/a.png', detail: 'low' } },
          ],
        },
      ],
    },
  },
  {
    name: 'messages: an image as data',
    ask: user([{ type: 'image_url', image_url: { url: pixel } }]),
    sent: { messages: [{ content: [{ type: 'image_url', image_url: { url: pixel } }] }] },
  },
  {
    name: 'messages: calls and their results',
    ask: { messages: [...weather, { role: 'tool', tool_call_id: 'c1', content: 'rain' }] },
    sent: {
      messages: [
        { role: 'user', content: 'Hi' },
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
    name: 'messages: results in parts',
    ask: { messages: [...weather, { role: 'tool', tool_call_id: 'c1', content: [{ type: 'text', text: 'rain' }] }] },
    sent: { messages: [{}, {}, { role: 'tool', content: 'rain' }] },
  },
  {
    name: 'messages: an answer as it came',
    ask: {
      messages: [
        { role: 'user', content: 'a' },
        { role: 'assistant', content: 'b', refusal: null, annotations: [], audio: null, function_call: null },
        { role: 'user', content: 'c' },
      ],
    },
    sent: { messages: [{ content: 'a' }, { role: 'assistant', content: 'b' }, { content: 'c' }] },
  },
  {
    name: 'messages: an answer in parts',
    ask: {
      messages: [
        { role: 'user', content: 'a' },
        {
          role: 'assistant',
          content: [
            { type: 'text', text: 'b' },
            { type: 'refusal', refusal: 'no' },
          ],
        },
        { role: 'user', content: 'c' },
      ],
    },
    sent: { messages: [{}, { content: 'b\n\nno' }, {}] },
  },
  {
    name: 'messages: what another model thought',
    ask: {
      messages: [
        { role: 'user', content: 'a' },
        {
          role: 'assistant',
          content: 'b',
          reasoning_content: 'Hm',
          reasoning_details: [{ type: 'reasoning.text', text: 'Hm', data: 'anthropic:x' }],
        },
        { role: 'user', content: 'c' },
      ],
    },
    sent: { messages: [{}, { content: 'b', reasoning_content: null }, {}] },
  },
]

const unsupported = (name: string, one: Omit<Case, 'name'>): Case => ({ name: `unsupported: ${name}`, ...one })
const namedBy = (param: string) => ({ status: 400, code: 'unsupported_parameter', param })
const limits: Case[] = [
  unsupported('a parameter of another server', { ask: { verbosity: 'low' }, error: namedBy('verbosity') }),
  unsupported('the same, dropped', {
    ask: { verbosity: 'low', drop_unsupported: true },
    sent: { verbosity: null },
    wire: [...said, ...end],
  }),
  unsupported('the same, dropped by header', {
    ask: { verbosity: 'low' },
    headers: { 'tessera-drop-unsupported': 'true' },
    sent: { verbosity: null },
    wire: [...said, ...end],
  }),
  unsupported('the body over the header', {
    ask: { verbosity: 'low', drop_unsupported: false },
    headers: { 'tessera-drop-unsupported': 'true' },
    error: namedBy('verbosity'),
  }),
  unsupported('a seed', { provider: 'anthropic', ask: { seed: 1 }, error: namedBy('seed') }),
  unsupported('probabilities', { provider: 'anthropic', ask: { logprobs: true }, error: namedBy('logprobs') }),
  unsupported('JSON without a schema', {
    provider: 'anthropic',
    ask: { response_format: { type: 'json_object' } },
    error: namedBy('response_format'),
  }),
  unsupported('an effort', {
    provider: 'anthropic',
    ask: { reasoning_effort: 'minimal' },
    error: namedBy('reasoning_effort'),
  }),
  unsupported('a temperature beyond', {
    provider: 'anthropic',
    ask: { temperature: 1.5 },
    error: namedBy('temperature'),
  }),
  unsupported('one call at a time', {
    provider: 'gemini',
    ask: { ...tool, parallel_tool_calls: false },
    error: namedBy('parallel_tool_calls'),
  }),
  unsupported('an image by its address', {
    provider: 'gemini',
    ask: user([{ type: 'image_url', image_url: { url: 'https://example.com/a.png' } }]),
    error: { status: 400, code: 'unsupported_parameter', param: 'messages[0].content' },
  }),
  unsupported('an image, which can’t be dropped', {
    provider: 'gemini',
    ask: { ...user([{ type: 'image_url', image_url: { url: 'https://example.com/a.png' } }]), drop_unsupported: true },
    error: { status: 400, param: 'messages[0].content' },
  }),
  unsupported('candidates of the best', { provider: 'mistral', ask: { top_k: 5 }, error: namedBy('top_k') }),
  unsupported('several answers', { ask: { n: 2 }, error: namedBy('n') }),
  unsupported('several answers, dropped', { ask: { n: 2, drop_unsupported: true }, wire: [...said, ...end] }),
  unsupported('a tier of service', { ask: { service_tier: 'flex' }, error: namedBy('service_tier') }),
  unsupported('the older way of tools', { ask: { functions: [{ name: 'a' }] }, error: namedBy('functions') }),
  unsupported('a name beside a role', {
    ask: { messages: [{ role: 'user', name: 'ana', content: 'Hi' }] },
    error: namedBy('messages[0].name'),
  }),
  unsupported('tools, of the built-in model', { model: 'tessera/extractive', ask: tool, error: namedBy('tools') }),
]

const invalid = (name: string, ask: Record<string, unknown> | string, param: string | null, says?: RegExp): Case => ({
  name: `bad input: ${name}`,
  ask,
  error: { status: 400, param, ...(says && { says }) },
})
const badInput: Case[] = [
  invalid('a field that nobody knows', { nonsense: 1 }, 'nonsense'),
  invalid('no messages', { messages: [] }, 'messages'),
  invalid('messages of another type', { messages: 'Hi' }, 'messages'),
  invalid(
    'a role that nobody has',
    { messages: [{ role: 'robot', content: 'a' }] },
    'messages[0].role',
    /"system" or "developer" or "user"/,
  ),
  invalid(
    'a part of another kind',
    user([{ type: 'input_audio', input_audio: { data: '', format: 'wav' } }]),
    'messages[0].content[0].type',
  ),
  invalid(
    'an address that is none',
    user([{ type: 'image_url', image_url: { url: 'file:///etc/passwd' } }]),
    'messages[0].content[0].image_url.url',
  ),
  invalid(
    'data that is no image',
    user([{ type: 'image_url', image_url: { url: 'data:text/html;base64,AAAA' } }]),
    'messages[0].content[0].image_url.url',
  ),
  invalid('a result without its call', { messages: [{ role: 'tool', content: 'a' }] }, 'messages[0].tool_call_id'),
  invalid('a temperature as a text', { temperature: '1' }, 'temperature'),
  invalid('a temperature beyond any', { temperature: 3 }, 'temperature'),
  invalid('a limit of nothing', { max_tokens: 0 }, 'max_tokens'),
  invalid(
    'a schema of a tool that is none',
    { tools: [{ type: 'function', function: { name: 'a', parameters: { type: 'objekt' } } }] },
    'tools[0].function.parameters.type',
  ),
  invalid(
    'a tool that takes a list',
    { tools: [{ type: 'function', function: { name: 'a', parameters: { type: 'array' } } }] },
    'tools[0].function.parameters.type',
    /must be "object"/,
  ),
  invalid(
    'two tools of one name',
    {
      tools: [
        { type: 'function', function: { name: 'a' } },
        { type: 'function', function: { name: 'a' } },
      ],
    },
    'tools[1].function.name',
  ),
  invalid(
    'a name that no tool can have',
    { tools: [{ type: 'function', function: { name: 'a b' } }] },
    'tools[0].function.name',
  ),
  invalid('notes that no database keeps', { metadata: { team: 'a\0b' } }, 'metadata.team'),
  invalid('half of a character', { metadata: { team: '\ud83e' } }, 'metadata.team'),
  invalid('a name that no database keeps', { model: 'openai-compatible/a\0b' }, 'model'),
  invalid('a call that is demanded without tools', { tool_choice: 'required' }, 'tool_choice', /there are no tools/),
  invalid(
    'a call that is demanded of another tool',
    { ...tool, tool_choice: { type: 'function', function: { name: 'other' } } },
    'tool_choice',
    /must name one of the tools/,
  ),
  invalid('two limits', { max_tokens: 5, max_completion_tokens: 6 }, 'max_tokens'),
  invalid('probabilities that are not asked for', { top_logprobs: 2 }, 'top_logprobs', /needs logprobs/),
  invalid('a tool of another kind', { tools: [{ type: 'custom', custom: { name: 'a' } }] }, 'tools[0].type'),
  invalid(
    'a schema of the answer that is none',
    { response_format: { type: 'json_schema', json_schema: { name: 'a', schema: { properties: 5 } } } },
    'response_format.json_schema.schema.properties',
  ),
  invalid('a body cut half way', '{"model":"openai-compatible/x","messages":[{"role":"us', null, /not valid JSON/),
  invalid('no body', '', null, /empty/),
  {
    name: 'bad input: more than the model writes',
    model: 'openai/gpt-4.1',
    ask: { max_tokens: 40_000 },
    error: { status: 400, code: 'unsupported_parameter', param: 'max_completion_tokens', says: /32768/ },
  },
  {
    name: 'bad input: an image for a text model',
    model: 'tessera/extractive',
    ask: user([{ type: 'image_url', image_url: { url: pixel } }]),
    error: { status: 400, code: 'unsupported_parameter', param: 'messages', says: /takes no images/ },
  },
  {
    name: 'bad input: a model that is not there, with the nearest',
    model: 'openai/gpt-5.4-minni',
    error: { status: 404, code: 'model_not_found', param: 'model', says: /openai\/gpt-5\.4-mini/ },
  },
  {
    name: 'bad input: a provider that is not there',
    model: 'nobody/anything',
    error: { status: 404, code: 'model_not_found' },
  },
  {
    name: 'bad input: an agent that is not there',
    model: 'agent/nobody',
    error: { status: 404, code: 'model_not_found' },
  },
  { name: 'bad input: another media type', headers: { 'content-type': 'text/plain' }, error: { status: 400 } },
]

export const chatCases: Case[] = [
  ...content,
  ...whole,
  ...parameters,
  ...messages,
  ...limits,
  ...badInput,
  ...providerFailures({ begun: ['assistant', 'text Hello'], error: (code) => [`error ${code}`] }),
]
