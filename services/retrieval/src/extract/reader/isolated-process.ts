import { type ChildProcess, fork } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The workspace that everything is installed in. */
const root = fileURLToPath(new URL('../../../../../', import.meta.url))
/** What a parser is made of. It sees no other file: no configuration, no data, no secret. */
const readable = ['node_modules', 'services/retrieval', 'packages/shared', 'package.json'].map((path) =>
  join(root, path),
)

/** A process of its own for a module, without our variables and secrets, and without the right to write, start, or load anything native. */
export function forkIsolated(module: URL, memoryMb: number): ChildProcess {
  const child = fork(fileURLToPath(module), {
    cwd: root,
    execArgv: [
      // What is no object of JavaScript (files, images) lies beside the heap, and is watched from outside.
      `--max-old-space-size=${Math.ceil((memoryMb * 2) / 3)}`,
      '--permission',
      ...readable.map((path) => `--allow-fs-read=${path}`),
      '--disallow-code-generation-from-strings',
    ],
    env: {},
    serialization: 'advanced',
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
  })
  // While it is idle, it keeps nobody alive.
  child.unref()
  child.channel?.unref()
  return child
}

const pageBytes = 4096

/** What a process holds in memory, in bytes. Linux tells; elsewhere only the heap is bounded. */
export async function residentBytes(pid: number): Promise<number | undefined> {
  const statm = await readFile(`/proc/${pid}/statm`, 'utf8').catch(() => undefined)
  const pages = Number(statm?.split(' ')[1])
  return Number.isFinite(pages) ? pages * pageBytes : undefined
}
