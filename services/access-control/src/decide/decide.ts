import type { EntitledView, ReasonCode } from '@tessera/shared/contracts/access-control/common'
import {
  type Actor,
  type DocumentFacts,
  type FormerFacts,
  hidesTitle,
  isAtMost,
  labelSet,
  least,
  type LabelDefinitions,
  type Lists,
  type PassageFacts,
  type PolicyJudgement,
  type Reader,
  type VariantFacts,
} from './facts.ts'

/** `name` is the entry, gate, state, label, policy or actor that decided; absent where the code says it all. */
export type Reason = { readonly code: ReasonCode; readonly name?: string }

export type Decision = {
  readonly allowed: boolean
  /** The entitled view (ACCESS.md section 4); `none` where it is not allowed. */
  readonly view: EntitledView
  readonly reasons: readonly Reason[]
}

/** What stands about a passage, beside its document's facts. */
export type PassageQuestion = {
  readonly document: DocumentFacts | undefined
  /** Absent where nothing is said of the passage itself. */
  readonly passage: PassageFacts | undefined
  readonly definitions: LabelDefinitions
  /** What the policies say about its signature. */
  readonly policies: PolicyJudgement
}

/** Whether the reader, with everybody who acts for them, reads this document now. */
export function decideDocument(
  reader: Reader,
  document: DocumentFacts | undefined,
  policies: Pick<PolicyJudgement, 'read'>,
): Decision {
  return decideWith(reader, document, policies, [])
}

/** `more` are the negative facts that a passage adds. */
function decideWith(
  reader: Reader,
  document: DocumentFacts | undefined,
  policies: Pick<PolicyJudgement, 'read'>,
  more: readonly Reason[],
): Decision {
  const unfit = unfitReader(reader)
  if (unfit) return refuse([unfit])
  if (!document) return refuse([{ code: 'unknown-document' }])
  const glass = reader.breakGlass.find((grant) => coversInEmergency(grant, document))
  const against = [
    ...stateReasons(document),
    ...denyReasons(reader, document),
    ...policyReasons(policies.read),
    ...(glass ? [] : gateReasons(reader, document)),
    ...reader.actors.flatMap((actor) => actorReasons(actor, document)),
    ...more,
  ]
  if (against.length > 0) return refuse(against)
  return granted(glass ? [{ code: 'break-glass', name: glass.id }] : grantReasons(reader, document))
}

/** How much of this passage the reader is entitled to now. */
export function decidePassage(reader: Reader, question: PassageQuestion): Decision {
  const { document, passage, definitions, policies } = question
  const labels = labelSet(document?.labels ?? [], passage?.labels ?? [])
  const limits = { labels, definitions, use: policies.use }
  const decision = decideWith(reader, document, policies, hidingReasons(reader, limits))
  return decision.allowed ? lowered(decision, reader, limits) : decision
}

/** A row or text that somebody wants to serve. */
export type Offered = {
  readonly view: 'full' | 'redacted' | 'digest'
  readonly hash: string
  readonly contentVersion: string
}

/**
 * Whether this row's own text may be served: its view is at most the entitled one, and it is current. A full text is bound to the content version, so that
 * old text never goes out under new facts; a variant to its hash and label set on top (ACCESS.md section 4).
 */
export function decideOffered(reader: Reader, question: PassageQuestion, offered: Offered): Decision {
  const decision = decidePassage(reader, question)
  if (!decision.allowed || !isAtMost(offered.view, decision.view)) return { ...decision, allowed: false }
  const { document } = question
  const current =
    document?.contentVersion === offered.contentVersion &&
    (offered.view === 'full' || existingVariant(question, offered.view)?.hash === offered.hash)
  return current ? decision : refuse([{ code: 'content-version' }])
}

/**
 * The variant of this passage that exists now: made from this content version for exactly the label set in force, and, if redacted, with a span marked by
 * every label whose `below` is `redacted`: one that was made for other labels would show what the new one hides. Where a label hides the title, so must it (under
 * a digest there is nothing but the title, which is taken away where it is served).
 */
