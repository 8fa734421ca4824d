import { isDeepStrictEqual } from 'node:util'
import { setImmediate } from 'node:timers/promises'
import type { EntitledView } from '@tessera/shared/contracts/access-control/common'
import { askerOf, policySignature } from '../../check/judgements.ts'
import {
  type Facts,
  type LoadedDocument,
  type LoadedReader,
  passageIn,
  type PassageKey,
} from '../../check/loaded-facts.ts'
import { decidePassage, type PassageQuestion } from '../../decide/decide.ts'
import { isAtMost, labelSet } from '../../decide/facts.ts'
import type { PolicySignature } from '../../policies/engine/questions.ts'
import { noObjection, type PolicyJudge } from '../../policies/policy-judge.ts'
import type { BothStates, State } from './load-both-states.ts'

export type Difference = {
  reader: string
  documentId: string
  passageId?: string
  from: EntitledView
  to: EntitledView
}
type Deps = { readonly policies: PolicyJudge; readonly drafts: PolicyJudge }

/** As many differences as one answer holds. */
const MOST = 10_000

/** The comparison did not come to an end in its time. */
export class TooLong extends Error {}

/**
 * Decides both states by the same core. What a reader gets depends on the reader, the document, the passage, the definitions of its labels and the policies:
 * where none of them differ, the decision does not either, and is not made.
 */
export async function compare(deps: Deps, states: BothStates, endsAt: number) {
  const found: Difference[] = []
  const { all, changed } = whatToAsk(states)
  const judges = { before: deps.policies, after: states.drafted ? deps.drafts : deps.policies }
  const posed = new Map([all, changed].map((asked) => [asked, bothPosed(states, asked)]))
  for (const name of states.readers) {
    if (found.length > MOST) break
    if (Date.now() > endsAt) throw new TooLong('The comparison took too long')
    const asked = isSameReader(states, name) ? changed : all
    const sides = posed.get(asked)
    if (asked.length === 0 || !sides) continue
    const before = await viewsOf(judges.before, states.before, name, sides.before)
    const after = await viewsOf(judges.after, states.after, name, sides.after)
    for (const [index, one] of asked.entries()) {
      const [from, to] = [before[index] ?? 'none', after[index] ?? 'none']
      if (from !== to) found.push({ reader: name, ...one, from, to })
    }
    // Others have their turn.
    await setImmediate()
  }
  const told = found.slice(0, MOST)
  return {
    gained: told.filter(({ from, to }) => isAtMost(from, to)),
    lost: told.filter(({ from, to }) => isAtMost(to, from)),
    cut: found.length > MOST,
  }
}

type About = { readonly documentId: string; readonly passageId?: string }

/** The questions over one state, ready for any reader: signatures are few, and each is judged once per reader. */
type Posed = {
  readonly signatures: readonly PolicySignature[]
  readonly questions: readonly (Omit<PassageQuestion, 'policies'> & { readonly signature: number })[]
}

const bothPosed = ({ before, after }: BothStates, asked: readonly About[]) => ({
  before: pose(before, asked),
  after: pose(after, asked),
})

function pose({ facts, policies }: State, asked: readonly About[]): Posed {
  const signatures: PolicySignature[] = []
  const numbers = new Map<string, number>()
  const questions = asked.map((one) => {
    const { documentId, passageId } = one
    const signature = policies && policySignature(facts, one)
    const key = JSON.stringify(signature)
    const number = numbers.get(key) ?? (signature ? signatures.push(signature) - 1 : -1)
    numbers.set(key, number)
    const passage = passageId === undefined ? undefined : passageIn(facts, { documentId, passageId })
    return { document: facts.documents.get(documentId), passage, definitions: facts.definitions, signature: number }
  })
  return { signatures, questions }
}

/** Of an inactive reader nothing is judged; of all others one list of views, in the order of what is asked. */
async function viewsOf(
  judge: PolicyJudge,
  { facts, policies }: State,
  name: string,
  { signatures, questions }: Posed,
): Promise<EntitledView[]> {
  const reader = facts.readers.get(name)
  if (reader?.state !== 'active') return questions.map(() => 'none')
  const judgements = await judge.judge(policies, askerOf(reader, undefined), signatures)
  return questions.map(({ signature, ...question }) => {
    const { allowed, view } = decidePassage(reader, { ...question, policies: judgements[signature] ?? noObjection })
    return allowed ? view : 'none'
  })
}

/** Everything that is compared; and that part of it of which some fact differs, for readers of whom none does. */
function whatToAsk({ before, after, documentIds, passages }: BothStates): { all: About[]; changed: About[] } {
  const own = Map.groupBy(passages, ({ documentId }) => documentId)
  const all = documentIds.flatMap((documentId): About[] => [{ documentId }, ...(own.get(documentId) ?? [])])
  if (!isDeepStrictEqual(before.policies, after.policies)) return { all, changed: all }
  const redefined = new Set(
    [...before.facts.definitions.keys(), ...after.facts.definitions.keys()].filter(
      (label) => !isDeepStrictEqual(before.facts.definitions.get(label), after.facts.definitions.get(label)),
    ),
  )
  const documents = new Set(documentIds.filter((documentId) => differs(before.facts, after.facts, documentId)))
  const isChanged = ({ documentId, passageId }: About) => {
    if (documents.has(documentId)) return true
    const labels = [before, after].flatMap(({ facts }) => labelsOf(facts, { documentId, passageId }))
    const key = passageId === undefined ? undefined : { documentId, passageId }
    return (
      labels.some((label) => redefined.has(label)) ||
      (key !== undefined && passageDiffers(before.facts, after.facts, key))
    )
  }
  return { all, changed: all.filter(isChanged) }
}

const differs = (before: Facts, after: Facts, documentId: string) =>
  !isDeepStrictEqual(apartFromTime(before.documents.get(documentId)), apartFromTime(after.documents.get(documentId)))

/** What is written again as it was has another number, and says the same. */
const apartFromTime = (document: LoadedDocument | undefined) => document && { ...document, changedRev: 0 }

const passageDiffers = (before: Facts, after: Facts, key: PassageKey) =>
  !isDeepStrictEqual(passageIn(before, key)?.labels, passageIn(after, key)?.labels)

const labelsOf = (facts: Facts, { documentId, passageId }: { documentId: string; passageId: string | undefined }) =>
  labelSet(
    facts.documents.get(documentId)?.labels ?? [],
    passageId === undefined ? [] : (passageIn(facts, { documentId, passageId })?.labels ?? []),
  )

/** Compared as sets: rows come in any order. */
function isSameReader({ before, after }: BothStates, name: string): boolean {
  const [left, right] = [before.facts.readers.get(name), after.facts.readers.get(name)]
  return isDeepStrictEqual(comparable(left), comparable(right))
}

const comparable = (reader: LoadedReader | undefined) =>
  reader && {
    state: reader.state,
    kind: reader.kind,
    guest: reader.guest,
    names: reader.names,
    groups: new Set(reader.groups),
    clearances: reader.clearances,
    breakGlass: new Set(reader.breakGlass.map(({ id }) => id)),
  }
