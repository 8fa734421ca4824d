import type { Call } from '@tessera/shared/bus/call'
import type { InputOf } from '@tessera/shared/bus/contract'
import { type retrievalContract, retrievalFaults } from '@tessera/shared/contracts/retrieval'
import { fail, ok } from '@tessera/shared/fault/result'
import type { RetrievalDatabase } from '../database.ts'
import type { Reader } from '../extract/reader/reader.ts'
import { keptAttachment } from './attachments.store.ts'
import { fetchFile, NoFile, type ReadFile } from './fetch-file.ts'

export type ReadContentDeps = { db: RetrievalDatabase; reader: Pick<Reader, 'read' | 'readFile'>; connectors: ReadFile }

type Content = InputOf<(typeof retrievalContract)['operations']['putDocument']>

/** What is kept of a call's time for storing what was read. */
const storingMs = 4000

/** What a document says: its text, its file, or what was read of it when the document came that it lies in. */
export async function readContent({ db, reader, connectors }: ReadContentDeps, content: Content, call: Call) {
  const { mediaType, title, externalId, text, file, attachmentOf } = content
  const untilMs = call.deadlineMs - storingMs
  if (text !== undefined) return reader.read({ mediaType, content: text, title, externalId }, untilMs)
  if (attachmentOf !== undefined) {
    const parent = {
      workspaceId: call.caller.workspaceId,
      documentId: attachmentOf.documentId,
      contentVersion: content.contentVersion,
    }
    const kept = await keptAttachment(db, parent, attachmentOf.part)
    return kept
      ? ok({ ...kept, attachments: [] })
      : fail(retrievalFaults.fault('changed', 'What it lies in was read anew.'))
  }
  if (file === undefined) return fail(retrievalFaults.fault('unreadable-content', 'It has neither a text nor a file.'))
  try {
    const open = async () => ({
      mediaType,
      content: await fetchFile(connectors, content, file, call),
      title,
      externalId,
    })
    return await reader.readFile(open, untilMs)
  } catch (error) {
    if (error instanceof NoFile) return fail(error.fault)
    throw error
  }
}
