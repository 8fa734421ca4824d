import type { Candidate } from '@tessera/shared/contracts/access-control/decisions'
import { fail, ok } from '@tessera/shared/fault/result'
import type { Static } from 'typebox'
import { type Decision, decideOffered } from '../decide/decide.ts'
import { hidesTitle, labelSet, withUncleared } from '../decide/facts.ts'
import { noWorkspace } from '../faults.ts'
import type { Make } from '../handler.ts'
import { hearers, together } from './audience.ts'
import { decidedDocuments, decisionEntry, notedUncleared } from './decision-log.ts'
import { judgementsOf } from './judgements.ts'
import { type Facts, type LoadedReader, passageIn, type PassageKey } from './loaded-facts.ts'
import { refusal } from './refusal.ts'

type Candidates = readonly Static<typeof Candidate>[]

export const checkPassages: Make<'checkPassages'> = ({ db, log, policies, loadFacts }) =>
  async function checkPassages(
    { candidates, operation, queryHash, filterHash, audience = [], unclearedLabels = [], atLeast },
    call,
  ) {
    const { workspaceId, subject, actors, purpose } = call.caller
    const loaded = await loadFacts(db, {
      workspaceId,
      readers: [subject, ...audience],
      actors,
      documentIds: [...new Set(candidates.map(({ documentId }) => documentId))],
      passages: candidates,
    })
    if (!loaded) return fail(noWorkspace())
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
    const { decisionId, ...receipt } = await log.append(
      decisionEntry(call, facts, {
        kind: 'passages',
        operation,
        readers: audience,
        queryHash,
        filterHash,
        documents: decidedDocuments(used(facts, decisions)),
        ...notedUncleared(unclearedLabels),
      }),
    )
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

function allowedOf(
  facts: Facts,
  { documentId, passageId, view, decision }: Candidates[number] & { decision: Decision },
) {
  if (!decision.allowed || decision.view === 'none') return []
  const labels = labelsOf(facts, { documentId, passageId })
  const titleHidden = hidesTitle(labels, facts.definitions)
  return [{ passageId, view, entitledView: decision.view, labels, hidesTitle: titleHidden }]
}

const labelsOf = (facts: Facts, key: PassageKey) =>
  labelSet(facts.documents.get(key.documentId)?.labels ?? [], passageIn(facts, key)?.labels ?? [])

/** The log says which view was given out; the entitled one may be more. */
const used = (facts: Facts, decisions: readonly (Candidates[number] & { decision: Decision })[]) =>
  decisions.map(({ documentId, passageId, view, decision }) => ({
    documentId,
    passageId,
    ...(decision.allowed
      ? { decision: { ...decision, view }, labels: labelsOf(facts, { documentId, passageId }) }
      : { decision }),
  }))
