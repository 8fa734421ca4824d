import { constants } from 'node:fs'
import { type FileHandle, lstat, open, realpath } from 'node:fs/promises'
import { extname, join } from 'node:path'
import { maxContentCharacters } from '@tessera/shared/contracts/retrieval'
import type { ReadOutcome } from '../source.ts'
import { fingerprintOf, isFreshlyChanged } from './fingerprint.ts'
import { mediaTypes } from './media-types.ts'

/** Four bytes are the most that UTF-8 takes for one UTF-16 unit's worth of text, so a longer file is over the limit for sure. */
const maxBytes = maxContentCharacters * 4

/**
 * Reads one file of the tree at `root` (a real path). The tree may change under our hands, so what was opened is compared with what
 * stands at the path without following any symlink, in whatever folder above.
 */
export async function readFile(root: string, path: string): Promise<ReadOutcome> {
  const full = join(root, path)
  let file: FileHandle
  try {
    // Without O_NONBLOCK a named pipe would hold us up until somebody writes into it.
    file = await open(full, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK)
  } catch (error) {
    return outcomeOf(error)
  }
  try {
    const opened = await file.stat({ bigint: true })
    if (!opened.isFile()) return { kind: 'unusable', reason: 'not-a-file' }
    const standing = await lstat(full, { bigint: true })
    if ((await realpath(full)) !== full || standing.ino !== opened.ino || standing.dev !== opened.dev) {
      return { kind: 'unusable', reason: 'symlink-out-of-tree' }
    }
    if (opened.size > maxBytes) return { kind: 'unusable', reason: 'too-large' }
    const readAtMs = Date.now()
    const bytes = await file.readFile()
    const text = decode(bytes)
    if (typeof text !== 'string') return { kind: 'unusable', reason: text.reason }
    return {
      kind: 'text',
      text,
      mediaType: mediaTypes.get(extname(path).toLowerCase()) ?? 'text/plain',
      sizeBytes: bytes.length,
      updatedAt: new Date(Number(opened.mtimeMs)).toISOString(),
      ...(isFreshlyChanged(opened, readAtMs) ? {} : { fingerprint: fingerprintOf(opened) }),
    }
  } catch (error) {
    return outcomeOf(error)
  } finally {
    await file.close()
  }
}

/** The text of a file, without a byte order mark. A zero byte is the mark of a binary file; PostgreSQL could not keep it either. */
export function decode(bytes: Buffer): string | { reason: 'binary' | 'invalid-utf-8' | 'too-large' } {
  if (bytes.includes(0)) return { reason: 'binary' }
  let text: string
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    return { reason: 'invalid-utf-8' }
  }
  return text.length > maxContentCharacters ? { reason: 'too-large' } : text
}

function outcomeOf(error: unknown): ReadOutcome {
  switch ((error as NodeJS.ErrnoException).code) {
    case 'ENOENT':
    case 'ENOTDIR':
      return { kind: 'gone' }
    case 'ELOOP':
      return { kind: 'unusable', reason: 'symlink' }
    case 'EACCES':
    case 'EPERM':
      return { kind: 'unreadable', reason: 'unreadable' }
    default:
      // Out of file handles, a disk error: of this machine rather than of this file, so the sync has to try again.
      throw error
  }
}
