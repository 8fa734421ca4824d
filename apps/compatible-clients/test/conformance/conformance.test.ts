import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import { fileScope } from '@tessera/testkit/file-scope'
import { type ScriptedProvider, scriptedProvider } from '../scripted-provider.ts'
import { compatibleWorld, providersAt } from '../world.ts'
import { chatCases } from './chat.cases.ts'
import { chatShape } from './chat.shape.ts'
import { messageCases } from './message.cases.ts'
import { messageShape } from './message.shape.ts'
import { responseCases } from './response.cases.ts'
import { responseShape } from './response.shape.ts'
import { runCases } from './run-cases.ts'

// Requests as data, for each API that is spoken here, with the events that must cross the wire.

const scope = fileScope()
const shapes = [
  ['chat completions', chatShape, chatCases],
  ['responses', responseShape, responseCases],
  ['messages', messageShape, messageCases],
] as const
let url: string
let provider: ScriptedProvider
const tokens = new Map<string, string>()

before(async () => {
  provider = await scriptedProvider(scope)
  const world = await compatibleWorld(scope, {
    ...providersAt(provider.url),
    FIRST_TOKEN_TIMEOUT_MS: '4000',
    IDLE_TIMEOUT_MS: '1500',
  })
  url = world.url
  for (const [index, [name]] of shapes.entries()) tokens.set(name, await world.member(`member-${index}`))
})

for (const [name, shape, cases] of shapes) {
  test(`${name}: a hundred requests and more, no two of one name`, () => {
    assert.ok(cases.length >= 100, String(cases.length))
    assert.equal(new Set(cases.map((one) => one.name)).size, cases.length)
  })
  runCases(name, shape, cases, () => ({ url, provider, token: tokens.get(name) ?? '' }))
}
