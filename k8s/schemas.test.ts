import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { run } from '@tessera/testkit/stack/run'
import { kubernetesObjects, makeSecrets } from '../scripts/make-secrets.ts'
import { buildText, overlays } from './manifests.ts'
import { kubeconform, schemaLocation } from './tools.ts'

const [program, schemas, directory] = await Promise.all([
  kubeconform(),
  schemaLocation(),
  mkdtemp(join(tmpdir(), 'tessera-k8s-')),
])
test.after(() => rm(directory, { recursive: true }))

/** How many objects fit their kind's schema; rejects, with what does not in its stdout, when one does not. */
async function countValid(name: string, texts: readonly string[]): Promise<number> {
  const file = join(directory, name)
  await writeFile(file, texts.join('\n---\n'))
  const args = ['-strict', '-summary', '-output', 'json', '-schema-location', schemas, file]
  const { summary } = JSON.parse(await run(program, args)) as { summary: { valid: number } }
  return summary.valid
}

const documentsOf = (text: string) => text.split(/^---$/m)

test('every object of the overlays, and every secret that is made, fits the schema of its kind', async () => {
  const built = (await Promise.all(overlays.map(buildText))).flatMap(documentsOf)
  const secrets = kubernetesObjects(makeSecrets()).map((object) => JSON.stringify(object))
  assert.ok(built.length > 80)
  assert.equal(await countValid('all.yaml', [...built, ...secrets]), built.length + secrets.length)
})

test('a misspelled field and a wrong type are refused', async () => {
  const documents = documentsOf(await buildText('prod'))
  const gateway = documents.find((text) => text.includes('kind: Deployment') && text.includes('name: gateway')) ?? ''
  assert.equal(await countValid('gateway.yaml', [gateway]), 1)
  const misspelled = gateway.replace('terminationGracePeriodSeconds', 'terminationGracePeriodSecond')
  await assert.rejects(countValid('misspelled.yaml', [misspelled]), { stdout: /terminationGracePeriodSecond/ })
  const wrongType = gateway.replace('maxSurge: 1', 'maxSurge: [1]')
  await assert.rejects(countValid('wrong-type.yaml', [wrongType]), { stdout: /maxSurge/ })
})
