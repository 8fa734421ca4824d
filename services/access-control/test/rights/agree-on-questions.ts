import assert from 'node:assert/strict'
import { codeOf, value } from '../start-access-control.ts'
import type { Built } from './build.ts'
import { against, entitled, mayRead } from './reference.ts'
import { type Asker, readers, type World } from './world.ts'

const answerOf = (view: string) => (view === 'none' ? 'no' : 'allowed')

/** What an auditor is told is what readers get: by single questions, by explanations, by lists of readers and of documents. */
export async function agreeOnQuestions(
  built: Built,
  world: World,
  askers: readonly Asker[],
  told: string,
): Promise<void> {
  const alone = askers.filter(({ chain }) => chain.length > 0).map((asker) => ({ ...asker, chain: [] }))
  const questions = questionsOf(built, world, [...askers, ...alone])
  await Promise.all([
    agreeOnAnswers(built, questions, told),
    agreeOnExplanations(built, questions, told),
    agreeOnReaders(built, world, told),
    agreeOnReadable(built, world, askers, told),
  ])
}

function questionsOf({ documents, ...built }: Built, world: World, askers: readonly Asker[]) {
  return askers.flatMap((asker) =>
    documents.flatMap(({ documentId, passages }, document) => {
      const who = { ...whoOf(built, asker), documentId }
      return [
        {
          question: who,
          view: mayRead(world, asker, document) ? 'full' : 'none',
          against: against(world, asker, document),
        },
        ...passages.map(({ passageId }, passage) => ({
          question: { ...who, passageId },
          view: entitled(world, asker, document, passage),
          against: against(world, asker, document, passage),
        })),
      ]
    }),
  )
}

function whoOf({ nameOf, agentNames }: Pick<Built, 'nameOf' | 'agentNames'>, { reader, chain }: Asker) {
  const actors = chain.map((agent) => agentNames[agent] ?? '')
  return { reader: nameOf(reader), ...(actors.length > 0 ? { actors } : {}) }
}

type Questions = ReturnType<typeof questionsOf>

async function agreeOnAnswers({ access, workspace }: Built, questions: Questions, told: string): Promise<void> {
  const posed = questions.map(({ question }) => question)
  const { answers } = value(await access.gateway.checkAccess({ questions: posed }, workspace.asAdmin()))
  assert.deepEqual(
    answers.map(({ answer, view }) => [answer, view]),
    questions.map(({ view }) => [answerOf(view), view]),
    `by questions: ${told}`,
  )
}

/** Every 41st, so that each asker, document and passage comes up in some world. */
async function agreeOnExplanations({ access, workspace }: Built, questions: Questions, told: string): Promise<void> {
  for (const { question, view, against } of questions.filter((_, index) => index % 41 === 0)) {
    const explained = value(await access.gateway.explain({ question }, workspace.asAdmin()))
    assert.deepEqual([explained.answer, explained.view], [answerOf(view), view], `explained: ${told}`)
    const codes = new Set((explained.reasons ?? []).map(({ code }) => code))
    if (view === 'none') assert.deepEqual(codes, against, `for other reasons, ${JSON.stringify(question)}: ${told}`)
    else assert.ok(codes.size > 0 && against.size === 0, `without a reason: ${told}`)
  }
}

/** At a past revision the world of then counts; that facts had become stale, or passages were awaited, is not known of then. */
export async function agreeOnPast(
  built: Built,
  past: readonly { revision: number; world: World }[],
  askers: readonly Asker[],
  told: string,
): Promise<void> {
  const { access, workspace } = built
  await Promise.all(
    past.map(async ({ revision, world }, step) => {
      const then = {
        ...world,
        sources: world.sources.map((source) => ({ ...source, stale: false })),
        documents: world.documents.map((document) => ({ ...document, awaits: false })),
      }
      const questions = questionsOf(built, then, askers)
      const { question, view } = questions[(step * 37) % questions.length] ?? {}
      if (!question || view === undefined) return
      const explained = value(await access.gateway.explain({ question, atRevision: revision }, workspace.asAdmin()))
      assert.deepEqual(
        [explained.answer, explained.view, explained.revision],
        [answerOf(view), view, revision],
        `at revision ${revision}, ${JSON.stringify(question)}: ${told}`,
      )
    }),
  )
}

async function agreeOnReaders(built: Built, world: World, told: string): Promise<void> {
  for (const document of [0, 3]) {
    const { documentId = '' } = built.documents[document] ?? {}
    const answer = await built.access.gateway.listReaders({ documentId, limit: 200 }, built.workspace.asAdmin())
    if (world.documents[document]?.deleted) {
      assert.equal(codeOf(answer), 'access.not-found')
      continue
    }
    const expected = readers
      .filter((reader) => mayRead(world, { reader, chain: [], audience: [] }, document))
      .map(built.nameOf)
    const found = value(answer)
      .items.map(({ reader }) => reader)
      .filter((name) => name !== built.workspace.admin)
    assert.deepEqual(found.toSorted(), expected.toSorted(), `by readers: ${told}`)
  }
}

async function agreeOnReadable(built: Built, world: World, askers: readonly Asker[], told: string): Promise<void> {
  for (const asker of askers) {
    const input = { ...whoOf(built, asker), limit: 200 }
    const listed = value(await built.access.gateway.listReadable(input, built.workspace.asAdmin()))
    const expected = built.documents.filter((_, document) => mayRead(world, asker, document))
    assert.deepEqual(
      listed.items.map(({ documentId }) => documentId).toSorted(),
      expected.map(({ documentId }) => documentId).toSorted(),
      `by documents: ${told}`,
    )
  }
}
