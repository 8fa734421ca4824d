import { Client } from '@elastic/elasticsearch'
import { randomName } from './random-name.ts'
import { sharedServer } from './shared-server.ts'
import type { TestScope } from './test-scope.ts'

/** The shared Elasticsearch and a prefix for every index and alias that the test makes there. */
export type TestSearch = { url: string; prefix: string }

/** A prefix of its own on the shared Elasticsearch; indices whose name begins with it, and so their aliases, are removed with the test. */
export async function search(t: TestScope): Promise<TestSearch> {
  const url = await sharedServer('elasticsearch')
  const prefix = randomName('test')
  t.after(() => removeIndices(url, prefix))
  return { url, prefix }
}

async function removeIndices(url: string, prefix: string): Promise<void> {
  const client = new Client({ node: url })
  try {
    // By name: a full cluster refuses to delete by wildcard.
    const found = await client.indices.get({ index: `${prefix}*`, expand_wildcards: 'all', features: ['aliases'] })
    const names = Object.keys(found)
    if (names.length > 0) await client.indices.delete({ index: names })
  } finally {
    await client.close()
  }
}
