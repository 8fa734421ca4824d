// A lock that any process of any Node version can take, before anything is installed: scripts/ imports this file, too.
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { setTimeout } from 'node:timers/promises'

const POLL_MS = 200
/** Between `mkdir` and the owner's note there is a moment without a note; an unowned lock older than this was left by a crash. */
const UNOWNED_POLLS = 25

/** @param {number} pid */
export function isAlive(pid) {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM'
  }
}

/** @param {string} directory */
async function owner(directory) {
  const text = await readFile(join(directory, 'pid'), 'utf8').catch(() => '')
  return text === '' ? undefined : Number(text)
}

/** @param {string} directory */
async function take(directory) {
  try {
    await mkdir(directory)
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false
    throw error
  }
  await writeFile(join(directory, 'pid'), String(process.pid))
  return true
}

/** A lock whose owner died is moved aside in one step, so that of two who notice only one clears it. */
async function clearStale(/** @type {string} */ directory) {
  const aside = `${directory}.${process.pid}.stale`
  const moved = await rename(directory, aside).then(
    () => true,
    () => false,
  )
  if (moved) await rm(aside, { recursive: true, force: true })
}

/**
 * Runs `work` while holding the lock `directory`; waits for as long as its owner lives.
 * @template T
 * @param {string} directory
 * @param {() => Promise<T>} work
 * @param {(pid: number | undefined) => void} [waiting] called once if somebody else holds it
 * @returns {Promise<T>}
 */
export async function withLock(directory, work, waiting) {
  await mkdir(dirname(directory), { recursive: true })
  let unowned = 0
  let told = false
  while (!(await take(directory))) {
    const pid = await owner(directory)
    unowned = pid === undefined ? unowned + 1 : 0
    if (unowned > UNOWNED_POLLS || (pid !== undefined && !isAlive(pid))) {
      await clearStale(directory)
      continue
    }
    if (!told) waiting?.(pid)
    told = true
    await setTimeout(POLL_MS)
  }
  try {
    return await work()
  } finally {
    await rm(directory, { recursive: true, force: true })
  }
}
