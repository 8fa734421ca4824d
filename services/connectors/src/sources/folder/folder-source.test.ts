import assert from 'node:assert/strict'
import { chmod, mkdir, rename, rm, symlink, writeFile } from 'node:fs/promises'
import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { test } from 'node:test'
import { accessFile, tree } from '../../../test/handbook.ts'
import { folder, values, write } from '../../../test/start-connectors.ts'
import type { Listing } from '../source.ts'
import { isFreshlyChanged } from './fingerprint.ts'
import { folderSource } from './folder-source.ts'

const listed = async (root: string) => values(await folderSource(root, [root], 1024 * 1024).list())
const reasons = ({ skipped }: Listing) =>
  Object.fromEntries(skipped.map(({ externalId, reason }) => [externalId, reason]))
const at = (listing: Listing, externalId: string) => {
  const document = listing.documents.find((one) => one.externalId === externalId)
  assert.ok(document, externalId)
  return document
}

/** Runs `work` as a user who may not read everything: root reads what it likes. */
async function asNobody<T>(work: () => Promise<T>): Promise<T> {
  const { geteuid, seteuid } = process
  assert.ok(geteuid && seteuid)
  if (geteuid() !== 0) return work()
  seteuid(65_534)
  try {
    return await work()
  } finally {
    seteuid(0)
  }
}

test('documents come in path order, with the access file left out', async (t) => {
  const root = await folder(t)
  await write(root, {
    ...tree,
    'a/z.md': 'z',
    'a.md': 'a',
    'a-b.MARKDOWN': 'b',
    'Z.htm': 'z',
    'secret/access.yaml': 'no access file here',
  })
  const listing = await listed(root)
  const places = listing.documents.map(({ externalId }) => externalId)
  assert.deepEqual(places, places.toSorted())
  assert.deepEqual(
    new Set(places),
    new Set([
      'Z.htm',
      'a-b.MARKDOWN',
      'a.md',
      'a/z.md',
      'index.md',
      'notes/plain.txt',
      'page.html',
      'secret/open.md',
      'secret/plan.md',
    ]),
  )
  assert.deepEqual(reasons(listing), { 'secret/access.yaml': 'unsupported-type' })
})

test('a listing has the same hash until a document or a rule changes', async (t) => {
  const root = await folder(t)
  await write(root, tree)
  const { hash } = await listed(root)
  assert.equal((await listed(root)).hash, hash)
  await write(root, { 'access.yaml': `${accessFile}\n` })
  const second = (await listed(root)).hash
  assert.notEqual(second, hash)
  await write(root, { 'index.md': '# Welcome\n\nTo few.\n' })
  assert.notEqual((await listed(root)).hash, second)
})

test('an unreadable page and folder are told; nobody can say whether what is in the folder has gone', async (t) => {
  const root = await folder(t)
  await write(root, { ...tree, 'closed/a.md': 'a', 'shut.md': 'shut' })
  await chmod(root, 0o755)
  await chmod(join(root, 'closed'), 0o000)
  await chmod(join(root, 'shut.md'), 0o000)
  const [listing, read] = await asNobody(async () => {
    const listing = await listed(root)
    return [listing, await listing.read(at(listing, 'shut.md'))] as const
  })
  assert.deepEqual(reasons(listing), { closed: 'unreadable' })
  assert.deepEqual(read, { kind: 'unreadable', reason: 'unreadable' })
  assert.deepEqual([listing.unknown('closed/a.md'), listing.unknown('index.md')], [true, false])
})

test('a page that is exchanged for a symlink, or whose folder is, after the listing is not read', async (t) => {
  const root = await folder(t)
  const outside = await folder(t)
  await write(outside, { 'plan.md': 'outside' })
  await write(root, tree)
  const listing = await listed(root)
  await rm(join(root, 'index.md'))
  await symlink(join(outside, 'plan.md'), join(root, 'index.md'))
  await rename(join(root, 'secret'), join(root, 'was-secret'))
  await symlink(outside, join(root, 'secret'))
  assert.deepEqual(await listing.read(at(listing, 'index.md')), { kind: 'unusable', reason: 'symlink' })
  assert.deepEqual(await listing.read(at(listing, 'secret/plan.md')), {
    kind: 'unusable',
    reason: 'symlink-out-of-tree',
  })
  assert.deepEqual(await listing.read(at(listing, 'secret/open.md')), { kind: 'gone' })
})

test('a pipe with the name of a page is skipped and holds nobody up', async (t) => {
  const root = await folder(t)
  await write(root, tree)
  execFileSync('mkfifo', [join(root, 'pipe.md')])
  assert.deepEqual(reasons(await listed(root)), { 'pipe.md': 'not-a-file' })
  const listing = await listed(root)
  await rm(join(root, 'index.md'))
  execFileSync('mkfifo', [join(root, 'index.md')])
  assert.deepEqual(await listing.read(at(listing, 'index.md')), { kind: 'unusable', reason: 'not-a-file' })
})

test('a name that is no valid text is skipped', async (t) => {
  const root = await folder(t)
  await write(root, tree)
  await writeFile(Buffer.concat([Buffer.from(`${root}/`), Buffer.from([0xff, 0xfe]), Buffer.from('.md')]), 'text')
  assert.deepEqual(Object.values(reasons(await listed(root))), ['invalid-name'])
})

test('a byte order mark is no part of the text', async (t) => {
  const root = await folder(t)
  await write(root, { ...tree, 'bom.md': '\uFEFF# Title' })
  const listing = await listed(root)
  const read = await listing.read(at(listing, 'bom.md'))
  assert.equal(read.kind === 'text' && read.text, '# Title')
})

test('an access file that is a symlink, a folder or no text is refused', async (t) => {
  const root = await folder(t)
  await write(root, { 'elsewhere.yaml': accessFile })
  const code = async () => {
    const listing = await folderSource(root, [root], 1024 * 1024).list()
    return listing.ok ? undefined : [listing.fault.code, listing.fault.meta?.['line']]
  }
  const path = join(root, 'access.yaml')
  await symlink(join(root, 'elsewhere.yaml'), path)
  assert.deepEqual(await code(), ['connectors.access-file-invalid', 1])
  await rm(path)
  await mkdir(path)
  assert.deepEqual(await code(), ['connectors.access-file-invalid', 1])
  await rm(path, { recursive: true })
  await writeFile(path, new Uint8Array([0xff, 0xfe, 0x41]))
  assert.deepEqual(await code(), ['connectors.access-file-invalid', 1])
})

test('a fingerprint is trusted only when the change lies two seconds back', () => {
  const times = (mtimeMs: number, ctimeMs: number) => ({ mtimeMs: BigInt(mtimeMs), ctimeMs: BigInt(ctimeMs) })
  assert.equal(isFreshlyChanged(times(1000, 1000), 2500), true)
  assert.equal(isFreshlyChanged(times(1000, 1000), 3001), false)
  assert.equal(isFreshlyChanged(times(0, 2900), 3001), true, 'a modification time can be set back')
})
