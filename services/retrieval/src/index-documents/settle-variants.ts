import type { Call } from '@tessera/shared/bus/call'
import type { Client } from '@tessera/shared/bus/contract'
import type { accessContract } from '@tessera/shared/contracts/access-control'
import type { IndexFacts } from '@tessera/shared/contracts/access-control/index-facts'
import type { RetrievalDatabase } from '../database.ts'
import type { Keys } from '../passages/passage-ids.ts'
import { digestVariant, hashOfDigest } from '../redact/digest-variant.ts'
import type { KnownRules } from '../redact/known-rules.ts'
import { markPassages } from '../redact/mark-passages.ts'
import { carriesLabels, type Marking } from '../redact/marking.ts'
import type { PutPassages } from '../redact/put-passages.ts'
import { redactedVariant, type Variant } from '../redact/redacted-variant.ts'
import type { Rules } from '../redact/rules.ts'
import { type StoredDocument, type StoredPassage, uncheckedLoadBlocks } from './load-documents.ts'
import { factsOfPassage, isKnown } from './passage-facts.ts'
import { readFacts } from './read-facts.ts'
import { noteRules, storeVariants } from './store-variants.ts'

export type SettleDeps = {
  db: RetrievalDatabase
  access: Pick<Client<typeof accessContract>, 'indexFacts'>
  rules: KnownRules
  putPassages: PutPassages
  keys: Keys
}

/** A document with the facts of now, and the workspace's revision that they were read at. */
export type Pair = { document: StoredDocument; facts: IndexFacts | undefined; revision: number }

/** Labels may change while variants are made for them; then the change feed brings the document back. */
const rounds = 3

/**
 * Makes sure that what is below the full view was made under the rules and for the label sets of now, and that access-control knows: old variants are gone there first, new ones
 * are here last, so that none is served between. Most documents have nothing of it, and are left as they are. Throws `Later` when access-control cannot be told.
 */
export async function settleVariants(
  deps: SettleDeps,
  pairs: readonly Pair[],
  ruleVersion: number,
  call: Call,
): Promise<Pair[]> {
  const { workspaceId } = call.caller
  let settled = await remark(deps, pairs, ruleVersion, call)
  for (let round = 0; round < rounds; round++) {
    const outdated = settled.filter((pair) => isKnown(pair.document, pair.facts) && isOutdated(deps, pair))
    if (outdated.length === 0) break
    const put: StoredDocument[] = []
    for (const pair of outdated) put.push(await putAgain(deps, pair, pair.document, call))
    const facts = await readFacts(
      deps.access,
      put.map(({ documentId }) => documentId),
      call,
    )
    settled = settled.map((pair) => {
      const document = put.find(({ documentId }) => documentId === pair.document.documentId)
      if (!document) return pair
      const now = facts.documents.find(({ documentId }) => documentId === document.documentId)
      return { document, facts: now, revision: facts.revision }
    })
  }
  return Promise.all(settled.map((pair) => settleDigests(deps, workspaceId, pair)))
}

/** Goes through documents again that were marked under older rules. */
async function remark(deps: SettleDeps, pairs: readonly Pair[], ruleVersion: number, call: Call): Promise<Pair[]> {
  const { db, rules } = deps
  const { workspaceId } = call.caller
  rules.heard(workspaceId, ruleVersion)
  const isOld = ({ document, facts }: Pair) => document.ruleVersion < ruleVersion && isKnown(document, facts)
  const old = pairs.filter(isOld).map(({ document }) => document)
  if (old.length === 0) return [...pairs]
  const now = await rules.of(workspaceId)
  const blocks = await uncheckedLoadBlocks(
    db,
    workspaceId,
    old.map(({ documentId }) => documentId),
  )
  const marked: StoredDocument[] = []
  for (const document of old) marked.push(await markedUnder(now, document, blocks.get(document.documentId) ?? []))

  const unlabelled = marked.filter((document) => !document.labelled && !isLabelled(document))
  await noteRules(db, workspaceId, unlabelled, now.version)
  const result = new Map(unlabelled.map((document) => [document.documentId, document]))
  for (const document of marked) {
    if (result.has(document.documentId)) continue
    const pair = pairs.find((one) => one.document.documentId === document.documentId)
    // Its labels change, so its facts do: they are read again below, since what was made for the old ones is outdated.
    if (pair) result.set(document.documentId, await putAgain(deps, pair, document, call))
  }
  const changed = marked.filter(({ documentId }) => !unlabelled.some((one) => one.documentId === documentId))
  const facts =
    changed.length === 0
      ? undefined
      : await readFacts(
          deps.access,
          changed.map(({ documentId }) => documentId),
          call,
        )
  return pairs.map((pair) => {
    const document = result.get(pair.document.documentId) ?? pair.document
    const now = facts?.documents.find(({ documentId }) => documentId === document.documentId)
    return now && facts ? { document, facts: now, revision: facts.revision } : { ...pair, document }
  })
}

