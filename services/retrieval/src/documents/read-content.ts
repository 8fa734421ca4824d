import type { Call } from '@tessera/shared/bus/call'
import type { InputOf } from '@tessera/shared/bus/contract'
import { retrievalFaults, type retrievalContract } from '@tessera/shared/contracts/retrieval'
import { fail } from '@tessera/shared/fault/result'
import type { RetrievalDatabase } from '../database.ts'
import type { Reader } from '../extract/reader/reader.ts'
import { keptAttachment } from './attachments.store.ts'
import { changed, fetchFile, NoFile, type ReadFile } from './fetch-file.ts'

export type ReadContentDeps = {
  db: RetrievalDatabase
  reader: Pick<Reader, 'read' | 'readFile'>
  connectors: ReadFile
}

type Content = InputOf<(typeof retrievalContract)['operations']['putDocument']>

/** What is kept of a call's time for storing what was read. */
const storingMs = 4000

/** What a document says: its text, its file, or what was found in the document that it lies in. */
export async function readContent({ db, reader, connectors }: ReadContentDeps, content: Content, call: Call) {
  const { mediaType, title, externalId, text, file, attachmentOf } = content
  const untilMs = call.deadlineMs - storingMs
  if (text !== undefined) return reader.read({ mediaType, content: text, title, externalId }, untilMs)
  const open = async () => {
    if (file) return fetchFile(connectors, content, file, call)
    const holding = {
      workspaceId: call.caller.workspaceId,
      documentId: attachmentOf?.documentId ?? '',
      contentVersion: content.contentVersion,
    }
    const kept = await keptAttachment(db, holding, attachmentOf?.part ?? '')
    if (!kept) throw new NoFile(changed('What it lies in was read anew.'))
    return kept
  }
  if (!file && !attachmentOf)
    return fail(retrievalFaults.fault('unreadable-content', 'It has neither a text nor a file.'))
  try {
    return await reader.readFile(async () => ({ mediaType, content: await open(), title, externalId }), untilMs)
  } catch (error) {
    if (error instanceof NoFile) return fail(error.fault)
    throw error
  }
}
