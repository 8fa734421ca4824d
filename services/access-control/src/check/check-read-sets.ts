import { inTransaction } from '@tessera/shared/database/database'
import { fail, ok } from '@tessera/shared/fault/result'
import { type Decision, decideReadSetEntry } from '../decide/decide.ts'
import { futureRevision, noWorkspace, stateFault } from '../faults.ts'
import type { Make } from '../handler.ts'
import { logged, loggedDocument } from './decision-log.ts'
import { type Facts, formerKey, loadFacts } from './load-facts.ts'

type Items = Parameters<ReturnType<Make<'checkReadSets'>>>[0]['items']
type Entries = Items[number]['entries']

export const checkReadSets: Make<'checkReadSets'> = ({ db }) =>
  async function checkReadSets({ items, atLeast }, call) {
    const versions = Map.groupBy(
      items.flatMap(({ entries }) => entries),
      formerKey,
    )
    const distinct = [...versions.values()].flatMap(([first]) => (first ? [first] : []))
    const documentIds = [...new Set(distinct.map(({ documentId }) => documentId))]
    return logged(
      (work) => inTransaction(db, work),
      async (trx, log) => {
        const facts = await loadFacts(trx, call.caller, documentIds, distinct)
        if (!facts) return fail(noWorkspace())
        const refusal = stateFault(facts.reader.state) ?? futureRevision(facts.revision, atLeast)
        if (refusal) return fail(refusal)
        const decisions = decideEach(distinct, facts)
        const decisionId = await log(call, {
          kind: 'read-sets',
          purpose: 'open',
          revision: facts.revision,
          documents: distinct.flatMap((entry) => logRow(entry, versions, decisions)),
        })
        return ok({ openable: openable(items, decisions), decisionId, revision: facts.revision })
      },
    )
  }

function decideEach(entries: Entries, { reader, documents, former }: Facts): Map<string, Decision> {
  return new Map(
    entries.map((entry) => {
      const { documentId, contentVersion } = entry
      const key = formerKey(entry)
      return [key, decideReadSetEntry(reader, documents.get(documentId), contentVersion, former.get(key))]
    }),
  )
}

/** A text opens when all that it was made from does. The view used is at most `full`, which is what a readable document entitles to. */
const openable = (items: Items, decisions: ReadonlyMap<string, Decision>) =>
  items
    .filter(({ entries }) => entries.every((entry) => decisions.get(formerKey(entry))?.allowed === true))
    .map(({ id }) => id)

function logRow(
  entry: Entries[number],
  versions: ReadonlyMap<string, Entries>,
  decisions: ReadonlyMap<string, Decision>,
) {
  const key = formerKey(entry)
  const decision = decisions.get(key)
  const passages = new Set((versions.get(key) ?? []).map(({ passageId }) => passageId))
  return decision ? [loggedDocument(entry.documentId, [...passages], decision)] : []
}
