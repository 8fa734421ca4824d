import { execFile, spawn, type SpawnOptions } from 'node:child_process'
import { openSync, closeSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { createServer, type AddressInfo } from 'node:net'
import { setTimeout } from 'node:timers/promises'
import { promisify } from 'node:util'
import { isAlive } from './lock.mjs'

const execute = promisify(execFile)

export type RunOptions = { cwd?: string; env?: NodeJS.ProcessEnv; uid?: number; gid?: number }

/** Runs a program to its end and returns what it printed; its stderr is part of the error when it fails. */
export async function run(program: string, args: string[], options: RunOptions = {}): Promise<string> {
  const { stdout } = await execute(program, args, { maxBuffer: 64 * 1024 * 1024, ...options })
  return stdout
}

/** What the program printed, or undefined where it is missing or fails. */
export async function tryRun(program: string, args: string[]): Promise<string | undefined> {
  return run(program, args).catch(() => undefined)
}

export type Launch = { program: string; args: string[]; log: string } & RunOptions

/** Starts a server that outlives this process; everything it prints goes to the log file. Returns its process id. */
export function launch({ program, args, log, ...options }: Launch): number {
  const descriptor = openSync(log, 'a')
  const spawning: SpawnOptions = { ...options, detached: true, stdio: ['ignore', descriptor, descriptor] }
  const child = spawn(program, args, spawning)
  closeSync(descriptor)
  child.unref()
  child.on('error', () => undefined)
  if (child.pid === undefined) throw new Error(`could not start ${program}`)
  return child.pid
}

/** Polls `ready` until it answers true. A server that exits or stays silent for too long is an error with the end of its log. */
export async function untilReady(
  server: { name: string; pid: number; log: string },
  timeoutMs: number,
  ready: () => Promise<boolean>,
): Promise<void> {
  const deadline = Date.now() + timeoutMs
  while (!(await ready().catch(() => false))) {
    const dead = !isAlive(server.pid)
    if (dead || Date.now() > deadline) {
      if (!dead) await stopProcess(server.pid, 'SIGKILL')
      const tail = (await readFile(server.log, 'utf8').catch(() => '')).split('\n').slice(-25).join('\n')
      throw new Error(`${server.name} ${dead ? 'exited' : `was not ready within ${timeoutMs / 1000} s`}\n${tail}`)
    }
    await setTimeout(25)
  }
}

/** Asks a process to end, and ends it after 10 s if it did not listen. */
export async function stopProcess(pid: number, signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
  send(pid, signal)
  const deadline = Date.now() + 10_000
  while (isAlive(pid)) {
    if (Date.now() > deadline) send(pid, 'SIGKILL')
    await setTimeout(20)
  }
}

function send(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal)
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error
  }
}

/** A TCP port of the loopback address that nobody listens on at this moment. */
export async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return port
}

/** Whether the process is alive and has this directory among its arguments. After a reboot a process id may be somebody else's. */
export async function runsIn(pid: number, directory: string): Promise<boolean> {
  if (!isAlive(pid)) return false
  const fromProc = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => undefined)
  const commandLine = fromProc ?? (await tryRun('ps', ['-ww', '-o', 'args=', '-p', String(pid)])) ?? ''
  return commandLine.includes(directory)
}
