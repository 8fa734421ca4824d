import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type TSchema, Type } from 'typebox'
import { errorsIn } from './errors-in.ts'
import { strict } from './strict.ts'
import { fieldErrors } from './validation.ts'

const Text = Type.Object({ type: Type.Literal('text'), text: Type.String() })
const Image = Type.Object({ type: Type.Literal('image'), url: Type.String({ minLength: 3 }) })
const Message = Type.Union([
  Type.Object({ role: Type.Union([Type.Literal('system'), Type.Literal('developer')]), content: Type.String() }),
  Type.Object({
    role: Type.Literal('user'),
    content: Type.Union([Type.String(), Type.Array(Type.Union([Text, Image]), { minItems: 1 })]),
  }),
  Type.Object({ role: Type.Literal('tool'), id: Type.String(), content: Type.Union([Type.String(), Type.Null()]) }),
])
const Body = Type.Object({
  messages: Type.Array(Message, { minItems: 1 }),
  stop: Type.Optional(Type.Union([Type.Union([Type.String(), Type.Array(Type.String())]), Type.Null()])),
  tools: Type.Optional(Type.Array(Text)),
})

const toldOf = (schema: TSchema, value: unknown) =>
  fieldErrors(errorsIn(strict(schema), value)).map(({ field, rule }) => `${field} ${rule}`)
const user = (content: unknown) => ({ messages: [{ role: 'user', content }] })

const cases: [string, object, string[]][] = [
  [
    'the alternative that a constant names',
    { messages: [{ role: 'tool', content: 'a' }] },
    ['/messages/0/id is required'],
  ],
  [
    'a constant that none has',
    { messages: [{ role: 'robot', content: 5 }] },
    ['/messages/0/role must be "system" or "developer" or "user" or "tool"'],
  ],
  ['a constant that is missing', { messages: [{ content: 'a' }] }, ['/messages/0/role is required']],
  [
    'alternatives within alternatives',
    user([
      { type: 'text', text: 'a' },
      { type: 'image', url: 'a' },
    ]),
    ['/messages/0/content/1/url must not have fewer than 3 characters'],
  ],
  [
    'fields that the alternative does not know',
    user([{ type: 'text', text: 'a', url: 'b' }]),
    ['/messages/0/content/0/url is not a known field'],
  ],
  ['a value of no alternative’s type', user(5), ['/messages/0/content must be string or array']],
  ['alternatives that are no objects', { ...user('a'), stop: 5 }, ['/stop must be string or array or null']],
  ['one of them, by its type', { ...user('a'), stop: ['a', 5] }, ['/stop/1 must be string']],
  [
    'the only alternative, named otherwise',
    { ...user('a'), tools: [{ type: 'custom', x: 1 }] },
    ['/tools/0/type must be "text"'],
  ],
  ['a list itself', { messages: [] }, ['/messages must not have fewer than 1 items']],
]
for (const [what, value, told] of cases) {
  test(`of alternatives only the one that was meant is told: ${what}`, () =>
    assert.deepEqual(toldOf(Body, value), told))
}

test('a body full of errors is told in bounds', () => {
  assert.ok(toldOf(Body, { messages: Array.from({ length: 5000 }, () => ({ role: 'robot' })) }).length <= 20)
})
