import assert from 'node:assert/strict'
import { rename, rm, stat, symlink, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { maxContentCharacters } from '@tessera/shared/contracts/retrieval'
import { eventually } from '@tessera/testkit/eventually'
import { accessFile, tree } from '../../test/handbook.ts'
import type { Received } from '../../test/receivers.ts'
import { folder, startConnectors, values, write } from '../../test/start-connectors.ts'

async function synced(t: Parameters<typeof startConnectors>[0], files: Record<string, string | Uint8Array> = tree) {
  const connectors = await startConnectors(t)
  await connectors.replica()
  await write(connectors.root, files)
  const dataSourceId = await connectors.aFolderSource()
  const first = await connectors.sync(dataSourceId)
  assert.equal(first.fault, undefined)
  t.after(() => assert.deepEqual(connectors.received.violations, []))
  return { ...connectors, dataSourceId, first }
}

test('a first sync brings groups, rights and content of every page, and its numbers add up', async (t) => {
  const { dataSourceId, first, received, known, factsAt } = await synced(t)
  const { id, startedAt, finishedAt, ...numbers } = first
  assert.ok(id && startedAt && finishedAt)
  assert.deepEqual(numbers, {
    dataSourceId,
    state: 'done',
    total: 5,
    seen: 5,
    written: 5,
    unchanged: 0,
    removed: 0,
    moved: 0,
    skipped: 0,
    attachments: { written: 0, skipped: 0 },
    skippedReasons: [],
  })
  assert.deepEqual(
    [...known().keys()].toSorted(),
    Object.keys(tree)
      .filter((path) => path !== 'access.yaml')
      .toSorted(),
  )
  assert.equal(known().get('page.html')?.mediaType, 'text/html')
  assert.equal(known().get('notes/plain.txt')?.mediaType, 'text/plain')
  assert.deepEqual(received.directories.get(dataSourceId), [
    { nativeId: 'all', kind: 'group', title: 'all', people: ['ana', 'ben'], groups: ['security'] },
    { nativeId: 'security', kind: 'group', title: 'Security', people: ['chloe'], groups: [] },
  ])
  assert.deepEqual(factsAt('secret/plan.md')?.allow, [`group:${dataSourceId}:security`])
  assert.deepEqual(factsAt('secret/open.md')?.deny, [`group:${dataSourceId}:security`])
  assert.equal(factsAt('index.md')?.state, 'ready')
  assert.equal(received.confirmedFresh, 1)
  assert.equal(received.dataSources.get(dataSourceId)?.freshnessMs, 24 * 60 * 60 * 1000)
})

test('a second sync of an unchanged tree sends no document and raises no revision', async (t) => {
  const { sync, dataSourceId, received } = await synced(t)
  const [messages, revision] = [received.messages.length, received.revision]
  const second = await sync(dataSourceId)
  assert.deepEqual([second.unchanged, second.written, second.seen, second.total], [5, 0, 5, 5])
  assert.equal(received.messages.length, messages)
  assert.equal(received.revision, revision)
  assert.equal(received.confirmedFresh, 2)
})

test('a touched page whose content is the same is not sent again; a changed one is, under a new version', async (t) => {
  const { sync, dataSourceId, received, known, root } = await synced(t)
  const before = known().get('index.md')
  const messages = received.messages.length
  await writeFile(join(root, 'page.html'), tree['page.html'])
  assert.equal((await sync(dataSourceId)).unchanged, 5)
  assert.equal(received.messages.length, messages)
  await writeFile(join(root, 'index.md'), '# Welcome\n\nTo nobody.\n')
  const { written, unchanged } = await sync(dataSourceId)
  assert.deepEqual([written, unchanged], [1, 4])
  const after = known().get('index.md')
  assert.equal(after?.documentId, before?.documentId)
  assert.notEqual(after?.contentVersion, before?.contentVersion)
  assert.match(after?.text ?? '', /nobody/)
  assert.equal(received.messages.length, messages + 2)
})

test('a change that keeps size and modification time is still found', async (t) => {
  const { sync, dataSourceId, known, root } = await synced(t)
  const path = join(root, 'notes/plain.txt')
  const { atime, mtime } = await stat(path)
  await writeFile(path, 'Other notes.')
  await utimes(path, atime, mtime)
  assert.equal((await sync(dataSourceId)).written, 1)
  assert.equal(known().get('notes/plain.txt')?.text, 'Other notes.')
})

test('a deleted page ends; when it comes back it is another document', async (t) => {
  const { sync, dataSourceId, received, known, root } = await synced(t)
  const before = known().get('index.md')?.documentId ?? ''
  await rm(join(root, 'index.md'))
  const { removed, total } = await sync(dataSourceId)
  assert.deepEqual([removed, total], [1, 4])
  assert.ok(received.removed.has(before))
  assert.equal(known().has('index.md'), false)
  await write(root, { 'index.md': tree['index.md'] })
  assert.equal((await sync(dataSourceId)).written, 1)
  assert.notEqual(known().get('index.md')?.documentId, before)
})

test('a moved page keeps its id and takes the rights of its new place', async (t) => {
  const { sync, dataSourceId, received, known, factsAt, root } = await synced(t)
  const before = known().get('index.md')
  await rename(join(root, 'index.md'), join(root, 'secret/moved.md'))
  const { moved, written, removed } = await sync(dataSourceId)
  assert.deepEqual([moved, written, removed], [1, 0, 0])
  const after = known().get('secret/moved.md')
  assert.equal(after?.documentId, before?.documentId)
  assert.equal(known().has('index.md'), false)
  assert.deepEqual(factsAt('secret/moved.md')?.allow, [`group:${dataSourceId}:security`])
  assert.equal(factsAt('secret/moved.md')?.state, 'ready')
  assert.equal(received.removed.size, 0)
})

test('a renamed folder moves every page in it, each to itself, even those of equal content', async (t) => {
  const { sync, dataSourceId, known, root } = await synced(t, {
    ...tree,
    'old/a.md': 'the same',
    'old/b.md': 'the same',
    'old/c.md': 'another',
  })
  const ids = new Set(['old/a.md', 'old/b.md', 'old/c.md'].map((path) => known().get(path)?.documentId))
  await rename(join(root, 'old'), join(root, 'new'))
  const { moved, removed } = await sync(dataSourceId)
  assert.deepEqual([moved, removed], [3, 0])
  assert.deepEqual(new Set(['new/a.md', 'new/b.md', 'new/c.md'].map((path) => known().get(path)?.documentId)), ids)
})

test('a copy is a new document, not a move', async (t) => {
  const { sync, dataSourceId, known, root } = await synced(t)
  await write(root, { 'copy.md': tree['index.md'] })
  const { written, moved } = await sync(dataSourceId)
  assert.deepEqual([written, moved], [1, 0])
  assert.notEqual(known().get('copy.md')?.documentId, known().get('index.md')?.documentId)
})

test('a changed rule sends access facts only, for the pages that it changes', async (t) => {
  const { sync, dataSourceId, received, known, factsAt, root } = await synced(t)
  const messages = received.messages.length
  const version = known().get('secret/plan.md')?.contentVersion
  await write(root, {
    'access.yaml': accessFile.replace('path: secret/**\n    allow: [security]', 'path: secret/**\n    allow: []'),
  })
  const { written, unchanged } = await sync(dataSourceId)
  assert.deepEqual([written, unchanged], [1, 4])
  assert.deepEqual(received.messages.slice(messages), [`facts ${known().get('secret/plan.md')?.documentId}`])
  assert.deepEqual(factsAt('secret/plan.md')?.allow, [])
  assert.equal(factsAt('secret/plan.md')?.contentVersion, version)
})

test('a page without a rule is known and allowed to nobody', async (t) => {
  const { factsAt } = await synced(t, { 'access.yaml': 'version: 1\nrules: []\n', 'a.md': 'text' })
  const { allow, deny, state } = factsAt('a.md') ?? {}
  assert.deepEqual({ allow, deny, state }, { allow: [], deny: [], state: 'ready' })
})

test('a group that goes is ended only after the pages that denied it', async (t) => {
  const { sync, dataSourceId, received, root } = await synced(t)
  const changes = received.changes.length
  const plain = 'version: 1\ngroups:\n  all: { members: [ana] }\nrules:\n  - path: "**"\n    allow: [all]\n'
  await write(root, { 'access.yaml': plain })
  await sync(dataSourceId)
  const kinds = received.changes.slice(changes).map((change) => change.split(' ')[0])
  assert.deepEqual(
    kinds.filter((kind, index) => kind !== kinds[index - 1]),
    ['directory', 'facts', 'directory'],
  )
  assert.deepEqual(
    received.directories.get(dataSourceId)?.map(({ nativeId }) => nativeId),
    ['all'],
  )
})

for (const [what, file, line] of [
  ['an unknown group', accessFile.replace('allow: [all]', 'allow: [nobody]'), 11],
  ['a bad pattern', accessFile.replace('secret/**', 'secret/[**'), 12],
  ['bad YAML', 'version: 1\nrules: [\n', 3],
] as const) {
  test(`an access file with ${what} refuses the sync with file and line, and nothing changes`, async (t) => {
    const { sync, dataSourceId, received, root } = await synced(t)
    const before = snapshotOf(received)
    await write(root, { 'access.yaml': file, 'index.md': 'changed', 'new.md': 'new' })
    await rm(join(root, 'page.html'))
    const { state, fault } = await sync(dataSourceId)
    assert.equal(state, 'failed')
    assert.equal(fault?.code, 'connectors.access-file-invalid')
    assert.match(fault.detail, new RegExp(`^access\\.yaml:${line}: `))
    assert.deepEqual(snapshotOf(received), before)
    await write(root, { 'access.yaml': accessFile })
    const repaired = await sync(dataSourceId)
    assert.deepEqual([repaired.written, repaired.removed], [2, 1])
  })
}

test('a missing access file, or a folder that has gone, refuses the sync; no document ends by it', async (t) => {
  const { sync, dataSourceId, received, root, aFolderSource } = await synced(t)
  const changes = received.changes.length
  await rename(join(root, 'access.yaml'), join(root, 'kept.yaml'))
  assert.equal((await sync(dataSourceId)).fault?.code, 'connectors.access-file-invalid')
  await write(root, { 'inner/access.yaml': accessFile, 'inner/a.md': 'text' })
  const inner = await aFolderSource(join(root, 'inner'))
  await sync(inner)
  await rename(join(root, 'inner'), join(root, 'elsewhere'))
  assert.equal((await sync(inner)).fault?.code, 'connectors.source-unreadable')
  assert.deepEqual(
    received.changes.slice(changes).filter((change) => /^(end|remove)/.test(change)),
    [],
  )
})

test('what can not be a document is skipped with its reason and counted; the rest is taken in', async (t) => {
  const outside = await folder(t)
  await write(outside, { 'passwd.md': 'outside' })
  const connectors = await startConnectors(t)
  await connectors.replica()
  const { root, received } = connectors
  received.refuses = ({ text }) => (text?.includes('refuse me') ? 'unreadable-content' : undefined)
  await write(root, {
    ...tree,
    'binary.md': new Uint8Array([35, 32, 0, 255]),
    'latin1.md': Buffer.from('Gr\u00fc\u00dfe', 'latin1'),
    'cut.md': Buffer.from('日').subarray(0, 2),
    'huge.txt': 'x'.repeat(maxContentCharacters + 1),
    'limit.txt': 'x'.repeat(maxContentCharacters),
    'refused.md': 'refuse me',
    'picture.png': 'no page',
    '.hidden/a.md': 'hidden',
  })
  await symlink(join(outside, 'passwd.md'), join(root, 'link.md'))
  await symlink(outside, join(root, 'linked-folder'))
  await symlink(join(root, 'index.md'), join(root, 'inside.md'))
  const dataSourceId = await connectors.aFolderSource()
  const first = await connectors.sync(dataSourceId)
  const reasons = Object.fromEntries(first.skippedReasons.map(({ externalId, reason }) => [externalId, reason]))
  assert.deepEqual(reasons, {
    'binary.md': 'binary',
    'refused.md': 'unreadable-content',
    'link.md': 'symlink-out-of-tree',
    'linked-folder': 'symlink-out-of-tree',
    'inside.md': 'symlink',
    'picture.png': 'unsupported-type',
    '.hidden': 'hidden',
  })
  assert.deepEqual([first.state, first.skipped, first.written], ['done', 7, 9])
  assert.equal(first.total, first.seen)
  // What does not go in one message, or says its text in another encoding, is read as a file.
  for (const name of ['latin1.md', 'cut.md', 'huge.txt']) assert.equal(connectors.known().get(name)?.text, undefined)
  assert.equal(received.files.get('latin1.md')?.toString('latin1'), 'Gr\u00fc\u00dfe')
  assert.equal(received.files.get('huge.txt')?.length, maxContentCharacters + 1)
  assert.ok([...connectors.known().values()].every(({ text }) => !text?.includes('outside')))

  const messages = received.messages.length
  const second = await connectors.sync(dataSourceId)
  assert.deepEqual([second.skipped, second.unchanged, second.written], [7, 9, 0])
  assert.equal(received.messages.length, messages, 'what was refused is not sent again')
})

test('a page that turns into something unusable ends', async (t) => {
  const { sync, dataSourceId, received, known, root } = await synced(t)
  const id = known().get('index.md')?.documentId ?? ''
  await writeFile(join(root, 'index.md'), new Uint8Array([0, 1, 2]))
  const { removed, skipped } = await sync(dataSourceId)
  assert.deepEqual([removed, skipped], [1, 1])
  assert.ok(received.removed.has(id))
})

test('starting a sync that runs tells the running one; a list has the newest first', async (t) => {
  const { client, admin, dataSourceId, first, sync } = await synced(t)
  const second = await sync(dataSourceId)
  const listed = values(await client.listSyncs({ dataSourceId, limit: 1 }, admin()))
  assert.deepEqual(
    listed.items.map(({ id }) => id),
    [second.id],
  )
  const rest = values(await client.listSyncs({ dataSourceId, cursor: listed.nextCursor ?? '' }, admin()))
  assert.deepEqual(
    rest.items.map(({ id }) => id),
    [first.id],
  )
})

test('a data source that was synced once is synced again by itself', async (t) => {
  const connectors = await startConnectors(t, { syncIntervalMs: 30 })
  await connectors.replica()
  await write(connectors.root, tree)
  const dataSourceId = await connectors.aFolderSource()
  await connectors.sync(dataSourceId)
  await write(connectors.root, { 'later.md': 'later' })
  await eventually(() => connectors.known().has('later.md'))
})

const snapshotOf = ({
  refuses: _texts,
  finds: _found,
  refusesFacts: _facts,
  changesOnce: _changes,
  ...received
}: Received) => structuredClone(received)

test('labels and marks of a rule go with what it decides about, and other marks send its pages again under a new version', async (t) => {
  const { sync, dataSourceId, received, known, factsAt, root } = await synced(t)
  const old = known().get('secret/plan.md')
  const others = [...known()].filter(([path]) => path !== 'secret/plan.md')
  const rule =
    '  - path: secret/plan.md\n    allow: [security]\n    labels: [board]\n    marks: [{ label: pay, quote: plan }]\n'
  await write(root, { 'access.yaml': `${accessFile}${rule}` })
  await sync(dataSourceId)
  const marked = known().get('secret/plan.md')
  assert.notEqual(marked?.contentVersion, old?.contentVersion)
  assert.equal(marked?.documentId, old?.documentId)
  assert.deepEqual(marked?.marks, [{ label: 'pay', quote: 'plan' }])
  assert.deepEqual(factsAt('secret/plan.md')?.labels, ['board'])
  assert.deepEqual(
    [...known()].filter(([path]) => path !== 'secret/plan.md'),
    others,
  )
  const messages = received.messages.length
  const again = await sync(dataSourceId)
  assert.deepEqual([again.unchanged, received.messages.length], [5, messages])
  await write(root, { 'access.yaml': `${accessFile}${rule.replace('quote: plan', 'quote: page')}` })
  await sync(dataSourceId)
  assert.notEqual(known().get('secret/plan.md')?.contentVersion, marked?.contentVersion)
})
