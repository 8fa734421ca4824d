import { chmod, mkdir, mkdtemp, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { runningDirectory } from './stack/server.ts'

/** A directory for a server of one test's own, which the servers' user can enter; the caller removes it. */
export async function ownDirectory(name: string): Promise<{ directory: string; remove: () => Promise<void> }> {
  const parent = join(runningDirectory(), 'own')
  await mkdir(parent, { recursive: true })
  const directory = await mkdtemp(join(parent, `${name}-`))
  await chmod(directory, 0o755)
  return { directory, remove: () => rm(directory, { recursive: true, force: true, maxRetries: 5 }) }
}
