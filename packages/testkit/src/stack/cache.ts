import { accessSync, constants, mkdirSync } from 'node:fs'
import { access, mkdir, rename, rm } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { withLock } from './lock.mjs'

/**
 * Where fetched and built servers live, outside the work tree: `$XDG_CACHE_HOME/tessera`, else `~/.cache/tessera`. Root runs the servers as another
 * user, who cannot enter root's home, so root without `XDG_CACHE_HOME` uses the system's own cache directory.
 */
export function cacheDirectory(): string {
  const configured = process.env['XDG_CACHE_HOME']
  const parent =
    configured || (process.getuid?.() === 0 && canWrite('/var/cache') ? '/var/cache' : join(homedir(), '.cache'))
  const directory = join(parent, 'tessera')
  mkdirSync(directory, { recursive: true })
  return directory
}

function canWrite(directory: string): boolean {
  try {
    accessSync(directory, constants.W_OK)
    return true
  } catch {
    return false
  }
}

export async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  )
}

/**
 * The directory `name` in the cache, filled by `make` the first time. `make` works in a directory beside it which is renamed when complete, so that
 * an interrupted download is never taken for a finished one.
 */
export async function cached(name: string, make: (into: string) => Promise<void>): Promise<string> {
  const directory = join(cacheDirectory(), name)
  if (await exists(directory)) return directory
  return withLock(`${directory}.lock`, () => fill(directory, make))
}

async function fill(directory: string, make: (into: string) => Promise<void>): Promise<string> {
  if (await exists(directory)) return directory
  const unfinished = `${directory}.unfinished`
  await rm(unfinished, { recursive: true, force: true })
  await mkdir(unfinished, { recursive: true })
  await make(unfinished)
  await rename(unfinished, directory)
  return directory
}
