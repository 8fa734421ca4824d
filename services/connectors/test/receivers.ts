import { createHash } from 'node:crypto'
import type { Bus } from '@tessera/shared/bus/bus'
import type { Call } from '@tessera/shared/bus/call'
import { accessContract } from '@tessera/shared/contracts/access-control'
import { accessFaults } from '@tessera/shared/contracts/access-control/faults'
import type { DocumentAccess } from '@tessera/shared/contracts/access-control/facts'
import { connectorsContract } from '@tessera/shared/contracts/connectors'
import {
  type Attachment,
  type DocumentContent,
  retrievalContract,
  retrievalFaults,
} from '@tessera/shared/contracts/retrieval'
import type { InputOf } from '@tessera/shared/bus/contract'
import { fail, ok } from '@tessera/shared/fault/result'
import { newId } from '@tessera/shared/ids/ids'
import type { Static } from 'typebox'

const { operations: access } = accessContract
const { operations: retrieval } = retrievalContract

export type Facts = Static<typeof DocumentAccess>
export type Content = Static<typeof DocumentContent>

/** What access-control and retrieval know after what the connectors told them, with the rules that the two hold their callers to. */
export type Received = {
  revision: number
  dataSources: Map<string, InputOf<typeof access.putDataSource>>
  directories: Map<string, InputOf<typeof access.putDirectory>['groups']>
  facts: Map<string, Facts>
  confirmedFresh: number
  content: Map<string, Content>
  removed: Set<string>
  /** Everything that arrived and changed something, in order: `facts doc_…`, `content doc_…`, `directory src_…`, … */
  changes: string[]
  /** Every message about documents that arrived, whether it changed something or not. */
  messages: string[]
  /** Rules that were broken: facts after content, a version sent with two texts, an id that came back. */
  violations: string[]
  /** The revision that was last waited for. */
  awaited?: number | undefined
  /** Roles by subject. */
  roles: Map<string, string[]>
  /** Facts that access-control refuses. */
  refusesFacts: (facts: Facts) => boolean
  /** Texts that retrieval refuses. */
  refuses: (content: Content) => 'unreadable-content' | 'too-large' | 'encrypted' | undefined
  /** What retrieval finds in a content. */
  finds: (content: Content) => Attachment[]
  /** Done once before the next file is read. */
  changesOnce: (() => Promise<void>) | undefined
  /** The files that it read, by external id. */
  files: Map<string, Buffer>
}

export const newReceived = (): Received => ({
  revision: 1,
  dataSources: new Map(),
  directories: new Map(),
  facts: new Map(),
  confirmedFresh: 0,
  content: new Map(),
  removed: new Set(),
  changes: [],
  messages: [],
  violations: [],
  roles: new Map([
    ['user:usr_admin', ['admin']],
    ['user:usr_member', []],
    ['service:svc_pusher', []],
  ]),
  refusesFacts: () => false,
  refuses: () => undefined,
  finds: () => [],
  changesOnce: undefined,
  files: new Map(),
})

/** Serves what connectors call of access-control, over `received`. */
export async function serveAccess(bus: Bus, received: Received): Promise<void> {
  const contract = {
    ...accessContract,
    operations: {
      checkRole: access.checkRole,
      putDataSource: access.putDataSource,
      confirmFresh: access.confirmFresh,
      putDirectory: access.putDirectory,
      putDocumentAccess: access.putDocumentAccess,
      removeDocuments: access.removeDocuments,
    },
  }
  const change = (what: string) => {
    received.revision += 1
    received.changes.push(what)
  }
  const revision = () => ok({ revision: received.revision })
  const foreign = (dataSourceId: string, { caller }: Call) =>
    caller.subject === `connector:${dataSourceId}` ? undefined : accessFaults.fault('forbidden', caller.subject)
  await bus.serve(contract, {
    async checkRole({ anyOf }, { caller }) {
      const roles = received.roles.get(caller.subject)
      if (!roles) return fail(accessFaults.fault('deactivated', caller.subject))
      const held = anyOf.length === 0 || anyOf.some((role) => roles.includes(role))
      return held ? revision() : fail(accessFaults.fault('forbidden', caller.subject))
    },
    async putDataSource(input, call) {
      const fault = foreign(input.dataSourceId, call)
      if (fault) return fail(fault)
      if (input.space === 'space:spc_missing') return fail(accessFaults.fault('not-found', 'No such space.'))
      received.dataSources.set(input.dataSourceId, input)
      change(`data-source ${input.dataSourceId}`)
      return revision()
    },
    async confirmFresh({ dataSourceId }, call) {
      const fault = foreign(dataSourceId, call)
      if (fault) return fail(fault)
      received.confirmedFresh += 1
      return revision()
    },
    async putDirectory({ dataSourceId, groups }, call) {
      const fault = foreign(dataSourceId, call)
      if (fault) return fail(fault)
      const same = JSON.stringify(received.directories.get(dataSourceId)) === JSON.stringify(groups)
      if (!same) change(`directory ${dataSourceId}`)
      received.directories.set(dataSourceId, groups)
      return ok({ revision: received.revision, changed: same ? 0 : 1 })
    },
    async putDocumentAccess({ dataSourceId, documents }, call) {
      const fault = foreign(dataSourceId, call)
      if (fault) return fail(fault)
      if (documents.some((facts) => received.refusesFacts(facts)))
        return fail(accessFaults.fault('invalid', 'Facts are refused.'))
      let changed = 0
      for (const facts of documents) {
        received.messages.push(`facts ${facts.documentId}`)
        if (received.removed.has(facts.documentId)) received.violations.push(`${facts.documentId} came back`)
        if (JSON.stringify(received.facts.get(facts.documentId)) === JSON.stringify(facts)) continue
        received.facts.set(facts.documentId, facts)
        change(`facts ${facts.documentId}`)
        changed += 1
      }
      return ok({ revision: received.revision, changed })
    },
    async removeDocuments({ dataSourceId, documentIds }, call) {
      const fault = foreign(dataSourceId, call)
      if (fault) return fail(fault)
      for (const id of documentIds) {
        if (!received.facts.delete(id)) continue
        received.removed.add(id)
        change(`end ${id}`)
      }
      return revision()
    },
  })
}

