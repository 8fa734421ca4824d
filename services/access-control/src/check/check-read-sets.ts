import { fail, ok } from '@tessera/shared/fault/result'
import { type Decision, decideReadSetEntry } from '../decide/decide.ts'
import { labelSet, type PolicyJudgement, withUncleared } from '../decide/facts.ts'
import { noWorkspace } from '../faults.ts'
import type { Make } from '../handler.ts'
import { hearers, together } from './audience.ts'
import { decidedDocuments, decisionEntry, notedUncleared } from './decision-log.ts'
import { judgementsOf } from './judgements.ts'
import { loadFacts } from './load-facts.ts'
import { type Facts, formerPassageKey, type LoadedReader, passageIn, versionKey } from './loaded-facts.ts'
import { refusal } from './refusal.ts'

type Items = Parameters<ReturnType<Make<'checkReadSets'>>>[0]['items']
type Entry = Items[number]['entries'][number]

export const checkReadSets: Make<'checkReadSets'> = ({ db, log, policies }) =>
  async function checkReadSets({ items, audience = [], unclearedLabels = [], atLeast }, call) {
    const { workspaceId, subject, actors, purpose } = call.caller
    const entries = distinct(items.flatMap((item) => item.entries))
    const loaded = await loadFacts(db, {
      workspaceId,
      readers: [subject, ...audience],
      actors,
      documentIds: [...new Set(entries.map(({ documentId }) => documentId))],
      passages: entries,
      former: entries,
    })
    if (!loaded) return fail(noWorkspace())
    const facts = { ...loaded, definitions: withUncleared(loaded.definitions, unclearedLabels) }
    const refused = refusal(facts, subject, atLeast)
    if (refused) return fail(refused)
    const thens = entries.map((entry) => ({ ...entry, lastLabels: lastLabels(facts, entry) }))
    const inForce = await policies.policiesOf(db, workspaceId, facts.policyVersion)
    const each = await Promise.all(
      hearers(facts, subject).map(async (reader) => {
        const judged = thens.map((entry) => ({ ...entry, labels: labelSet(entry.labels, entry.lastLabels) }))
        const judgementOf = await judgementsOf(policies, inForce, facts, { reader, purpose }, judged)
        return thens.map((entry, index) => decide(facts, reader, entry, judgementOf(judged[index] ?? entry)))
      }),
    )
    const decisions = thens.map((entry, index) => ({
      ...entry,
      decision: together(each.flatMap((decided) => decided[index] ?? [])),
    }))
    const documents = decidedDocuments(
      decisions.map(({ decision, view, lastLabels, ...entry }) => ({
        ...{ ...entry, labels: labelSet(entry.labels, lastLabels) },
        decision: decision.allowed ? { ...decision, view } : decision,
      })),
    )
    const { decisionId, ...receipt } = await log.append(
      decisionEntry(call, facts, {
        ...{ kind: 'read-sets', operation: 'open', readers: audience, documents },
        ...notedUncleared(unclearedLabels),
      }),
    )
    const open = new Set(entries.filter((_, index) => decisions[index]?.decision.allowed).map(entryKey))
    const openable = items
      .filter((item) => item.entries.every((entry) => open.has(entryKey(entry))))
      .map(({ id }) => id)
    return ok({ openable, decisionId, receipt, revision: facts.revision })
  }

const entryKey = ({ documentId, passageId, contentVersion, view, labels }: Entry) =>
  [documentId, passageId, contentVersion, view, ...labelSet(labels)].join(' ')

const distinct = (entries: readonly Entry[]) => [...new Map(entries.map((entry) => [entryKey(entry), entry])).values()]

/** What the passage carried when its version last was current. Of a current one, those in force are added by the decision. */
const lastLabels = (facts: Facts, entry: Entry) =>
  labelSet(facts.formerLabels.get(formerPassageKey(entry)) ?? [], facts.former.get(versionKey(entry))?.labels ?? [])

function decide(
  facts: Facts,
  reader: LoadedReader,
  entry: Entry & { lastLabels: readonly string[] },
  policies: PolicyJudgement,
): Decision {
  const question = {
    document: facts.documents.get(entry.documentId),
    passage: passageIn(facts, entry),
    definitions: facts.definitions,
    policies,
  }
  return decideReadSetEntry(reader, question, entry, facts.former.get(versionKey(entry)))
}
