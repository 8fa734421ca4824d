import { createHash } from 'node:crypto'
import { constants } from 'node:fs'
import { type FileHandle, lstat, open, realpath } from 'node:fs/promises'
import { join } from 'node:path'
import { isTextMediaType, mediaTypeOfName } from '@tessera/shared/contracts/media-types'
import { maxContentCharacters } from '@tessera/shared/contracts/retrieval'
import type { ReadOutcome, SourceContent } from '../source.ts'
import { fingerprintOf, isFreshlyChanged } from './fingerprint.ts'

/** Four bytes are the most that UTF-8 takes for one UTF-16 unit's worth of text, so a longer file does not go in one message for sure. */
const maxTextBytes = maxContentCharacters * 4

type Unusable = Extract<ReadOutcome, { kind: 'unusable' }>

/**
 * Reads one file of the tree at `root` (a real path): the text of one that is text in UTF-8, of others what tells one content from another. The tree may change under our
 * hands, so what was opened is compared with what stands at the path without following any symlink, in whatever folder above.
 */
export function readFile(root: string, path: string, maxBytes: number): Promise<ReadOutcome> {
  return withFile(root, path, async (file): Promise<ReadOutcome> => {
    const opened = await file.stat({ bigint: true })
    if (opened.size > maxBytes) return { kind: 'unusable', reason: 'too-large' }
    const readAtMs = Date.now()
    const mediaType = mediaTypeOfName(path) ?? 'text/plain'
    const isText = isTextMediaType(mediaType) && opened.size <= maxTextBytes
    const content = isText ? contentOf(await file.readFile()) : await hashed(file)
    if (content.kind === 'unusable') return content
    return {
      ...content,
      mediaType,
      sizeBytes: Number(opened.size),
      updatedAt: new Date(Number(opened.mtimeMs)).toISOString(),
      ...(isFreshlyChanged(opened, readAtMs) ? {} : { fingerprint: fingerprintOf(opened) }),
    }
  })
}

/** A part of it, under the same conditions; nothing where they are not met any more. */
export async function readFilePart(
  root: string,
  path: string,
  offset: number,
  atMostBytes: number,
): Promise<Uint8Array | undefined> {
  const outcome = await withFile(root, path, async (file) => {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(atMostBytes), 0, atMostBytes, offset)
    return { kind: 'part' as const, bytes: buffer.subarray(0, bytesRead) }
  })
  return outcome.kind === 'part' ? outcome.bytes : undefined
}

async function withFile<T>(root: string, path: string, work: (file: FileHandle) => Promise<T>) {
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
    if (!opened.isFile()) return { kind: 'unusable' as const, reason: 'not-a-file' as const }
    const standing = await lstat(full, { bigint: true })
    if ((await realpath(full)) !== full || standing.ino !== opened.ino || standing.dev !== opened.dev) {
      return { kind: 'unusable' as const, reason: 'symlink-out-of-tree' as const }
    }
    return await work(file)
  } catch (error) {
    return outcomeOf(error)
  } finally {
    await file.close()
  }
}

/** Text goes as it is, without a byte order mark. In another encoding than UTF-8 it is a file, whose reader finds out which. */
function contentOf(bytes: Buffer): SourceContent | Unusable {
  const text = decode(bytes)
  if (text !== undefined && text.length <= maxContentCharacters) return { kind: 'text', text }
  // A zero byte is the mark of a binary file, but for those of UTF-16.
  if (bytes.includes(0) && !isUtf16(bytes)) return { kind: 'unusable', reason: 'binary' }
  return { kind: 'file', sha256: createHash('sha256').update(bytes).digest('hex') }
}

/** The text of UTF-8 bytes that PostgreSQL can keep. */
export function decode(bytes: Buffer): string | undefined {
  if (bytes.includes(0)) return undefined
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    return undefined
  }
}

const isUtf16 = ([a, b]: Buffer) => (a === 0xff && b === 0xfe) || (a === 0xfe && b === 0xff)

async function hashed(file: FileHandle): Promise<SourceContent> {
  const hash = createHash('sha256')
  for await (const chunk of file.createReadStream({ autoClose: false, start: 0 })) hash.update(chunk as Buffer)
  return { kind: 'file', sha256: hash.digest('hex') }
}

function outcomeOf(error: unknown): Extract<ReadOutcome, { kind: 'gone' | 'unusable' | 'unreadable' }> {
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