export function existingVariant(
  { document, passage, definitions }: Omit<PassageQuestion, 'policies'>,
  variant: VariantFacts['variant'],
): VariantFacts | undefined {
  const made = passage?.variants.find((facts) => facts.variant === variant)
  if (!made || !document || made.contentVersion !== document.contentVersion) return undefined
  const labels = labelSet(document.labels, passage?.labels ?? [])
  if (labels.join(' ') !== labelSet(made.labels).join(' ')) return undefined
  if (variant === 'digest') return made
  const unmarked = labels.some((label) => definitions.get(label)?.below === 'redacted' && !made.marked.includes(label))
  const showsTitle = hidesTitle(labels, definitions) && !made.hidesTitle
  return unmarked || showsTitle ? undefined : made
}

/** What a text was made from (ACCESS.md section 6). */
export type Entry = {
  readonly contentVersion: string
  readonly view: 'full' | 'redacted' | 'digest'
  /** What the passage carried then. */
  readonly labels: readonly string[]
  /** What it carried when its content version last was current, if it no longer is. */
  readonly lastLabels?: readonly string[]
}

/**
 * Whether a text made from this passage may be opened now: the reader reads the document now, at least at the view that was used, over the labels of then
 * and of now together; once that content version is no longer current, they also pass the lists, gates and labels that stood when it last was, with today's
 * memberships. `former` is undefined where the version was never known; facts that were not ready then (such as a quarantine for a missing deny) vouch for
 * nobody.
 */
export function decideReadSetEntry(
  reader: Reader,
  question: PassageQuestion,
  entry: Entry,
  former: FormerFacts | undefined,
): Decision {
  const { document, passage, definitions, policies } = question
  const now = decideDocument(reader, document, policies)
  if (!now.allowed || !document) return now
  const isCurrent = document.contentVersion === entry.contentVersion
  if (!isCurrent && !former) return refuse([{ code: 'content-version' }])
  const then = isCurrent || !former ? now : decideFormer(reader, document, former)
  if (!then.allowed) return then
  const labels = labelSet(
    entry.labels,
    entry.lastLabels ?? [],
    document.labels,
    passage?.labels ?? [],
    then === now ? [] : (former?.labels ?? []),
  )
  const decision = limited(now, reader, { labels, definitions, use: policies.use })
  // What was masked was masked for the labels of then: of what another one hides, all may stand in it.
  const later = labels.filter((label) => !entry.labels.includes(label))
  const shows = isAtMost(entry.view, decision.view) && later.every((label) => isCleared(reader, label, definitions))
  return decision.allowed && !shows ? { ...decision, allowed: false } : decision
}

function decideFormer(reader: Reader, document: DocumentFacts, former: FormerFacts): Decision {
  const glass = reader.breakGlass.some((grant) => coversInEmergency(grant, document))
  const against = [
    ...(former.state === 'ready' ? [] : [{ code: 'state', name: former.state } as const]),
    ...denyReasons(reader, former),
    ...(glass ? [] : gateReasons(reader, former)),
    ...reader.actors.flatMap(({ name }) => deniedActor(name, former)),
  ]
  if (against.length > 0) return refuse(against)
  return granted(glass ? [{ code: 'break-glass' }] : grantReasons(reader, former))
}

/**
 * The entitled view over a set of labels: the least that any label which is not cleared leaves. The clearances of everybody who acts count as well, so that
 * nobody gets more through an agent than the agent may have.
 */
export function entitledView(reader: Reader, labels: readonly string[], definitions: LabelDefinitions): EntitledView {
  return least(unclearedLabels(reader, labels, definitions).map((label) => belowOf(label, definitions)))
}

const belowOf = (label: string, definitions: LabelDefinitions): EntitledView => definitions.get(label)?.below ?? 'none'

function isCleared(reader: Reader, label: string, definitions: LabelDefinitions): boolean {
  const definition = definitions.get(label)
  if (!definition || definition.clearsNobody) return false
  return definition.requires.every(
    (clearance) =>
      reader.clearances.has(clearance) &&
      reader.actors.every(({ facts }) => facts?.clearances.includes(clearance) === true),
  )
}

