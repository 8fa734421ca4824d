import type { Call } from '@tessera/shared/bus/call'
import type { Candidate } from '@tessera/shared/contracts/access-control/decisions'
import { fail, ok } from '@tessera/shared/fault/result'
import type { Static } from 'typebox'
import { type Decision, decideOffered } from '../decide/decide.ts'
import { hidesTitle, labelSet, withUncleared } from '../decide/facts.ts'
import { noWorkspace } from '../faults.ts'
import type { AccessDeps, AccessHandlers, Make } from '../handler.ts'
import type { Receipt } from '../log/append.ts'
import type { LogEntry } from '../log/entry.ts'
import { hearers, together } from './audience.ts'
import { decidedDocuments, decisionEntry, notedUncleared } from './decision-log.ts'
import { judgementsOf } from './judgements.ts'
import { type Facts, type LoadedReader, passageIn, type PassageKey } from './loaded-facts.ts'
import { refusal } from './refusal.ts'

type Candidates = readonly Static<typeof Candidate>[]

/**
 * Decides over what is remembered first: whether that still stands is told by the statement that writes the row. Where it does not, or not all is known, the facts
 * are read, and the row is written after that.
 */
export const checkPassages: Make<'checkPassages'> = ({ db, log, policies, facts: memory }) =>
  async function checkPassages(input, call) {
    const { candidates, audience = [] } = input
    const { workspaceId, subject, actors } = call.caller
    const question = {
      workspaceId,
      readers: [subject, ...audience],
      actors,
      documentIds: [...new Set(candidates.map(({ documentId }) => documentId))],
      passages: candidates,
    }
    const recalled = memory.recall(question)
    const early = recalled && (await decideAll({ db, policies }, recalled.facts, input, call))
    const written = recalled && early?.ok && (await log.appendIf(recalled.proviso, early.value.entry))
    if (early?.ok && written) return answered(early.value, written)
    const facts = await memory.load(db, question)
    if (!facts) return fail(noWorkspace())
    const decided = await decideAll({ db, policies }, facts, input, call)
    return decided.ok ? answered(decided.value, await log.append(decided.value.entry)) : decided
  }

type Input = Parameters<AccessHandlers['checkPassages']>[0]
type Decided = Candidates[number] & { readonly decision: Decision }
type AllDecided = { readonly facts: Facts; readonly decisions: readonly Decided[]; readonly entry: LogEntry }

async function decideAll(
  { db, policies }: Pick<AccessDeps, 'db' | 'policies'>,
  loaded: Facts,
  { candidates, operation, queryHash, filterHash, audience = [], unclearedLabels = [], atLeast }: Input,
  call: Call,
) {
  const { workspaceId, subject, purpose } = call.caller
  const facts = { ...loaded, definitions: withUncleared(loaded.definitions, unclearedLabels) }
  const refused = refusal(facts, subject, atLeast)
  if (refused) return fail(refused)
  const inForce = await policies.policiesOf(db, workspaceId, facts.policyVersion)
  const each = await Promise.all(
    hearers(facts, subject).map(async (reader) => {
      const judgementOf = await judgementsOf(policies, inForce, facts, { reader, purpose }, candidates)
      return candidates.map((candidate) => decide(facts, reader, candidate, judgementOf))
    }),
  )
  const decisions = candidates.map((candidate, index) => ({
    ...candidate,
    decision: together(each.flatMap((decided) => decided[index] ?? [])),
  }))
  const entry = decisionEntry(call, facts, {
    kind: 'passages',
    operation,
    readers: audience,
    queryHash,
    filterHash,
    documents: decidedDocuments(used(facts, decisions)),
    ...notedUncleared(unclearedLabels),
  })
  return ok<AllDecided>({ facts, decisions, entry })
}

function answered({ facts, decisions }: AllDecided, { decisionId, ...receipt }: Receipt) {
  const allowed = decisions.flatMap((decided) => allowedOf(facts, decided))
  return ok({ decisionId, receipt, revision: facts.revision, allowed })
}

const decide = (
  facts: Facts,
  reader: LoadedReader,
  candidate: Candidates[number],
  judgementOf: Awaited<ReturnType<typeof judgementsOf>>,
): Decision =>
  decideOffered(
    reader,
    {
      document: facts.documents.get(candidate.documentId),
      passage: passageIn(facts, candidate),
      definitions: facts.definitions,
      policies: judgementOf(candidate),
    },
    candidate,
  )

function allowedOf(facts: Facts, { documentId, passageId, view, decision }: Decided) {
  if (!decision.allowed || decision.view === 'none') return []
  const labels = labelsOf(facts, { documentId, passageId })
  const titleHidden = hidesTitle(labels, facts.definitions)
  return [{ passageId, view, entitledView: decision.view, labels, hidesTitle: titleHidden }]
}

const labelsOf = (facts: Facts, key: PassageKey) =>
  labelSet(facts.documents.get(key.documentId)?.labels ?? [], passageIn(facts, key)?.labels ?? [])

/** The log says which view was given out; the entitled one may be more. */
const used = (facts: Facts, decisions: readonly Decided[]) =>
  decisions.map(({ documentId, passageId, view, decision }) => ({
    documentId,
    passageId,
    ...(decision.allowed
      ? { decision: { ...decision, view }, labels: labelsOf(facts, { documentId, passageId }) }
      : { decision }),
  }))
