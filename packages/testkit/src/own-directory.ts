import { chmod, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { isAlive } from './stack/lock.mjs'
import { runsIn, stopProcess } from './stack/run.ts'
import { runningDirectory } from './stack/server.ts'

/** A directory for a server of one test's own, which the servers' user can enter. The caller removes it. */
export async function ownDirectory(name: string): Promise<string> {
  const parent = join(runningDirectory(), 'own')
  await mkdir(parent, { recursive: true })
  await sweep(parent)
  const directory = await mkdtemp(join(parent, `${name}-${process.pid}-`))
  await chmod(directory, 0o755)
  return directory
}

export async function removeDirectory(directory: string): Promise<void> {
  await rm(directory, { recursive: true, force: true, maxRetries: 5 })
}

/** Writes down which process serves from the directory, so that it can be ended by others should this process be killed. */
export async function noteServer(directory: string, pid: number): Promise<void> {
  await writeFile(join(directory, 'server.pid'), String(pid))
}

/** Ends the servers of test runs that were killed before they could clean up. */
async function sweep(parent: string): Promise<void> {
  for (const name of await readdir(parent)) {
    const owner = Number(name.split('-').at(-2))
    if (isAlive(owner)) continue
    const directory = join(parent, name)
    const server = Number(await readFile(join(directory, 'server.pid'), 'utf8').catch(() => '0'))
    if (server > 0 && (await runsIn(server, directory))) await stopProcess(server, 'SIGKILL')
    await removeDirectory(directory)
  }
}
