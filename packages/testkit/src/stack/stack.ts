import { mkdir, readdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { exists } from './cache.ts'
import { isAlive } from './lock.mjs'
import { ServerMissing } from './missing.ts'
import { runningDirectory, serverUrl, stopServer } from './server.ts'
import { SERVER_KINDS, type ServerKind } from './server-kind.ts'

/** What became of one server: its URL, or why this machine cannot have it. */
export type StackServer = { kind: ServerKind } & ({ url: string; started: boolean } | { missing: string })

/** Starts what is not running yet, all three side by side. Only a server that can't be had on this machine is an answer; a failing one is an error. */
export async function startStack(): Promise<StackServer[]> {
  const outcomes = await Promise.allSettled(SERVER_KINDS.map(startOne))
  return outcomes.map((outcome) => {
    if (outcome.status === 'rejected') throw outcome.reason
    return outcome.value
  })
}

async function startOne(kind: ServerKind): Promise<StackServer> {
  try {
    return { kind, ...(await serverUrl(kind)) }
  } catch (error) {
    if (error instanceof ServerMissing) return { kind, missing: error.message }
    throw error
  }
}

/** Stops every shared server that is written down. */
export async function stopStack(): Promise<ServerKind[]> {
  const stopped = await Promise.all(SERVER_KINDS.map(async (kind) => ((await stopServer(kind)) ? [kind] : [])))
  await rm(keepFile(), { force: true })
  return stopped.flat()
}

/** Notes that the stack shall outlive the runs that use it. */
export async function keepStack(): Promise<void> {
  await mkdir(runningDirectory(), { recursive: true })
  await writeFile(keepFile(), '')
}

function keepFile(): string {
  return join(runningDirectory(), 'keep')
}

/** Notes that this process uses the stack. Returns what to call at the end: the last user stops the stack, unless it is to be kept. */
export async function useStack(): Promise<() => Promise<void>> {
  const users = join(runningDirectory(), 'users')
  const own = join(users, String(process.pid))
  await mkdir(users, { recursive: true })
  await writeFile(own, '')
  return async () => {
    await rm(own, { force: true })
    const others = (await readdir(users)).filter((name) => isAlive(Number(name)))
    if (others.length === 0 && !(await exists(keepFile()))) await stopStack()
  }
}
