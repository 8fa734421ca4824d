import assert from 'node:assert/strict'
import { rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { eventually } from '@tessera/testkit/eventually'
import type { TestScope } from '@tessera/testkit/test-scope'
import { sql } from 'kysely'
import { accessFile, tree } from '../../test/handbook.ts'
import { startConnectors, values, write } from '../../test/start-connectors.ts'
import { syncBoundaries, type SyncBoundary } from './sync-context.ts'

/** What readers would find, without the ids that differ from one data source to the next. */
function stateOf(
  { received, known }: Pick<Awaited<ReturnType<typeof startConnectors>>, 'received' | 'known'>,
  dataSourceId: string,
) {
  const documents = [...known()].map(([externalId, { documentId, contentVersion, text }]) => {
    const facts = received.facts.get(documentId)
    assert.equal(facts?.contentVersion, contentVersion, externalId)
    const names = (list: string[] = []) => list.map((name) => name.replace(dataSourceId, 'src'))
    return { externalId, text, allow: names(facts?.allow), deny: names(facts?.deny), state: facts?.state }
  })
  return {
    documents: documents.toSorted((a, b) => (a.externalId < b.externalId ? -1 : 1)),
    facts: received.facts.size,
    removed: received.removed.size,
    groups: received.directories.get(dataSourceId)?.map(({ nativeId }) => nativeId),
  }
}

const attachments = [
  { part: '1/a.txt', mediaType: 'text/plain' as const },
  { part: '2/b.txt', mediaType: 'text/plain' as const },
]

/** Changes of every kind at once: a rule, a group that goes, new, changed, moved and deleted pages. */
async function changeEverything(root: string): Promise<void> {
  const rules = accessFile.replace('    deny: [security]\n', '').replaceAll('security', 'guards')
  await write(root, {
    'access.yaml': rules,
    'index.md': 'changed',
    'new/a.md': 'new',
    'new/b.md': 'newer',
    'secret/mail.eml': 'another mail',
  })
  await rename(join(root, 'page.html'), join(root, 'secret/page.html'))
  await rm(join(root, 'notes/plain.txt'))
}

async function afterBoth(t: TestScope, boundary?: SyncBoundary) {
  const connectors = await startConnectors(t, { batchDocuments: 2, leaseMs: 400 })
  const first = await connectors.replica()
  connectors.received.finds = ({ externalId }) => (externalId.endsWith('.eml') ? attachments : [])
  await write(connectors.root, { ...tree, 'secret/mail.eml': 'a mail' })
  const dataSourceId = await connectors.aFolderSource()
  await connectors.sync(dataSourceId)
  await changeEverything(connectors.root)
  await first.close()

  const reached = Promise.withResolvers<void>()
  const doomed = await connectors.replica(async (name) => {
    if (name !== boundary) return
    reached.resolve()
    await new Promise(() => undefined)
  })
  const { id } = values(await connectors.client.startSync({ dataSourceId }, connectors.admin()))
  if (boundary) {
    await reached.promise
    await doomed.kill()
    await connectors.replica()
  }
  const {
    state,
    startedAt,
    finishedAt,
    id: _id,
    dataSourceId: _source,
    ...numbers
  } = await connectors.ended(dataSourceId, id)
  assert.ok(startedAt && finishedAt)
  assert.equal(state, 'done')
  assert.deepEqual(connectors.received.violations, [])
  return { numbers, state: stateOf(connectors, dataSourceId) }
}

describe('a sync whose worker is killed is taken over and ends as if nothing had happened', { concurrency: 4 }, () => {
  let undisturbed: ReturnType<typeof afterBoth> | undefined
  const cleanUps: (() => void | Promise<void>)[] = []
  before(() => {
    undisturbed = afterBoth({ after: (cleanUp) => void cleanUps.push(cleanUp) })
  })
  after(async () => {
    for (const cleanUp of cleanUps) await cleanUp()
  })
  for (const boundary of syncBoundaries) {
    test(`killed at "${boundary}"`, async (t) => {
      const taken = await afterBoth(t, boundary)
      const { state, numbers } = (await undisturbed) ?? {}
      assert.deepEqual(taken.state, state)
      assert.deepEqual(taken.numbers, numbers)
    })
  }
})

test('a sync killed in a later batch goes on from its checkpoint: what was acknowledged is not sent again', async (t) => {
  const connectors = await startConnectors(t, { batchDocuments: 1, leaseMs: 400 })
  const pages = Object.fromEntries(Array.from({ length: 6 }, (_, index) => [`page-${index}.md`, `text ${index}`]))
  await write(connectors.root, { 'access.yaml': accessFile, ...pages })
  const reached = Promise.withResolvers<void>()
  let batches = 0
  const doomed = await connectors.replica(async (name) => {
    if (name !== 'batch-content-sent' || ++batches < 4) return
    reached.resolve()
    await new Promise(() => undefined)
  })
  const dataSourceId = await connectors.aFolderSource()
  const { id } = values(await connectors.client.startSync({ dataSourceId }, connectors.admin()))
  await reached.promise
  await doomed.kill()
  const halfway = connectors.received.messages.length
  await connectors.replica()
  const { written, seen } = await connectors.ended(dataSourceId, id)
  assert.deepEqual([written, seen], [6, 6])
  // The fourth page, which nobody acknowledged, and the two after it: facts and content each.
  assert.equal(connectors.received.messages.length - halfway, 6)
  assert.deepEqual(connectors.received.violations, [])
})

test('a replica that is told to stop gives its sync back at once, and another one ends it', async (t) => {
  const connectors = await startConnectors(t, { batchDocuments: 1, leaseMs: 600_000 })
  await write(connectors.root, tree)
  const reached = Promise.withResolvers<void>()
  const goOn = Promise.withResolvers<void>()
  const leaving = await connectors.replica(async (name) => {
    if (name !== 'batch-acknowledged') return
    reached.resolve()
    await goOn.promise
  })
  const dataSourceId = await connectors.aFolderSource()
  const { id } = values(await connectors.client.startSync({ dataSourceId }, connectors.admin()))
  await reached.promise
  const left = leaving.close()
  goOn.resolve()
  await left
  await connectors.replica()
  const { state, written } = await connectors.ended(dataSourceId, id)
  assert.deepEqual([state, written], ['done', 5])
})

test('two replicas never run one data source at once', async (t) => {
  const connectors = await startConnectors(t, { batchDocuments: 1 })
  await write(connectors.root, tree)
  let running = 0
  let most = 0
  const count = async (name: SyncBoundary) => {
    if (name === 'listed') most = Math.max(most, ++running)
    if (name === 'removal-planned') running -= 1
  }
  await connectors.replica(count)
  await connectors.replica(count)
  const dataSourceId = await connectors.aFolderSource()
  const started = await Promise.all(
    Array.from({ length: 6 }, () => connectors.client.startSync({ dataSourceId }, connectors.admin())),
  )
  for (const { id } of started.map(values)) await connectors.ended(dataSourceId, id)
  assert.equal(most, 1)
  assert.deepEqual(connectors.received.violations, [])
})

test('a worker whose sync was taken over while it was held up writes nothing more', async (t) => {
  const connectors = await startConnectors(t, { batchDocuments: 1 })
  await write(connectors.root, tree)
  let batches = 0
  const { db } = await connectors.replica(async (name) => {
    if (name !== 'batch-content-sent' || ++batches !== 2) return
    await db
      .updateTable('syncs')
      .set({ lease_token: 'another', lease_until: sql<Date>`now() + interval '1 hour'` })
      .execute()
  })
  const dataSourceId = await connectors.aFolderSource()
  const { id } = values(await connectors.client.startSync({ dataSourceId }, connectors.admin()))
  const row = () => db.selectFrom('syncs').selectAll().where('id', '=', id).executeTakeFirstOrThrow()
  await eventually(async () => (await row()).lease_token === 'another')
  await connectors.client.startSync({ dataSourceId }, connectors.admin())
  const { written, state } = await row()
  assert.deepEqual([written, state], [1, 'running'])
  await db
    .updateTable('syncs')
    .set({ lease_until: sql<Date>`now()` })
    .execute()
  const ended = await connectors.ended(dataSourceId, id)
  assert.deepEqual([ended.state, ended.written], ['done', 5])
  assert.deepEqual(connectors.received.violations, [])
})
