import type { Kysely } from 'kysely'
import type { AsOf } from '../check/as-of.ts'
import { judgementsOf } from '../check/judgements.ts'
import { loadFacts } from '../check/load-facts.ts'
import { type Facts, type LoadedReader, passageIn, passageKey } from '../check/loaded-facts.ts'
import type { AccessTables } from '../database.ts'
import { type Decision, decideDocument, decidePassage } from '../decide/decide.ts'
import type { Actor } from '../decide/facts.ts'
import type { PolicySet } from '../policies/engine/questions.ts'
import type { PolicyJudge } from '../policies/policy-judge.ts'

/** May this reader, through these actors, read this document, or how much of this passage? */
export type Question = {
  readonly reader: string
  readonly actors: readonly string[]
  readonly purpose: string | undefined
  readonly documentId: string
  readonly passageId?: string | undefined
}

export type Decided = { readonly question: Question; readonly reader: LoadedReader; readonly decision: Decision }

export type Answers = {
  /** In the order of the questions. */
  readonly decided: readonly Decided[]
  readonly facts: Facts
}

type Deps = { readonly policies: PolicyJudge }

/** Decides them all over one snapshot, by the same core as everything else. */
export async function decideQuestions(
  db: Kysely<AccessTables>,
  { policies }: Deps,
  { workspaceId, asOf }: { workspaceId: string; asOf: AsOf },
  questions: readonly Question[],
): Promise<Answers> {
  const facts = await loadFor(db, workspaceId, asOf, questions)
  const inForce = await policies.policiesOf(db, workspaceId, facts.policyVersion)
  return { decided: await decideOver(policies, inForce, facts, questions), facts }
}

/** The facts that these questions look at, of every reader, actor and document in one statement. */
export async function loadFor(
  db: Kysely<AccessTables>,
  workspaceId: string,
  asOf: AsOf,
  questions: readonly Question[],
): Promise<Facts> {
  const passages = questions.flatMap(({ documentId, passageId }) =>
    passageId === undefined ? [] : [{ documentId, passageId }],
  )
  const facts = await loadFacts(db, {
    workspaceId,
    readers: [...new Set(questions.map(({ reader }) => reader))],
    actors: [...new Set(questions.flatMap(({ actors }) => actors))],
    documentIds: [...new Set(questions.map(({ documentId }) => documentId))],
    passages: [...new Map(passages.map((passage) => [passageKey(passage), passage])).values()],
    asOf,
  })
  if (!facts) throw new Error(`The workspace ${workspaceId} is gone within a transaction that saw it`)
  return facts
}

async function decideOver(
  policies: PolicyJudge,
  inForce: PolicySet | undefined,
  facts: Facts,
  questions: readonly Question[],
): Promise<Decided[]> {
  const decided: Decided[] = []
  const numbered = questions.map((question, index) => ({ question, index }))
  for (const group of Map.groupBy(numbered, ({ question }) => askerKey(question)).values()) {
    const [first] = group
    if (!first) continue
    const reader = readerWith(facts, first.question)
    const judgementOf = await judgementsOf(
      policies,
      inForce,
      facts,
      { reader, purpose: first.question.purpose },
      group.map(({ question }) => judged(question)),
    )
    for (const { question, index } of group) {
      decided[index] = { question, reader, decision: decideOne(facts, reader, question, judgementOf(judged(question))) }
    }
  }
  return decided
}

const askerKey = ({ reader, actors, purpose }: Question) => JSON.stringify([reader, actors, purpose])

const judged = ({ documentId, passageId }: Question) =>
  passageId === undefined ? { documentId } : { documentId, passageId }

/** The facts are those of every actor that any question names: each reader gets the chain of its own question, in its order. */
function readerWith({ readers }: Facts, { reader: name, actors }: Question): LoadedReader {
  const reader = readers.get(name)
  if (!reader) throw new Error(`${name} was asked about and not loaded`)
  const byName = new Map(reader.actors.map((actor) => [actor.name, actor]))
  return { ...reader, actors: actors.map((actor): Actor => byName.get(actor) ?? { name: actor, facts: undefined }) }
}

function decideOne(
  facts: Facts,
  reader: LoadedReader,
  { documentId, passageId }: Question,
  policies: ReturnType<Awaited<ReturnType<typeof judgementsOf>>>,
): Decision {
  const { definitions } = facts
  const document = facts.documents.get(documentId)
  if (passageId === undefined) return decideDocument(reader, document, policies)
  const passage = passageIn(facts, { documentId, passageId })
  return decidePassage(reader, { document, passage, definitions, policies })
}
