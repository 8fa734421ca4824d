import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test, { type TestContext } from 'node:test'
import { withLock } from './lock.mjs'

async function lockPath(t: TestContext): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'tessera-lock-'))
  t.after(() => rm(directory, { recursive: true }))
  return join(directory, 'a/b.lock')
}

test('of many at once one works at a time, and each gets its turn', async (t) => {
  const lock = await lockPath(t)
  let inside = 0
  let most = 0
  const work = async () => {
    inside += 1
    most = Math.max(most, inside)
    await new Promise((resolve) => setImmediate(resolve))
    inside -= 1
  }
  await Promise.all(Array.from({ length: 5 }, () => withLock(lock, work)))
  assert.equal(most, 1)
})

test('a lock is released when the work fails', async (t) => {
  const lock = await lockPath(t)
  await assert.rejects(
    withLock(lock, () => Promise.reject(new Error('broken'))),
    /broken/,
  )
  assert.equal(await withLock(lock, () => Promise.resolve('free')), 'free')
})

test('a lock whose owner died is taken over', async (t) => {
  const lock = await lockPath(t)
  const dead = spawnSync(process.execPath, ['--version']).pid
  await mkdir(lock, { recursive: true })
  await writeFile(join(lock, 'pid'), String(dead))
  assert.equal(await withLock(lock, () => Promise.resolve('taken')), 'taken')
})
