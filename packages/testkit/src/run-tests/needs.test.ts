import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'node:test'
import { needsOf } from './needs.ts'

test('a test needs what it imports from the testkit, and what the files beside it import', async (t) => {
  const directory = await mkdtemp(join(tmpdir(), 'tessera-needs-'))
  t.after(() => rm(directory, { recursive: true }))
  const write = (name: string, text: string) => writeFile(join(directory, name), text)
  await write('a.test.ts', `import { search } from '@tessera/testkit/search'\nimport { helper } from './helper.ts'\n`)
  await write('helper.ts', `import {\n  database,\n} from '@tessera/testkit/database'\nexport * from './a.test.ts'\n`)
  await write('b.test.ts', `import { eventually } from '@tessera/testkit/eventually'\n`)
  await write('c.test.ts', `import { cluster } from '@tessera/testkit/cluster'\n`)
  const needs = async (name: string) => [...(await needsOf(join(directory, name)))].toSorted()
  assert.deepEqual(await needs('a.test.ts'), ['elasticsearch', 'postgres'])
  assert.deepEqual(await needs('b.test.ts'), [])
  assert.deepEqual(await needs('c.test.ts'), ['elasticsearch', 'nats', 'postgres'])
})

test("the testkit's own tests need what they test", async () => {
  const needs = await needsOf(join(import.meta.dirname, '../own-nats.test.ts'))
  assert.deepEqual([...needs], ['own nats'])
})
