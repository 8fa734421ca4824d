import fc from 'fast-check'
import { newId } from '@tessera/shared/ids/ids'
import { askableContent } from './questions.ts'
import { type AccessControl, value } from './start-access-control.ts'

/** A handful of people, groups, spaces and labelled documents, as numbers into lists of names. For the questions; the rules have worlds of their own. */
const PEOPLE = 4
const GROUPS = 4
const DOCUMENTS = 5
/** People, groups, `public`, `workspace:members`, and a name of nobody. */
const NAMES = PEOPLE + GROUPS + 3
const LABELS = ['l0', 'l1', 'l2']
const CLEARANCES = ['c0', 'c1']

const some = (count: number, maxLength: number) => fc.uniqueArray(fc.nat({ max: count - 1 }), { maxLength })
const seldom = (list: fc.Arbitrary<number[]>) =>
  fc.oneof({ weight: 2, arbitrary: fc.constant<number[]>([]) }, { weight: 1, arbitrary: list })
const below = fc.constantFrom('none' as const, 'digest' as const, 'redacted' as const)
const definition = fc.record({ requires: some(CLEARANCES.length, 1), below })

export const smallWorlds = fc.record({
  people: fc.array(
    fc.record({ guest: fc.boolean(), active: fc.constantFrom(true, true, true, false), clearances: some(2, 1) }),
    {
      minLength: PEOPLE,
      maxLength: PEOPLE,
    },
  ),
  groups: fc.array(fc.record({ members: some(PEOPLE + GROUPS, 3), clearances: seldom(some(2, 1)) }), {
    minLength: GROUPS,
    maxLength: GROUPS,
  }),
  space: fc.oneof(fc.constant([PEOPLE + GROUPS]), some(PEOPLE + GROUPS, 3)),
  labels: fc.array(definition, { minLength: 2, maxLength: 2 }),
  documents: fc.array(
    fc.record({
      allow: some(NAMES, 3),
      deny: seldom(some(NAMES, 1)),
      labels: seldom(some(LABELS.length, 1)),
      passageLabels: seldom(some(LABELS.length, 2)),
    }),
    { minLength: DOCUMENTS, maxLength: DOCUMENTS },
  ),
})
export type SmallWorld = typeof smallWorlds extends fc.Arbitrary<infer W> ? W : never

export const smallChanges = fc.oneof(
  fc.record({
    kind: fc.constant('join' as const),
    group: fc.nat({ max: GROUPS }),
    member: fc.nat({ max: PEOPLE + GROUPS - 1 }),
  }),
  fc.record({
    kind: fc.constant('leave' as const),
    group: fc.nat({ max: GROUPS }),
    member: fc.nat({ max: PEOPLE + GROUPS - 1 }),
  }),
  fc.record({ kind: fc.constant('clear' as const), who: fc.nat({ max: PEOPLE + GROUPS - 1 }), clearances: some(2, 2) }),
  fc.record({ kind: fc.constant('define' as const), label: fc.nat({ max: 2 }), definition }),
  fc.record({ kind: fc.constant('undefine' as const), label: fc.nat({ max: 1 }) }),
  fc.record({
    kind: fc.constant('user' as const),
    who: fc.nat({ max: PEOPLE - 1 }),
    guest: fc.boolean(),
    active: fc.boolean(),
  }),
  fc.record({
    kind: fc.constant('document' as const),
    document: fc.nat({ max: DOCUMENTS - 1 }),
    deny: some(NAMES, 1),
    labels: seldom(some(LABELS.length, 1)),
    passageLabels: seldom(some(LABELS.length, 1)),
  }),
  fc.record({
    kind: fc.constant('policies' as const),
    about: fc.constantFrom('guests', 'label', 'clearance', 'nobody'),
  }),
)
export type SmallChange = typeof smallChanges extends fc.Arbitrary<infer C> ? C : never

