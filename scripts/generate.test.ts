import { faultCatalogues, generatedFiles } from './generate.ts'
import { glob, readFile } from 'node:fs/promises'
import assert from 'node:assert/strict'
import test from 'node:test'

const root = new URL('..', import.meta.url)

for (const { path, content } of generatedFiles)
  test(`${path} is what \`node scripts/generate.ts\` writes`, async () => {
    const fresh = (await readFile(new URL(path, root), 'utf8')) === (await content())
    assert.ok(fresh, `${path} is stale: run \`node scripts/generate.ts\` and read the diff`)
  })

test('every catalogue of faults in the sources is in docs/faults.md', async () => {
  const listed = new Set<string>(faultCatalogues.map(({ service }) => service))
  const missing: string[] = []
  const sources = glob('{packages,services,apps}/*/src/**/*.ts', { cwd: root, exclude: ['**/*.test.ts'] })
  for await (const path of sources)
    for (const [, service = ''] of (await readFile(new URL(path, root), 'utf8')).matchAll(/= defineFaults\('([^']+)'/g))
      if (!listed.has(service)) missing.push(`${path}: ${service}`)
  assert.deepEqual(missing, [])
})
