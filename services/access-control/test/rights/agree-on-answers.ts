import assert from 'node:assert/strict'
import { answered, audienceOf, callOf } from './agree.ts'
import type { Built } from './build.ts'
import { isActive, type Made, opens, passageLabels } from './reference.ts'
import type { Asker, World } from './world.ts'
import { labelName } from './write.ts'

/** An answer that was made from one passage, and what it was made of. */
type Answer = Made & { contentVersion: string }

/** One for each passage and view, with the labels that stand now. */
export const answersOf = ({ documents }: Built, world: World): Answer[] =>
  world.documents.flatMap((facts, number) =>
    facts.passages.flatMap((_, passage) =>
      (['full', 'redacted'] as const).map((view) => ({
        ...{ number, passage, view },
        labels: passageLabels(facts, passage),
        contentVersion: documents[number]?.contentVersion ?? '',
      })),
    ),
  )

/** Answers that were made long ago open by the facts of now and of then. `lastOf` is the world in which the first version of a document last was current. */
export async function agreeOnAnswers(
  built: Built,
  now: World,
  { answers, lastOf }: { answers: readonly Answer[]; lastOf: ReadonlyMap<number, World> },
  askers: readonly Asker[],
  told: string,
): Promise<void> {
  const items = answers.map(({ number, passage, view, labels, contentVersion }, index) => {
    const { documentId = '', passages = [] } = built.documents[number] ?? {}
    const { passageId = '' } = passages[passage] ?? {}
    const entry = { documentId, passageId, contentVersion, view, labels: labels.map(labelName) }
    return { id: String(index), entries: [entry] }
  })
  await Promise.all(
    askers.map(async (asker) => {
      const input = { items, ...audienceOf(built, asker) }
      const opened = await answered(() => built.access.agents.checkReadSets(input, callOf(built, asker)))
      const hearers = [asker.reader, ...asker.audience.filter((reader) => isActive(now, reader))]
      const expected = answers.flatMap((made, index) =>
        hearers.every((reader) => opens(now, lastOf.get(made.number), { ...asker, reader }, made))
          ? [String(index)]
          : [],
      )
      assert.deepEqual(
        (opened?.openable ?? []).toSorted(),
        expected.toSorted(),
        `opened by ${JSON.stringify(asker)}: ${told}`,
      )
    }),
  )
}
