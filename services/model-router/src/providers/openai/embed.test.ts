import { LLMock } from '@copilotkit/aimock'
import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import { fakeProvider } from '../../../test/fake-provider.ts'
import { type Adapter, adapterAt, adapters } from '../../../test/providers.ts'

const embedding = adapters.filter(({ protocol }) => protocol === 'openai')
const signal = new AbortController().signal
const texts = ['one', 'two']
const base64 = (...numbers: number[]) => Buffer.from(Float32Array.from(numbers).buffer).toString('base64')

async function embedAgainst(t: TestContext, adapter: Adapter, answer: unknown, status = 200) {
  const server = await fakeProvider(
    t,
    (response) => void response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(answer)),
  )
  const provider = await adapterAt(adapter, server.url)
  assert.ok(provider.embed)
  return { embedded: await provider.embed({ model: 'e-1', texts }, { signal }), server }
}

for (const adapter of embedding) {
  test(`${adapter.name}: vectors come in the order of the texts, in either encoding`, async (t) => {
    const usage = { prompt_tokens: 2 }
    const answers = [
      {
        data: [
          { index: 1, embedding: base64(0.5, -2) },
          { index: 0, embedding: base64(1, 0.25) },
        ],
        usage,
      },
      {
        data: [
          { index: 0, embedding: [1, 0.25] },
          { index: 1, embedding: [0.5, -2] },
        ],
        usage,
      },
      { data: [{ embedding: [1, 0.25] }, { embedding: base64(0.5, -2) }], usage },
    ]
    for (const answer of answers) {
      const { embedded, server } = await embedAgainst(t, adapter, answer)
      assert.ok(embedded.ok)
      assert.deepEqual(embedded.value.vectors, [
        [1, 0.25],
        [0.5, -2],
      ])
      assert.deepEqual(embedded.value.usage, { inputTokens: 2, outputTokens: 0, estimated: false })
      const encoding = adapter.name === 'mistral' ? 'float' : 'base64'
      assert.deepEqual(server.requests[0]?.body, { model: 'e-1', input: texts, encoding_format: encoding })
    }
  })

  test(`${adapter.name}: an answer that is not one vector for each text is garbage`, async (t) => {
    const one = { index: 0, embedding: [1, 2] }
    const answers: [string, unknown][] = [
      ['too few', { data: [one] }],
      ['too many', { data: [one, { index: 1, embedding: [3, 4] }, { index: 2, embedding: [3, 4] }] }],
      ['the same one twice', { data: [one, one] }],
      ['of different lengths', { data: [one, { index: 1, embedding: [1, 2, 3] }] }],
      [
        'empty',
        {
          data: [
            { index: 0, embedding: [] },
            { index: 1, embedding: [] },
          ],
        },
      ],
      [
        'half a float',
        {
          data: [
            { index: 0, embedding: 'AAAAAA==' },
            { index: 1, embedding: 'AAAAAAA=' },
          ],
        },
      ],
      [
        'not a number',
        {
          data: [
            { index: 0, embedding: base64(Number.NaN) },
            { index: 1, embedding: base64(1) },
          ],
        },
      ],
      ['no list', { object: 'list' }],
      ['no object', 'vectors'],
    ]
    for (const [what, answer] of answers) {
      const { embedded } = await embedAgainst(t, adapter, answer)
      assert.equal(embedded.ok ? 'ok' : embedded.fault.code, 'models.provider-garbage', what)
    }
  })

  test(`${adapter.name}: refusals and outages are faults that name it`, async (t) => {
    for (const [status, code] of [
      [401, 'models.provider-refused'],
      [429, 'models.provider-rate-limited'],
      [500, 'models.provider-failed'],
    ] as const) {
      const { embedded, server } = await embedAgainst(t, adapter, { error: { message: 'secret' } }, status)
      assert.equal(embedded.ok ? 'ok' : embedded.fault.code, code)
      assert.equal(server.requests.length, 1)
    }
  })
}

test('the emulated embeddings of OpenAI are read', async (t) => {
  const mock = await LLMock.create({ port: 0 })
  t.after(() => mock.stop())
  mock.onEmbedding('one', { embedding: [0.1, 0.2, 0.3] })
  const [openai] = adapters
  const embedded = await (
    await adapterAt(openai, mock.url)
  ).embed?.({ model: 'text-embedding-3-small', texts: ['one'] }, { signal })
  assert.ok(embedded?.ok)
  assert.deepEqual(
    embedded.value.vectors[0]?.map((value) => Math.round(value * 10)),
    [1, 2, 3],
  )
})
