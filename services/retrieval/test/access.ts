import type { Bus } from '@tessera/shared/bus/bus'
import { accessContract } from '@tessera/shared/contracts/access-control'
import { accessFaults } from '@tessera/shared/contracts/access-control/faults'
import type { AgentScope } from '@tessera/shared/contracts/access-control/facts'
import type { IndexFacts } from '@tessera/shared/contracts/access-control/index-facts'
import { labelOperations, type RedactionRule } from '@tessera/shared/contracts/access-control/labels'
import type { Candidate, ReaderFilter } from '@tessera/shared/contracts/access-control/decisions'
import type { InputOf } from '@tessera/shared/bus/contract'
import type { Caller } from '@tessera/shared/bus/call'
import { fail, ok } from '@tessera/shared/fault/result'
import { newId } from '@tessera/shared/ids/ids'
import type { Static } from 'typebox'

type View = 'full' | 'redacted' | 'digest'
type Entitled = View | 'none'
type Lists = Pick<
  IndexFacts,
  'dataSourceId' | 'space' | 'contentVersion' | 'searchable' | 'allow' | 'deny' | 'denyAgents' | 'labels'
>
/** What was put of one passage, and what somebody labelled by hand. */
type PassageFacts = {
  section: string
  put: string[]
  byHand: string[]
  redacted?: { hash: string; marked: string[]; labels: string[]; hidesTitle: boolean }
  digest?: { hash: string; labels: string[]; proposedBy: string; approved: boolean }
}
type DocumentFacts = Lists & {
  documentId: string
  revision: number
  passages: Map<string, PassageFacts>
  /** The version whose passages were put completely. */
  putVersion: string
}
type Definition = { requires: string[]; below: Exclude<Entitled, 'full'>; hidesTitle: boolean }
type Rule = Pick<RedactionRule, 'pattern' | 'detector' | 'label' | 'kind'>
type Check = { candidates: number; operation: string; decisionId: string; queryHash: string | undefined }
type Offered = Static<typeof Candidate>

const { indexFacts, changedDocuments, listWorkspaces, readerFilter, checkPassages, checkRole } =
  accessContract.operations
const { putPassages, redactionRules, logChange } = accessContract.operations
const { proposeDigest, approveDigest, withdrawDigest } = labelOperations
const served = {
  ...accessContract,
  operations: {
    ...{ indexFacts, changedDocuments, listWorkspaces, readerFilter, checkPassages, checkRole },
    ...{ logChange, putPassages, redactionRules, proposeDigest, approveDigest, withdrawDigest },
  },
}

const order: readonly Entitled[] = ['none', 'digest', 'redacted', 'full']
const least = (views: readonly Entitled[]) => order[Math.min(3, ...views.map((view) => order.indexOf(view)))] ?? 'none'
const setOf = (labels: readonly string[]) => [...new Set(labels)].toSorted()
const same = (a: readonly string[], b: readonly string[]) => setOf(a).join() === setOf(b).join()

/**
 * An access-control of one workspace that decides by lists, labels and variants alone (ACCESS.md sections 2 and 4): enough to meet retrieval over the real bus. `covering` says
 * who covers a reader, `clearances` what they hold; `hold` lets the filter (not the check) go on showing what stood then, as a filter that lags.
 */