/** Serves what connectors call of retrieval, over `received`. */
export async function serveRetrieval(bus: Bus, received: Received): Promise<void> {
  const connectors = bus.connectTo(connectorsContract)
  const contract = {
    ...retrievalContract,
    operations: {
      putDocument: retrieval.putDocument,
      removeDocuments: retrieval.removeDocuments,
      awaitIndexed: retrieval.awaitIndexed,
      getDocument: retrieval.getDocument,
    },
  }
  await bus.serve(contract, {
    async putDocument(content, call) {
      received.messages.push(`content ${content.documentId}`)
      const facts = received.facts.get(content.documentId)
      if (facts?.contentVersion !== content.contentVersion) {
        received.violations.push(`content of ${content.externalId} came before its access facts`)
      }
      if (content.accessRevision > received.revision) received.violations.push('a revision that was never answered')
      const reason = received.refuses(content)
      if (reason) return fail(retrievalFaults.fault(reason, 'It is refused.'))
      const before = received.content.get(content.documentId)
      if (before?.contentVersion === content.contentVersion && before.text !== content.text) {
        received.violations.push(`${content.externalId} sent two texts under one version`)
      }
      if (before?.contentVersion !== content.contentVersion) received.changes.push(`content ${content.documentId}`)
      if (content.file) {
        const { dataSourceId, documentId, contentVersion, externalId } = content
        await received.changesOnce?.()
        received.changesOnce = undefined
        const parts: Buffer[] = []
        for (let offset = 0; ;) {
          const part = await connectors.readFile({ dataSourceId, documentId, contentVersion, offset }, call)
          if (!part.ok) return fail(retrievalFaults.fault('changed', part.fault.code))
          const bytes = Buffer.from(part.value.bytes, 'base64')
          if (bytes.length === 0) break
          parts.push(bytes)
          offset += bytes.length
        }
        const file = Buffer.concat(parts)
        if (createHash('sha256').update(file).digest('hex') !== content.file.sha256) {
          return fail(retrievalFaults.fault('changed', 'It is another file.'))
        }
        received.files.set(externalId, file)
      }
      received.content.set(content.documentId, content)
      return ok({ passages: 1, title: content.title ?? content.externalId, attachments: received.finds(content) })
    },
    async removeDocuments({ documentIds }) {
      const removed = documentIds.filter((id) => received.content.delete(id))
      for (const id of removed) received.changes.push(`remove ${id}`)
      return ok({ removed: removed.length })
    },
    async awaitIndexed({ documents, revision }) {
      received.awaited = revision
      const indexed = documents.every(
        ({ documentId, contentVersion }) => received.content.get(documentId)?.contentVersion === contentVersion,
      )
      return ok({ indexed })
    },
    async getDocument({ documentId }, { caller }) {
      const content = received.content.get(documentId)
      const allowed = received.facts.get(documentId)?.allow.includes(caller.subject)
      if (!content || !allowed) return fail(retrievalFaults.fault('not-found', 'No such document here.'))
      return ok({
        documentId,
        title: content.title ?? content.externalId,
        contentVersion: content.contentVersion,
        passages: [],
        indexed: true,
        decisionId: newId('dec'),
        revision: received.revision,
      })
    },
  })
}
