import assert from 'node:assert/strict'
import test from 'node:test'
import { Client } from '@elastic/elasticsearch'
import { search } from './search.ts'

test('indices and aliases are removed with the test whose prefix their name begins with', async (t) => {
  const { url, prefix } = await search(t)
  const client = new Client({ node: url })
  t.after(() => client.close())
  await client.indices.create({ index: `${prefix}-kept` })
  let removed = ''
  await t.test('inner', async (inner) => {
    const own = await search(inner)
    removed = own.prefix
    await client.indices.create({ index: `${own.prefix}-v1`, aliases: { [`${own.prefix}-write`]: {} } })
  })
  assert.equal(await client.indices.exists({ index: `${prefix}-kept` }), true)
  assert.equal(await client.indices.exists({ index: `${removed}-v1` }), false)
  assert.equal(await client.indices.existsAlias({ name: `${removed}-write` }), false)
})

test('the analyzers of the full distribution are there under their own names', async (t) => {
  const { url, prefix } = await search(t)
  const client = new Client({ node: url })
  t.after(() => client.close())
  await client.indices.create({
    index: prefix,
    settings: {
      analysis: {
        filter: { possessive: { type: 'stemmer', language: 'possessive_english' } },
        analyzer: {
          folded: {
            type: 'custom',
            tokenizer: 'standard',
            filter: ['lowercase', 'possessive', 'asciifolding', 'porter_stem'],
          },
        },
      },
    },
  })
  const tokens = async (analyzer: string, text: string) =>
    (await client.indices.analyze({ index: prefix, analyzer, text })).tokens?.map(({ token }) => token)
  assert.deepEqual(await tokens('english', 'The running dogs'), ['run', 'dog'])
  assert.deepEqual(await tokens('folded', "The Café's policies"), ['the', 'cafe', 'polici'])
})

test('a stemmer of a language that is not served refuses the index', async (t) => {
  const { url, prefix } = await search(t)
  const client = new Client({ node: url })
  t.after(() => client.close())
  const filter = { wrong: { type: 'stemmer', language: 'klingon' } } as const
  await assert.rejects(client.indices.create({ index: prefix, settings: { analysis: { filter } } }), /Stemmer/)
})
