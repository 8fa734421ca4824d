import { call, chunk, cut, done, type Script, saying, stall, status, streaming, text } from '../scripted-provider.ts'
import type { Case } from './case.ts'

/** A PNG of one pixel, made for this test. */
export const pixel =
  'data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=='

const city = { type: 'object', properties: { city: { type: 'string' } } }
/** A tool, as chat completions describe one. */
export const tool = {
  tools: [{ type: 'function', function: { name: 'weather', description: 'Of a city.', parameters: city } }],
}
/** A question that was answered with a call of it. */
export const weather = [
  { role: 'user', content: 'Hi' },
  {
    role: 'assistant',
    content: null,
    tool_calls: [{ id: 'c1', type: 'function', function: { name: 'weather', arguments: '{"city":"Ulm"}' } }],
  },
]

/** Calls and a thought in Mistral's own way. */
export const mistralCalls = saying(
  [call(0, 'abcdefgh1', 'weather', '{}'), call(1, 'abcdefgh2', 'weather', '{}')],
  'tool_calls',
)
export const mistralThought = saying([
  chunk({ content: [{ type: 'thinking', thinking: [{ type: 'text', text: 'Hm' }] }] }),
  chunk({ content: [{ type: 'text', text: 'Hi' }] }),
])

const begun = [chunk({ role: 'assistant', content: '' }), text('Hello')]
const roleOnly = [chunk({ role: 'assistant', content: '' })]
const broken = Buffer.from([0x64, 0x61, 0x74, 0x61, 0x3a, 0x20, 0xc3, 0x28, 0x0a, 0x0a])
const failing = 'data: {"error":{"message":"a secret","type":"server_error"}}\n\n'
const garbage = 'data: {"choices":\n\n'

/** Before the first content: the status that clients get, whatever the provider did. */
const before: [string, Script, number, string][] = [
  ['400', status(400), 400, 'models.request-refused'],
  [
    '400 of a prompt that is too long',
    status(400, { error: { message: 'a secret', code: 'context_length_exceeded' } }),
    400,
    'models.prompt-too-long',
  ],
  ['401', status(401), 502, 'models.provider-refused'],
  ['403', status(403), 502, 'models.provider-refused'],
  ['404', status(404), 404, 'models.not-found'],
  ['413', status(413), 400, 'models.request-refused'],
  ['429', status(429, undefined, { 'retry-after': '9' }), 429, 'models.provider-rate-limited'],
  ['500', status(500), 502, 'models.provider-failed'],
  ['503', status(503), 502, 'models.provider-failed'],
  [
    'a web page',
    (response) => void response.writeHead(200, { 'content-type': 'text/html' }).end('<html>secret</html>'),
    502,
    'models.provider-garbage',
  ],
  ['JSON that is no stream', status(200), 502, 'models.provider-garbage'],
  [
    'a redirect',
    (response) => void response.writeHead(302, { location: 'http://192.0.2.1/' }).end(),
    502,
    'models.provider-garbage',
  ],
  ['no event at all', streaming([]), 502, 'models.provider-cut'],
  ['a role and nothing else', streaming(roleOnly), 502, 'models.provider-cut'],
  ['an end and nothing before', saying([]), 502, 'models.provider-empty'],
  ['an error first', streaming([...roleOnly, failing]), 502, 'models.provider-failed'],
  ['no JSON first', streaming([garbage]), 502, 'models.provider-garbage'],
  ['no UTF-8 first', streaming([broken]), 502, 'models.provider-garbage'],
  ['ten megabytes at once', streaming([text('x'.repeat(10_000_000))]), 502, 'models.provider-garbage'],
  ['silence after a role', streaming(roleOnly, stall), 504, 'models.provider-timeout'],
  ['a connection that is cut', (response) => void response.destroy(), 502, 'models.provider-unreachable'],
]

/** After it: the code of the error event that ends the stream. */
const after: [string, Script, string][] = [
  ['an error', streaming([...begun, failing]), 'models.provider-failed'],
  ['a cut connection', streaming(begun, cut), 'models.provider-cut'],
  ['no end', streaming(begun), 'models.provider-cut'],
  ['silence', streaming(begun, stall), 'models.provider-timeout'],
  [
    'no JSON',
    streaming(begun, (response) => void setTimeout(() => response.end(garbage), 50)),
    'models.provider-garbage',
  ],
  [
    'no UTF-8',
    streaming(begun, (response) => void setTimeout(() => response.end(broken), 50)),
    'models.provider-garbage',
  ],
]

/** What the shapes differ in: how an error is told, and how a stream begins and breaks. */
type Differences = {
  readonly begun: readonly string[]
  readonly error: (code: string) => readonly string[]
  /** What a code is called here; absent: as in `codes`. */
  readonly codeOf?: (code: string) => string
}

const codes: Record<string, string> = {
  'models.prompt-too-long': 'context_length_exceeded',
  'models.not-found': 'model_not_found',
}

/** How a provider may fail, the same for every shape: before the first content an HTTP error, after it an error event and no end. */
export function providerFailures({ begun: shown, error, codeOf = (code) => codes[code] ?? code }: Differences): Case[] {
  return [
    ...before.map(([name, script, code, fault], index): Case => ({
      name: `a provider fails before the first content: ${name}`,
      script,
      stream: index % 2 === 0,
      error: { status: code, code: codeOf(fault) },
    })),
    ...after.map(([name, script, fault]): Case => ({
      name: `a provider fails after content: ${name}`,
      script,
      wire: [...shown, ...error(fault)],
    })),
    ...after.slice(0, 2).map(([name, script, fault]): Case => ({
      name: `a provider fails after content, in one piece: ${name}`,
      script,
      error: { status: 502, code: codeOf(fault) },
    })),
    {
      name: 'a provider fails after content: two calls of one id',
      script: streaming([...begun, call(0, 'c1', 'weather', '{}'), call(1, 'c1', 'weather', '{}'), done]),
      stream: false,
      error: { status: 502, code: codeOf('models.provider-garbage') },
    },
  ]
}
