import { createHash } from 'node:crypto'
import type { Mark } from '@tessera/shared/contracts/retrieval'
import { fail, ok, type Result } from '@tessera/shared/fault/result'
import { type ConnectorsFault, fault } from '../../faults.ts'
import type { Listing, Source } from '../source.ts'
import { type AccessFile, accessFileName, invalidAccessFile, readAccessFile } from './access-file.ts'
import { nearestRule } from './access-rules.ts'
import { type FolderListing, listFolder } from './list-folder.ts'
import { readFile, readFilePart } from './read-file.ts'
import { resolveRoot } from './resolve-root.ts'

const maxAccessFileBytes = 16 * 1024 * 1024

/** A directory tree with an access file at its root, under one of `allowedRoots`. */
export function folderSource(folder: string, allowedRoots: readonly string[], maxBytes: number): Source {
  return {
    async readPart(externalId, offset, atMostBytes) {
      const root = await resolveRoot(folder, allowedRoots)
      return typeof root === 'string' ? readFilePart(root, externalId, offset, atMostBytes) : undefined
    },
    async list() {
      const root = await resolveRoot(folder, allowedRoots)
      if (typeof root !== 'string') return fail(fault('source-unreadable', `The folder ${root.problem}.`))
      const text = await accessFileText(root)
      if (!text.ok) return text
      const access = readAccessFile(text.value)
      if (!access.ok) return access
      try {
        return ok(listingOf({ root, maxBytes }, text.value, access.value, await listFolder(root)))
      } catch (error) {
        const code = (error as NodeJS.ErrnoException).code ?? 'unknown error'
        return fail(fault('source-unreadable', `The folder can not be listed (${code}).`))
      }
    },
  }
}

async function accessFileText(root: string): Promise<Result<string, ConnectorsFault>> {
  const outcome = await readFile(root, accessFileName, maxAccessFileBytes)
  switch (outcome.kind) {
    case 'text':
      return ok(outcome.text)
    case 'file':
      return invalidAccessFile([{ line: 1, text: 'the file is no text in UTF-8' }])
    case 'gone':
      return invalidAccessFile([{ line: 1, text: 'the file is missing' }])
    case 'unreadable':
      return fail(fault('source-unreadable', `${accessFileName} can not be read.`))
    case 'unusable':
      return invalidAccessFile([{ line: 1, text: `the file can not be used (${outcome.reason})` }])
  }
}

function listingOf(
  { root, maxBytes }: { root: string; maxBytes: number },
  accessText: string,
  access: AccessFile,
  listed: FolderListing,
): Listing {
  const accessOf = (externalId: string) =>
    nearestRule(access.rules, externalId) ?? { allow: [], deny: [], labels: [], marks: [] }
  const documents = listed.documents.map((document) => withMarks(document, accessOf(document.externalId).marks))
  const hash = createHash('sha256').update(accessText)
  for (const { externalId, fingerprint } of documents) hash.update(`\0${externalId}\0${fingerprint}`)
  const places = new Set(listed.documents.map(({ externalId }) => externalId))
  return {
    documents,
    skipped: listed.skipped,
    groups: access.groups,
    hash: hash.digest('hex'),
    has: (externalId) => places.has(externalId),
    unknown: (externalId) => listed.unreadableFolders.some((folder) => externalId.startsWith(`${folder}/`)),
    accessOf,
    read: async ({ externalId }) => {
      const { marks } = accessOf(externalId)
      const outcome = await readFile(root, externalId, maxBytes)
      return 'fingerprint' in outcome && outcome.fingerprint !== undefined ? withMarks(outcome, marks) : outcome
    },
  }
}

/** Marks stand in the access file, not in the document: one that is marked otherwise is to be read again though its file is the same. */
function withMarks<D extends { fingerprint?: string }>(document: D, marks: readonly Mark[]): D {
  if (marks.length === 0) return document
  const suffix = createHash('sha256').update(JSON.stringify(marks)).digest('base64url').slice(0, 16)
  return { ...document, fingerprint: `${document.fingerprint}:${suffix}` }
}