type Limits = { labels: readonly string[]; definitions: LabelDefinitions; use: readonly string[] }

/** What labels and policies about passages leave of a document that may be read. */
function limited(decision: Decision, reader: Reader, limits: Limits): Decision {
  const hiding = hidingReasons(reader, limits)
  return hiding.length > 0 ? refuse(hiding) : lowered(decision, reader, limits)
}

/** What leaves nothing of a passage. */
const hidingReasons = (reader: Reader, { labels, definitions, use }: Limits): Reason[] => [
  ...policyReasons(use),
  ...unclearedLabels(reader, labels, definitions)
    .filter((label) => belowOf(label, definitions) === 'none')
    .map(labelReason),
]

/** What is left of a passage that nothing hides. */
function lowered({ reasons }: Decision, reader: Reader, { labels, definitions }: Limits): Decision {
  const lowering = unclearedLabels(reader, labels, definitions)
  const view = least(lowering.map((label) => belowOf(label, definitions)))
  return { allowed: true, view, reasons: [...reasons, ...lowering.map(labelReason)] }
}

const unclearedLabels = (reader: Reader, labels: readonly string[], definitions: LabelDefinitions) =>
  labels.filter((label) => !isCleared(reader, label, definitions))

const labelReason = (name: string): Reason => ({ code: 'label', name })

function unfitReader({ state }: Reader): Reason | undefined {
  if (state === 'deactivated') return { code: 'deactivated' }
  return state === 'active' ? undefined : { code: 'unknown-principal' }
}

function stateReasons({ state, stale, awaitsPassages }: DocumentFacts): Reason[] {
  if (state !== 'ready') return [{ code: 'state', name: state }]
  return [
    ...(stale ? [{ code: 'state', name: 'stale' } as const] : []),
    ...(awaitsPassages ? [{ code: 'state', name: 'awaits-passages' } as const] : []),
  ]
}

const denyReasons = ({ names }: Reader, { deny }: Lists): Reason[] =>
  deny.filter((name) => names.has(name)).map((name) => ({ code: 'deny', name }))

const gateReasons = ({ names }: Reader, { gates }: Lists): Reason[] =>
  gates.filter((name) => !names.has(name)).map((name) => ({ code: 'gate', name }))

const grantReasons = ({ names }: Reader, { allow }: Lists): Reason[] =>
  allow.filter((name) => names.has(name)).map((name) => ({ code: 'allow', name }))

const policyReasons = (policyIds: readonly string[]): Reason[] => policyIds.map((name) => ({ code: 'policy', name }))

function actorReasons({ name, facts }: Actor, document: DocumentFacts): Reason[] {
  const covers =
    facts?.active && !facts.exceptDocumentIds.includes(document.documentId) && inScope(facts.scope, document)
  return [...deniedActor(name, document), ...(covers ? [] : [{ code: 'agent-scope', name } as const])]
}

const deniedActor = (name: string, { denyAgents }: Lists): Reason[] =>
  denyAgents.includes('*') || denyAgents.includes(name) ? [{ code: 'deny', name }] : []

function inScope(scope: NonNullable<Actor['facts']>['scope'], document: DocumentFacts): boolean {
  if (scope.kind === 'everything') return true
  return (
    (scope.dataSourceIds ?? []).includes(document.dataSourceId) ||
    (scope.spaces ?? []).includes(document.space) ||
    (scope.documentIds ?? []).includes(document.documentId)
  )
}

const coversInEmergency = (
  { documentId, space }: Reader['breakGlass'][number],
  document: Pick<DocumentFacts, 'documentId' | 'space'>,
) => documentId === document.documentId || space === document.space

/** Deny beats allow at any distance: what speaks against is everything, and only without it do the grants count. */
const granted = (grants: readonly Reason[]): Decision =>
  grants.length === 0 ? refuse([{ code: 'no-grant' }]) : { allowed: true, view: 'full', reasons: grants }

const refuse = (reasons: readonly Reason[]): Decision => ({ allowed: false, view: 'none', reasons })
