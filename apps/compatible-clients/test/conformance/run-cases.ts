import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { post } from '../post.ts'
import { saying, type ScriptedProvider, text } from '../scripted-provider.ts'
import type { Case } from './case.ts'
import { eventsOf } from './events.ts'
import type { Shape } from './shape.ts'

type Place = { readonly url: string; readonly token: string; readonly provider: ScriptedProvider }

/** Asks every case and compares what comes with what it says; a few at a time. */
export function runCases(name: string, shape: Shape, cases: readonly Case[], place: () => Place): void {
  suite(name, { concurrency: 4 }, () => {
    for (const [index, one] of cases.entries())
      test(one.name, async () => run(shape, one, `${name.replaceAll(/\W+/g, '-')}-${index}`, place()))
  })
}

async function run(shape: Shape, one: Case, scripted: string, { url, token, provider }: Place): Promise<void> {
  const { model = `${one.provider ?? 'openai-compatible'}/${scripted}` } = one
  provider.script(scripted, one.script ?? saying([text('Hello'), text(' there')]))
  const stream = one.stream ?? one.wire !== undefined
  const body =
    typeof one.ask === 'string'
      ? one.ask
      : JSON.stringify({ model, ...shape.question, ...(stream && { stream }), ...one.ask })
  const response = await post(`${url}${shape.path}`, token, body, one.headers)
  const told = await response.text()
  const { error, wire, reply, sent, header } = one
  if (error) {
    assert.equal(response.status, error.status, told)
    assert.match(response.headers.get('content-type') ?? '', /^application\/json/)
    const { code, param, message } = shape.errorIn(JSON.parse(told))
    if (error.code !== undefined) assert.equal(code, error.code, told)
    if (error.param !== undefined) assert.equal(param, error.param, told)
    if (error.says) assert.match(String(message), error.says)
    // Of what a provider wrote nothing is passed on.
    assert.doesNotMatch(told, /secret/)
  } else {
    assert.equal(response.status, 200, told)
  }
  if (wire) {
    assert.equal(response.headers.get('content-type'), 'text/event-stream; charset=utf-8')
    const events = eventsOf(told)
    assert.deepEqual(events.map(shape.short), wire)
    shape.invariants(events)
  }
  if (reply) assertWithin(JSON.parse(told), reply, 'reply')
  if (sent) assertWithin(provider.sentTo(scripted)[0], sent, 'sent')
  if (header) assert.equal(response.headers.get(header[0]), header[1])
}

/** Everything that is expected is there as expected; more may be. Null stands for what must not be there. */
function assertWithin(actual: unknown, expected: unknown, path: string): void {
  if (expected === null)
    return assert.ok(actual === undefined || actual === null, `${path} is there: ${JSON.stringify(actual)}`)
  if (expected instanceof RegExp) return assert.match(String(actual), expected, path)
  if (typeof expected !== 'object') return assert.deepEqual(actual, expected, path)
  if (Array.isArray(expected)) {
    assert.ok(Array.isArray(actual), `${path} is no list: ${JSON.stringify(actual)}`)
    assert.equal(actual.length, expected.length, `${path}: ${JSON.stringify(actual)}`)
    for (const [index, item] of expected.entries()) assertWithin(actual[index], item, `${path}/${index}`)
    return
  }
  assert.ok(typeof actual === 'object' && actual !== null, `${path} is no object: ${JSON.stringify(actual)}`)
  for (const [name, value] of Object.entries(expected))
    assertWithin((actual as Record<string, unknown>)[name], value, `${path}/${name}`)
}
