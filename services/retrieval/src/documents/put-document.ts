import type { InputOf } from '@tessera/shared/bus/contract'
import type { Call } from '@tessera/shared/bus/call'
import { retrievalFaults, type retrievalContract } from '@tessera/shared/contracts/retrieval'
import { inTransaction } from '@tessera/shared/database/database'
import { fail, ok } from '@tessera/shared/fault/result'
import type { RetrievalDatabase } from '../database.ts'
import { Later } from '../index-documents/later.ts'
import type { Keys } from '../passages/passage-ids.ts'
import type { KnownRules } from '../redact/known-rules.ts'
import { markPassages } from '../redact/mark-passages.ts'
import { carriesLabels } from '../redact/marking.ts'
import type { PutPassages } from '../redact/put-passages.ts'
import { describeAttachment } from '../extract/describe-attachment.ts'
import { forgetAttachment, keepAttachments } from './attachments.store.ts'
import { readContent, type ReadContentDeps } from './read-content.ts'
import { speaksFor } from './speaks-for.ts'
import { isSettled, storedVersion, storeFirst, storeNext, type Version } from './store-version.ts'

export type PutDocumentDeps = ReadContentDeps & {
  db: RetrievalDatabase
  keys: Keys
  rules: Pick<KnownRules, 'of'>
  putPassages: PutPassages
  workWaits: (workspaceId: string) => void
}

/** Far above what four megabytes of prose make; a document of more was not written to be read. */
const maxPassages = 20_000

type Content = InputOf<(typeof retrievalContract)['operations']['putDocument']>

/**
 * Stores content and queues it for the index. Safe to repeat: the same version changes nothing, and one made under older facts than those stored
 * came late and is ignored. Labels of passages are with access-control before any of the passages can be served.
 */
export function createPutDocument(deps: PutDocumentDeps) {
  const { db, keys, rules, workWaits } = deps
  return async function putDocument(content: Content, call: Call) {
    const { caller, deadlineMs } = call
    if (!speaksFor(caller, content.dataSourceId)) return notFound()
    const standing = content.text === undefined ? await settledVersion(db, caller.workspaceId, content) : undefined
    if (standing) return ok(standing)
    const read = await readContent(deps, content, call)
    if (!read.ok) return read
    const { title, blocks, stretches } = read.value
    const authors = content.authors ?? read.value.authors
    const attachments = read.value.found.map(describeAttachment)
    const passages = keys.keyPassages(content.documentId, stretches)
    if (passages.length > maxPassages) {
      return fail(
        retrievalFaults.fault('too-large', `It makes ${passages.length} passages; ${maxPassages} is the limit.`),
      )
    }
    const { workspaceId } = caller
    try {
      const inForce = await rules.of(workspaceId)
      const { url = null, externalId, marks = [] } = content
      const document = { title, externalId, url, authors, blocks, passages }
      const markings = await markPassages(document, marks, inForce)
      const version = {
        workspaceId,
        content,
        title,
        authors,
        blocks,
        passages,
        markings,
        ruleVersion: inForce.version,
        attachments,
      }
      const kept = read.value.found.flatMap((found, at) => {
        const { part = '', mediaType } = attachments[at] ?? {}
        return mediaType ? [{ part, found }] : []
      })
      await keepAttachments(db, { workspaceId, ...content }, kept)
      const stored = await store(deps, version, deadlineMs)
      if (stored === 'foreign') return notFound()
      if (content.attachmentOf) {
        const { documentId, part } = content.attachmentOf
        await forgetAttachment(db, { workspaceId, documentId, contentVersion: content.contentVersion }, part)
      }
      workWaits(workspaceId)
      return ok({ passages: passages.length, title, attachments })
    } catch (error) {
      if (!(error instanceof Later)) throw error
      return fail(retrievalFaults.fault('unavailable', 'Its labels could not be handed on to access-control.'))
    }
  }
}

/** What stands already need not be read again: a file takes time, and what lay in it was handed on. */
async function settledVersion(db: RetrievalDatabase, workspaceId: string, content: Content) {
  const old = await storedVersion(db, workspaceId, content.documentId)
  if (!old || old.dataSourceId !== content.dataSourceId || !isSettled(content, old)) return undefined
  return { passages: old.passageCount, title: old.title, attachments: old.attachments ?? [] }
}

const notFound = () => fail(retrievalFaults.fault('not-found', 'No such document in this data source.'))

async function store({ db, putPassages }: PutDocumentDeps, version: Version, deadlineMs: number) {
  const isLabelled = version.markings.some(carriesLabels)
  if (!isLabelled) {
    const first = await storeFirst(db, version)
    if (first) return first
  }
  const { workspaceId, content } = version
  const old = await storedVersion(db, workspaceId, content.documentId)
  if (old && old.dataSourceId !== content.dataSourceId) return 'foreign'
  if (old && isSettled(content, old)) return 'ignored'
  if (isLabelled || old?.labelled) {
    await putPassages(workspaceId, content, version.passages, version.markings, { untilMs: deadlineMs })
  }
  const first = old ? undefined : await storeFirst(db, version)
  return first ?? (await inTransaction(db, (trx) => storeNext(trx, version)))
}