export const policyTexts = {
  guests: '@id("guests") forbid(principal, action == Action::"read", resource) when { principal.guest };',
  label: '@id("label") forbid(principal, action == Action::"use", resource) when { resource.labels.contains("l0") };',
  clearance:
    '@id("clearance") forbid(principal, action == Action::"read", resource) unless { principal.clearances.contains("c0") };',
  nobody: '',
} as const

export async function buildSmall(access: AccessControl, world: SmallWorld) {
  const content = await askableContent(access)
  const { gateway } = access
  const people: string[] = []
  for (const { guest } of world.people) people.push(await content.aUser({ guest }))
  const groups: string[] = []
  for (const _ of world.groups) groups.push(await content.aGroup())
  const names = [...people, ...groups, 'public', 'workspace:members', `user:${newId('usr')}`]
  const named = (numbers: readonly number[]) => numbers.map((number) => names[number] ?? '')
  for (const [index, { members }] of world.groups.entries()) {
    for (const member of named(members)) value(await content.member(groups[index] ?? '', member))
  }
  const space = await content.aSpace(...named(world.space))
  const source = await content.aDataSource(space)
  const clearancesOf = (numbers: readonly number[]) => numbers.map((number) => CLEARANCES[number] ?? '')
  const labelsOf = (numbers: readonly number[]) => numbers.map((number) => LABELS[number] ?? '')
  for (const [index, { clearances }] of [...world.people, ...world.groups].entries()) {
    if (clearances.length > 0) await content.clear(names[index] ?? '', ...clearancesOf(clearances))
  }
  for (const [index, one] of world.labels.entries()) {
    await content.aLabel(LABELS[index] ?? '', clearancesOf(one.requires), one.below)
  }
  const documents: { documentId: string; passageId: string }[] = []
  for (const { allow, deny, labels, passageLabels } of world.documents) {
    const written = await content.write(source, { allow: named(allow), deny: named(deny), labels: labelsOf(labels) })
    const passageId = newId('psg')
    await content.putPassages(written, { [passageId]: labelsOf(passageLabels) })
    documents.push({ documentId: written.documentId, passageId })
  }
  for (const [index, { active }] of world.people.entries()) {
    if (!active) value(await gateway.updateUser({ name: people[index] ?? '', state: 'deactivated' }, content.admin()))
  }
  return { ...content, people, groups, space, names, named, documents, clearancesOf, labelsOf }
}
export type BuiltSmall = Awaited<ReturnType<typeof buildSmall>>

/** The views that the check gives, of every reader on every document: of the document itself, of a passage without labels of its own, and of the labelled one. */
export async function viewsNow(
  access: AccessControl,
  { people, documents, workspace }: BuiltSmall,
  when: { atRevision?: number } = {},
) {
  const plain = newId('psg')
  const questions = people.flatMap((reader) =>
    documents.flatMap(({ documentId, passageId }) => [
      { reader, documentId },
      { reader, documentId, passageId: plain },
      { reader, documentId, passageId },
    ]),
  )
  if (when.atRevision !== undefined) {
    const explained = questions.map(async (question) =>
      value(await access.gateway.explain({ question, ...when }, workspace.asAdmin())),
    )
    return new Map(
      (await Promise.all(explained)).map(({ view = 'none' }, index) => [keyOf(questions[index], plain), view]),
    )
  }
  const { answers } = value(await access.gateway.checkAccess({ questions }, workspace.asAdmin()))
  return new Map(answers.map(({ view = 'none' }, index) => [keyOf(questions[index], plain), view]))
}

const keyOf = (question: { reader: string; documentId: string; passageId?: string } | undefined, plain: string) =>
  viewKey(
    question?.reader,
    question?.documentId,
    question?.passageId === plain ? 'plain' : (question?.passageId ?? 'itself'),
  )
export const viewKey = (reader = '', documentId = '', part = '') => `${reader} ${documentId} ${part}`