async function markedUnder(
  rules: Rules,
  document: StoredDocument,
  blocks: Parameters<typeof markPassages>[0]['blocks'],
) {
  const markings = await markPassages({ ...document, blocks }, document.marks, rules)
  const passages = document.passages.map((passage, at) => ({ ...passage, marking: markings[at] ?? null }))
  return { ...document, ruleVersion: rules.version, passages }
}

const isLabelled = ({ passages }: StoredDocument) => passages.some(({ marking }) => carriesLabels(marking))

function isOutdated(deps: SettleDeps, { document, facts }: Pair): boolean {
  if (!facts) return false
  if (facts.awaitsPassages) return true
  return document.passages.some(
    (passage) => wantedVariant(deps, document, passage, facts)?.hash !== passage.redacted?.hash,
  )
}

function wantedVariant({ keys }: SettleDeps, document: StoredDocument, passage: StoredPassage, facts: IndexFacts) {
  const { labels, hidesTitle } = factsOfPassage(facts, passage.passageId)
  const own = passage.marking ? [...passage.marking.source, ...passage.marking.detector] : []
  const inForce = { labels: [...new Set([...labels, ...own])], hidesTitle }
  return redactedVariant({ ...passage, title: document.title }, passage.marking, inForce, {
    ruleVersion: document.ruleVersion,
    keys,
  })
}

/** Tells access-control of labels and variants as they are to be now, then keeps them. Returns the document as it is kept. */
async function putAgain(
  deps: SettleDeps,
  { facts }: Pair,
  document: StoredDocument,
  call: Call,
): Promise<StoredDocument> {
  const { workspaceId } = call.caller
  const redacted = new Map<string, Variant>()
  for (const passage of facts ? document.passages : []) {
    const variant = facts && wantedVariant(deps, document, passage, facts)
    if (variant) redacted.set(passage.passageId, variant)
  }
  const markings: (Marking | null)[] = document.passages.map(({ marking }) => marking)
  const { deadlineMs: untilMs, signal } = call
  await deps.putPassages(workspaceId, document, document.passages, markings, { untilMs, signal, redacted })
  const kept: StoredDocument = {
    ...document,
    labelled: isLabelled(document),
    variants: document.variants || redacted.size > 0,
    passages: document.passages.map((passage) => ({
      ...passage,
      redacted: stored('redacted', redacted.get(passage.passageId)),
    })),
  }
  await storeVariants(deps.db, workspaceId, kept)
  return kept
}

const stored = <V extends Variant['view']>(view: V, variant: Variant | undefined) =>
  variant && { view, hash: variant.hash, title: variant.title, headings: variant.headings, text: variant.text }

/** What of the proposed digests exists now, under the title as it is shown now. */
async function settleDigests({ db, keys }: SettleDeps, workspaceId: string, pair: Pair): Promise<Pair> {
  const { document, facts } = pair
  if (!document.variants || !isKnown(document, facts)) return pair
  const passages = document.passages.map((passage) => {
    const { labels, hidesTitle, digestHash } = factsOfPassage(facts, passage.passageId)
    const approved = passage.digests.find(
      ({ hash, text }) => hash === digestHash && hash === hashOfDigest(passage, passage.marking, text, keys),
    )
    const titled = { ...passage, title: document.title }
    const digest = approved && digestVariant(titled, passage.marking, { labels, hidesTitle }, approved)
    return { ...passage, digest: stored('digest', digest) }
  })
  const isSame = passages.every(
    ({ digest }, at) =>
      digest?.hash === document.passages[at]?.digest?.hash && digest?.title === document.passages[at]?.digest?.title,
  )
  if (isSame) return pair
  const kept = { ...document, passages }
  await storeVariants(db, workspaceId, kept)
  return { ...pair, document: kept }
}
