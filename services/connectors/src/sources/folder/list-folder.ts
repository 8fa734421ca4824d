import { lstat, readdir, realpath } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { mediaTypeOfName } from '@tessera/shared/contracts/media-types'
import type { ListedDocument, Skipped, SkipReason } from '../source.ts'
import { accessFileName } from './access-file.ts'
import { fingerprintOf } from './fingerprint.ts'
import { isWithin } from './resolve-root.ts'

export type FolderListing = {
  documents: ListedDocument[]
  skipped: Skipped[]
  /** Folders that could not be listed, relative to the root. */
  unreadableFolders: string[]
}

const maxPathLength = 2000

/**
 * Everything under `root` (a real path), in path order. Symlinks are never followed: one inside the tree would give a page the rule of
 * another place. Throws if the root itself can not be listed.
 */
export async function listFolder(root: string): Promise<FolderListing> {
  const listing: FolderListing = { documents: [], skipped: [], unreadableFolders: [] }
  const waiting = ['']
  for (let folder = waiting.pop(); folder !== undefined; folder = waiting.pop()) {
    for (const entry of await entriesOf(root, folder, listing)) {
      const path = folder === '' ? entry.name : `${folder}/${entry.name}`
      if (path === accessFileName) continue
      const reason = entry.name.startsWith('.') ? 'hidden' : nameProblem(path)
      if (reason) listing.skipped.push({ externalId: wellFormed(path), reason })
      else if (entry.isDirectory()) waiting.push(path)
      else await addFile(root, path, listing)
    }
  }
  listing.documents.sort(byExternalId)
  listing.skipped.sort((a, b) => dull(a) - dull(b) || byExternalId(a, b))
  return listing
}

async function entriesOf(root: string, folder: string, listing: FolderListing) {
  try {
    return await readdir(join(root, folder), { withFileTypes: true })
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code
    if (folder === '' || !(code === 'EACCES' || code === 'EPERM' || code === 'ENOENT')) throw error
    if (code !== 'ENOENT') {
      listing.unreadableFolders.push(folder)
      listing.skipped.push({ externalId: folder, reason: 'unreadable' })
    }
    return []
  }
}

async function addFile(root: string, path: string, listing: FolderListing): Promise<void> {
  const full = join(root, path)
  const found = await lstat(full, { bigint: true }).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined
    throw error
  })
  if (!found) return
  const skip = (reason: SkipReason) => void listing.skipped.push({ externalId: path, reason })
  if (found.isSymbolicLink()) return skip(await symlinkReason(root, full))
  if (!found.isFile()) return skip('not-a-file')
  // An access file counts at the root alone; further down it would pass for a page.
  if (!mediaTypeOfName(path) || basename(path) === accessFileName) return skip('unsupported-type')
  listing.documents.push({ externalId: path, fingerprint: fingerprintOf(found), sizeBytes: Number(found.size) })
}

async function symlinkReason(root: string, full: string): Promise<SkipReason> {
  const target = await realpath(full).catch(() => undefined)
  return target !== undefined && isWithin(target, root) ? 'symlink' : 'symlink-out-of-tree'
}

/** A name that is not valid UTF-8 reads as U+FFFD, and could not be opened again. */
const nameProblem = (path: string): SkipReason | undefined =>
  path.length > maxPathLength || path.includes('\uFFFD') || !path.isWellFormed() ? 'invalid-name' : undefined

const wellFormed = (path: string) => path.toWellFormed().slice(0, maxPathLength)

const byExternalId = (a: { externalId: string }, b: { externalId: string }) =>
  a.externalId < b.externalId ? -1 : a.externalId > b.externalId ? 1 : 0

/** What nobody expected to be read comes last, so that it does not crowd out the reasons that matter. */
const dull = ({ reason }: Skipped) => (reason === 'unsupported-type' || reason === 'hidden' ? 1 : 0)