export async function serveAccess(bus: Bus) {
  const workspaceId = newId('wsp')
  const documents = new Map<string, DocumentFacts>()
  const covering = new Map<string, string[]>()
  const clearances = new Map<string, string[]>()
  const definitions = new Map<string, Definition>()
  const scopes = new Map<string, AgentScope>()
  const checks: Check[] = []
  const logged: string[] = []
  const puts: InputOf<typeof putPassages>[] = []
  const rules: { list: (Rule & { id: string; title: string })[]; version: number } = { list: [], version: 0 }
  const breakGlass = new Map<string, { documentIds: string[]; spaces: string[] }>()
  const state = {
    revision: 1,
    hints: true,
    down: false,
    held: undefined as Map<string, string[]> | undefined,
    /** Puts of passages fail. */
    refusesPuts: false,
    rulesAsked: 0,
    /** The workspace ranks strictly. */
    strict: false,
  }

  const raise = async (...changed: (DocumentFacts | undefined)[]) => {
    state.revision++
    for (const facts of changed) if (facts) facts.revision = state.revision
    if (!state.hints) return state.revision
    const payload = { workspaceId, revision: state.revision }
    await bus.publish(accessContract, 'changed', payload, { dedupId: `${workspaceId}:${state.revision}` })
    return state.revision
  }
  const mustBeUp = () => {
    if (state.down) throw new Error('Switched off by the test')
  }
  const namesOf = (subject: string, names = covering) => [subject, ...(names.get(subject) ?? [])]

  const labelsOf = (facts: DocumentFacts, passageId: string) => {
    const passage = facts.passages.get(passageId)
    return setOf([...facts.labels, ...(passage?.put ?? []), ...(passage?.byHand ?? [])])
  }
  /** What a combination of labels is called; the real one is opaque. */
  const signatureOf = (labels: readonly string[]) => (labels.length === 0 ? 'sig' : `sig-${labels.join('-')}`)
  const hidesTitle = (labels: readonly string[]) => labels.some((label) => definitions.get(label)?.hidesTitle === true)
  const isCleared = (subject: string, label: string) => {
    const definition = definitions.get(label)
    return definition?.requires.every((one) => clearances.get(subject)?.includes(one)) ?? false
  }
  const entitled = (subjects: readonly string[], labels: readonly string[]) =>
    least(
      subjects.flatMap((subject) =>
        labels.filter((label) => !isCleared(subject, label)).map((label) => definitions.get(label)?.below ?? 'none'),
      ),
    )
  const redactedOf = (facts: DocumentFacts, passageId: string) => {
    const made = facts.passages.get(passageId)?.redacted
    const labels = labelsOf(facts, passageId)
    const unmarked = labels.some(
      (label) => definitions.get(label)?.below === 'redacted' && !made?.marked.includes(label),
    )
    const showsTitle = hidesTitle(labels) && !made?.hidesTitle
    return made && same(made.labels, labels) && !unmarked && !showsTitle ? made.hash : undefined
  }
  const digestOf = (facts: DocumentFacts, passageId: string) => {
    const made = facts.passages.get(passageId)?.digest
    return made?.approved && same(made.labels, labelsOf(facts, passageId)) ? made.hash : undefined
  }
  const awaitsPassages = ({ passages, contentVersion, putVersion }: DocumentFacts) =>
    putVersion !== contentVersion && [...passages.values()].some(({ byHand }) => byHand.length > 0)

  const indexFactsOf = (facts: DocumentFacts): IndexFacts => {
    const { passages, putVersion: _, ...lists } = facts
    return {
      ...lists,
      signature: signatureOf(setOf(facts.labels)),
      hidesTitle: hidesTitle(facts.labels),
      awaitsPassages: awaitsPassages(facts),
      passages: [...passages.keys()].flatMap((passageId) => {
        const labels = labelsOf(facts, passageId)
        const [redactedHash, digestHash] = [redactedOf(facts, passageId), digestOf(facts, passageId)]
        if (same(labels, facts.labels) && !redactedHash && !digestHash) return []
        return [
          {
            passageId,
            signature: signatureOf(labels),
            labels,
            hidesTitle: hidesTitle(labels),
            ...(redactedHash === undefined ? {} : { redactedHash }),
            ...(digestHash === undefined ? {} : { digestHash }),
          },
        ]
      }),
    }
  }

  const mayRead = (subject: string, actors: readonly string[], facts: DocumentFacts | undefined, version: string) => {
    const names = namesOf(subject)
    const agentsMay = actors.every((agent) => {
      const scope = scopes.get(agent)
      const denied = facts?.denyAgents.some((name) => name === '*' || name === agent)
      return (
        !denied && (scope === undefined || scope.kind === 'everything' || scope.spaces?.includes(facts?.space ?? ''))
      )
    })
    const glass = breakGlass.get(subject)
    const broken = facts && (glass?.documentIds.includes(facts.documentId) || glass?.spaces.includes(facts.space))
    return (
      facts !== undefined &&
      facts.searchable &&
      !awaitsPassages(facts) &&
      facts.contentVersion === version &&
      agentsMay &&
      !facts.deny.some((name) => names.includes(name)) &&
      (broken === true || facts.allow.some((name) => names.includes(name)))
    )
  }
  const decide = (subjects: readonly string[], actors: readonly string[], offered: Offered) => {
    const facts = documents.get(offered.documentId)
    if (!facts || !subjects.every((one) => mayRead(one, actors, facts, offered.contentVersion))) return []
    const { passageId, view, hash } = offered
    const labels = labelsOf(facts, passageId)
    const entitledView = entitled(subjects, labels)
    if (entitledView === 'none' || order.indexOf(view) > order.indexOf(entitledView)) return []
    const current = view === 'redacted' ? redactedOf(facts, passageId) : digestOf(facts, passageId)
    return view === 'full' || hash === current
      ? [{ passageId, view, entitledView, labels, hidesTitle: hidesTitle(labels) }]
      : []
  }
  const signatures = () => {
    const sets = [...documents.values()].flatMap((facts) => [
      facts.labels,
      ...[...facts.passages.keys()].map((passageId) => labelsOf(facts, passageId)),
    ])
    return new Map([[], ...sets].map((labels) => [signatureOf(setOf(labels)), setOf(labels)]))
  }
  const onlyRetrieval = ({ subject }: Caller) => {
    if (subject !== 'system:retrieval') throw new Error(`${subject} asks what retrieval asks for itself`)
  }
  const readsInFull = (subject: string, documentId: string, passageId: string) => {
    const facts = documents.get(documentId)
    return (
      facts !== undefined &&
      mayRead(subject, [], facts, facts.contentVersion) &&
      entitled([subject], labelsOf(facts, passageId)) === 'full'
    )
  }
  const passageOf = (documentId: string, passageId: string): PassageFacts | undefined => {
    const facts = documents.get(documentId)
    if (!facts) return undefined
    const passage = facts.passages.get(passageId) ?? { section: '', put: [], byHand: [] }
    facts.passages.set(passageId, passage)
    return passage
  }
  const notFound = () => fail(accessFaults.fault('not-found', 'No such passage here.'))

  await bus.serve(served, {
    indexFacts: async ({ documentIds }, { caller }) => {
      mustBeUp()
      onlyRetrieval(caller)
      const found = documentIds.flatMap((id) => documents.get(id) ?? []).map(indexFactsOf)
      return ok({ documents: found, ruleVersion: rules.version, revision: state.revision })
    },
    changedDocuments: async ({ afterRevision, afterDocumentId = '', limit }) => {
      mustBeUp()
      const after = [...documents.values()]
        .filter(
          ({ revision, documentId }) =>
            revision > afterRevision ||
            (afterDocumentId !== '' && revision === afterRevision && documentId > afterDocumentId),
        )
        .sort((a, b) => a.revision - b.revision || (a.documentId < b.documentId ? -1 : 1))
      const page = after.slice(0, limit).map(indexFactsOf)
      const more = after.length > limit
      return ok({ documents: page, ruleVersion: rules.version, revision: state.revision, more })
    },
    listWorkspaces: async () => ok({ workspaces: [{ workspaceId, revision: state.revision }] }),
    redactionRules: async (_, { caller }) => {
      mustBeUp()
      onlyRetrieval(caller)
      state.rulesAsked++
      return ok({ rules: rules.list, ruleVersion: rules.version, revision: state.revision })
    },
    putPassages: async (input, { caller }) => {
      mustBeUp()
      onlyRetrieval(caller)
      if (state.refusesPuts) return fail(accessFaults.fault('unavailable', 'Switched off by the test'))
      const facts = documents.get(input.documentId)
      if (!facts) return notFound()
      if (facts.contentVersion !== input.contentVersion) {
        return fail(accessFaults.fault('conflict', 'The facts are those of another version.'))
      }
      puts.push(input)
      const before = facts.passages
      facts.passages = new Map(
        input.passages.map(({ passageId, section, sourceLabels, detectorLabels, redacted }) => {
          const old = before.get(passageId)
          // A new passage takes the hand-set labels of its section.
          const near = [...before.values()].filter((one) => one.section === section)
          const byHand = old ? old.byHand : near.flatMap((one) => one.byHand)
          const digest = old?.digest && { digest: old.digest }
          const put = setOf([...sourceLabels, ...detectorLabels])
          return [passageId, { section, put, byHand, ...digest, ...(redacted ? { redacted } : {}) }]
        }),
      )
      if (input.complete) facts.putVersion = input.contentVersion
      return ok({ revision: await raise(facts) })
    },
    readerFilter: async ({ atLeast = 0, audience = [] }, { caller }) => {
      mustBeUp()
      if (atLeast > state.revision) return fail(accessFaults.fault('future-revision', 'Not there yet.'))
      const subjects = [caller.subject, ...audience]
      const pairs = [...signatures()].flatMap(([signature, labels]) => {
        const view = entitled(subjects, labels)
        return view === 'none' ? [] : [`${signature}/${view}`]
      })
      const glass = breakGlass.get(caller.subject)
      const filter: ReaderFilter = {
        names: subjects.map((subject) => namesOf(subject, state.held).filter((name) => !name.startsWith('role:'))),
        pairs,
        agents: caller.actors,
        scopes: caller.actors.map((agent) => scopes.get(agent) ?? { kind: 'everything' }),
        exceptDocumentIds: [],
        breakGlass: glass && audience.length === 0 ? { ...glass, pairs } : { documentIds: [], spaces: [], pairs: [] },
        strictRanking: state.strict,
        revision: state.revision,
      }
      return ok(filter)
    },
    checkPassages: async ({ candidates, operation, queryHash, atLeast = 0, audience = [] }, { caller }) => {
      if (atLeast > state.revision) return fail(accessFaults.fault('future-revision', 'Not there yet.'))
      const decisionId = newId('dec')
      checks.push({ candidates: candidates.length, operation, decisionId, queryHash })
      const subjects = [caller.subject, ...audience]
      const allowed = candidates.flatMap((candidate) => decide(subjects, caller.actors, candidate))
      return ok({ decisionId, revision: state.revision, receipt: { sequence: checks.length, rowHash: 'row' }, allowed })
    },
    checkRole: async (_, { caller }) =>
      namesOf(caller.subject).includes('role:admin')
        ? ok({ revision: state.revision })
        : fail(accessFaults.fault('forbidden', 'Not an admin.')),
    logChange: async ({ operation }, { caller }) => {
      if (!namesOf(caller.subject).includes('role:admin')) return fail(accessFaults.fault('forbidden', 'Not an admin.'))
      logged.push(operation)
      return ok({ revision: state.revision })
    },
    proposeDigest: async ({ documentId, passageId, hash }, { caller }) => {
      const passage = passageOf(documentId, passageId)
      const facts = documents.get(documentId)
      if (!passage || !facts || !readsInFull(caller.subject, documentId, passageId)) return notFound()
      passage.digest = { hash, labels: labelsOf(facts, passageId), proposedBy: caller.subject, approved: false }
      return ok({ revision: await raise(facts) })
    },
    approveDigest: async ({ documentId, passageId, hash }, { caller }) => {
      const digest = passageOf(documentId, passageId)?.digest
      if (!digest || digest.hash !== hash || !readsInFull(caller.subject, documentId, passageId)) return notFound()
      if (digest.proposedBy === caller.subject) {
        return fail(accessFaults.fault('forbidden', 'Somebody else has to approve it.'))
      }
      digest.approved = true
      return ok({ revision: await raise(documents.get(documentId)) })
    },
    withdrawDigest: async ({ documentId, passageId }, { caller }) => {
      const passage = documents.get(documentId)?.passages.get(passageId)
      if (!passage?.digest || !readsInFull(caller.subject, documentId, passageId)) return notFound()
      delete passage.digest
      return ok({ revision: await raise(documents.get(documentId)) })
    },
  })

  return {
    workspaceId,
    state,
    logged,
    checks,
    puts,
    covering,
    clearances,
    breakGlass,
    scopes,
    documents,
    /** Defines a label; what needs a clearance is named by its label if nothing else is said. */
    async define(label: string, definition: Partial<Definition> = {}): Promise<number> {
      definitions.set(label, { requires: [label], below: 'redacted', hidesTitle: false, ...definition })
      return raise(...documents.values())
    },
    async addRule(rule: Rule): Promise<number> {
      rules.list.push({ ...rule, id: newId('rul'), title: rule.label })
      rules.version++
      return raise()
    },
    async dropRules(): Promise<number> {
      rules.list = []
      rules.version++
      return raise()
    },
    /** Labels a passage by hand. */
    async label(documentId: string, passageId: string, labels: string[]): Promise<number> {
      const passage = passageOf(documentId, passageId)
      if (passage) passage.byHand = labels
      return raise(documents.get(documentId))
    },
    /** Writes the facts of a document, all of them or some, under a new revision. */
    async put(documentId: string, facts: Partial<Lists>): Promise<number> {
      const before = documents.get(documentId) ?? {
        documentId,
        revision: 0,
        dataSourceId: '',
        space: 'space:one',
        contentVersion: '',
        searchable: true,
        allow: [],
        deny: [],
        denyAgents: [],
        labels: [],
        passages: new Map(),
        putVersion: '',
      }
      const now = { ...before, ...facts }
      documents.set(documentId, now)
      return raise(now)
    },
  }
}
