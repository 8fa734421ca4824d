import { mkdir, open, readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { canonicalJson } from './canonical-json.ts'
import type { SignedCheckpoint } from './checkpoint.ts'

/** Where checkpoints go that the database's admin cannot write. */
export type CheckpointSink = {
  /** Keeps it durably before it answers. */
  append(checkpoint: SignedCheckpoint): Promise<void>
  /** The last one kept for this workspace. */
  last(workspaceId: string): Promise<SignedCheckpoint | undefined>
  /** Every workspace that it has one of. */
  workspaces(): Promise<string[]>
}

const TAIL_BYTES = 64 * 1024
const ending = '.ndjson'

/** One file for each workspace in this directory, one line for each checkpoint. Only appended to; the directory is made if missing. */
export async function createFileSink(directory: string): Promise<CheckpointSink> {
  await mkdir(directory, { recursive: true, mode: 0o700 })
  const pathOf = (workspaceId: string) => {
    if (!/^[A-Za-z0-9_-]+$/.test(workspaceId)) throw new Error('A workspace id is no file name')
    return join(directory, `${workspaceId}${ending}`)
  }
  return {
    async append(checkpoint) {
      const file = await open(pathOf(checkpoint.workspace), 'a', 0o600)
      try {
        // Begun with a line end too, so that a line which a crash cut short spoils only itself.
        await file.appendFile(`\n${canonicalJson(checkpoint)}\n`)
        await file.sync()
      } finally {
        await file.close()
      }
    },
    async last(workspaceId) {
      const lines = (await readTail(pathOf(workspaceId))).split('\n').toReversed()
      for (const line of lines) {
        const checkpoint = parseCheckpoint(line)
        if (checkpoint) return checkpoint
      }
      return undefined
    },
    async workspaces() {
      const names = await readdir(directory)
      return names.filter((name) => name.endsWith(ending)).map((name) => name.slice(0, -ending.length))
    },
  }
}

/** For a database that is gone with its process, too. */
export function createMemorySink(): CheckpointSink {
  const kept = new Map<string, SignedCheckpoint>()
  return {
    append: async (checkpoint) => void kept.set(checkpoint.workspace, checkpoint),
    last: async (workspaceId) => kept.get(workspaceId),
    workspaces: async () => [...kept.keys()],
  }
}

/** A line of a checkpoint file; undefined for an empty one, or one that was cut short. */
export function parseCheckpoint(line: string): SignedCheckpoint | undefined {
  try {
    const value: unknown = JSON.parse(line)
    return isCheckpoint(value) ? value : undefined
  } catch {
    return undefined
  }
}

export function isCheckpoint(value: unknown): value is SignedCheckpoint {
  if (typeof value !== 'object' || value === null) return false
  const { workspace, sequence, hash, revision, at, keyId, signature } = value as Partial<SignedCheckpoint>
  return (
    [workspace, hash, at, keyId, signature].every((member) => typeof member === 'string') &&
    [sequence, revision].every((member) => Number.isSafeInteger(member))
  )
}

async function readTail(path: string): Promise<string> {
  try {
    const { size } = await stat(path)
    const file = await open(path, 'r')
    try {
      const start = Math.max(0, size - TAIL_BYTES)
      const buffer = Buffer.alloc(size - start)
      const { bytesRead } = await file.read(buffer, 0, buffer.length, start)
      return buffer.toString('utf8', 0, bytesRead)
    } finally {
      await file.close()
    }
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return ''
    throw error
  }
}
