import assert from 'node:assert/strict'
import { test } from 'node:test'
import { LLMock } from '@copilotkit/aimock'
import type { HowSearched } from '@tessera/shared/contracts/retrieval/search'
import { createPerson, createPushSource, putDocument } from '@tessera/testkit/builders'
import type { Static } from 'typebox'
import { ApiError } from '../src/api.ts'
import { putFile } from './scenarios.ts'
import { standaloneWorld } from './world.ts'

test('in one process, too, settings of services are read from the environment', async (t) => {
  const provider = new LLMock({ port: 0, logLevel: 'silent' })
  await provider.start()
  t.after(() => provider.stop())
  const world = await standaloneWorld(t, {
    OPENAI_COMPATIBLE_URL: `${provider.url}/v1`,
    EMBEDDING_MODEL: 'openai-compatible/embedder',
    MAX_FILE_MB: '1',
  })
  const source = await createPushSource(world, 'Handbook')
  const admin = (await world.admin.get<{ name: string }>('/v1/me')).name
  const allow = [admin, await createPerson(world, 'ana')]
  await putDocument(world, source, 'leave.md', '# Leave\n\nOnce in a year.', { allow })
  const { how } = await world.admin.send<{ how: Static<typeof HowSearched> }>('POST', '/v1/search', {
    query: 'leave',
    why: true,
  })
  assert.equal(how.embeddingModel, 'openai-compatible/embedder')
  const large = new File([Buffer.alloc(1024 * 1024 + 1, 'x')], 'large.txt')
  await assert.rejects(
    putFile(world, `/v1/data-sources/${source.id}/documents/large.txt`, { access: { allow } }, large),
    (error) => error instanceof ApiError && error.status === 413,
  )
})

test('a setting that cannot be is refused at the start, by its name', async (t) => {
  await assert.rejects(standaloneWorld(t, { READING_PROCESSES: 'many' }), /READING_PROCESSES .*"many"/)
})
