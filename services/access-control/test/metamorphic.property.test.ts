import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { together } from '../src/check/audience.ts'
import { decidePassage, existingVariant, type PassageQuestion } from '../src/decide/decide.ts'
import {
  type ActorFacts,
  type DocumentFacts,
  inForce,
  isAtMost,
  type LabelDefinition,
  type LayerFacts,
  type Lists,
  type PassageFacts,
  type Reader,
} from '../src/decide/facts.ts'

/** How many of each; the core takes microseconds. */
const RUNS = 3000

const names = ['user:ana', 'user:ben', 'group:a', 'group:b', 'container:c', 'space:s', 'space:t', 'public']
const clearances = ['hr', 'board']
const labelNames = ['x', 'y', 'z', 'undefined']
const agentNames = ['agent:a', 'agent:b']
const some = <T>(values: readonly T[], maxLength = values.length) =>
  fc.uniqueArray(fc.constantFrom(...values), { maxLength })
const rarely = <T, O = T>(value: fc.Arbitrary<T>, otherwise: O): fc.Arbitrary<T | O> =>
  fc.oneof<[fc.WeightedArbitrary<O>, fc.WeightedArbitrary<T>]>(
    { weight: 3, arbitrary: fc.constant(otherwise) },
    { weight: 1, arbitrary: value },
  )

const layers: fc.Arbitrary<LayerFacts[]> = fc
  .tuple(
    ...(['source', 'workspace', 'detector'] as const).map((layer) =>
      fc.record<LayerFacts>({
        layer: fc.constant(layer),
        allow: some(names, 3),
        deny: rarely(some(names, 1), []),
        gates: rarely(some(['container:c', 'space:t'], 1), []),
        denyAgents: rarely(some(['*', ...agentNames], 1), []),
        labels: rarely(some(labelNames, 2), []),
        state: fc.constant('ready' as const),
        contentVersion: fc.constant('ver_1'),
      }),
    ),
  )
  .map((all) => [...all])
const actor = fc.record<ActorFacts>({
  active: rarely(fc.boolean(), true),
  scope: rarely(
    fc.record({
      kind: fc.constant('selected' as const),
      spaces: some(['space:s', 'space:t']),
      documentIds: some(['doc_1']),
    }),
    { kind: 'everything' as const },
  ),
  exceptDocumentIds: rarely(some(['doc_1']), []),
  clearances: some(clearances),
})
const actors = fc
  .uniqueArray(fc.constantFrom(...agentNames), { maxLength: 2 })
  .chain((chain) =>
    fc.tuple(...chain.map((name) => rarely(actor, undefined).map((facts) => ({ name, facts: facts ?? everywhere })))),
  )
const everywhere: ActorFacts = { active: true, scope: { kind: 'everything' }, exceptDocumentIds: [], clearances }
const aReader = (name: string): fc.Arbitrary<Reader> =>
  fc.record<Reader>({
    name: fc.constant(name),
    kind: fc.constantFrom('user', 'service'),
    state: rarely(fc.constantFrom('unknown' as const, 'pending' as const, 'deactivated' as const), 'active' as const),
    guest: fc.boolean(),
    names: some(names.slice(2)).map((covering) => new Set([name, 'space:s', ...covering])),
    clearances: some(clearances).map((held) => new Set(held)),
    actors,
    breakGlass: rarely(fc.constant([{ id: 'bgl_1', documentId: 'doc_1', space: null }]), []),
  })
const definition = fc.record<LabelDefinition>({
  requires: some(clearances),
  below: fc.constantFrom('none', 'digest', 'redacted'),
  hidesTitle: fc.boolean(),
})
const definitions = fc.tuple(definition, definition, definition).map(
  ([x, y, z]) =>
    new Map([
      ['x', x],
      ['y', y],
      ['z', z],
    ]),
)

/** Everything that one decision is about. */
type Case = {
  reader: Reader
  other: Reader
  layers: LayerFacts[]
  document: Omit<DocumentFacts, keyof Lists>
  passage: PassageFacts
  definitions: PassageQuestion['definitions']
  read: string[]
  use: string[]
}
const cases = fc.record<Case>({
  reader: aReader('user:ana'),
  other: aReader('user:ben'),
  layers,
  document: fc.record({
    documentId: fc.constant('doc_1'),
    dataSourceId: fc.constant('src_1'),
    space: fc.constant('space:s'),
    state: rarely(fc.constantFrom('pending' as const, 'quarantined' as const), 'ready' as const),
    stale: rarely(fc.boolean(), false),
    awaitsPassages: rarely(fc.boolean(), false),
    contentVersion: fc.constant('ver_1'),
  }),
  passage: fc.record({
    passageId: fc.constant('psg_1'),
    labels: some(labelNames, 2),
    variants: fc.constant([]),
  }),
  definitions,
  read: rarely(fc.constant(['p']), []),
  use: rarely(fc.constant(['p']), []),
})

const questionOf = ({ layers: said, document, passage, definitions: defined, read, use }: Case): PassageQuestion => ({
  document: { ...document, ...inForce(said, document.space) },
  passage,
  definitions: defined,
  policies: { read, use },
})
const decided = (one: Case) => decidePassage(one.reader, questionOf(one))
const view = (one: Case) => decided(one).view

/** The case after something was changed, and whether that may only take away, or only give. */
type Step = { case: Case; changed: Case }
function holds(name: string, steps: fc.Arbitrary<Step>, { widens }: { widens: boolean }) {
  test(name, () => {
    let moved = 0
    const property = fc.property(steps, ({ case: before, changed: after }) => {
      const [less, more] = widens ? [view(before), view(after)] : [view(after), view(before)]
      assert.ok(isAtMost(less, more), `${view(before)} became ${view(after)}`)
      if (less !== more) moved += 1
    })
    fc.assert(property, { numRuns: RUNS })
    // A change that never changes anything would prove nothing.
    assert.ok(moved > 0)
  })
}
const narrows = { widens: false }
const widens = { widens: true }

const inLayer = (one: Case, index: number, change: (layer: LayerFacts) => LayerFacts): Case => ({
  ...one,
  layers: one.layers.map((layer, at) => (at === index ? change(layer) : layer)),
})
const anyLayer = fc.nat({ max: 2 })
const added = (
  list: 'deny' | 'gates' | 'denyAgents' | 'labels' | 'allow',
  entries: readonly string[],
  layer = anyLayer,
) =>
  fc.record({ case: cases, index: layer, entry: fc.constantFrom(...entries) }).map(({ case: one, index, entry }) => ({
    case: one,
    changed: inLayer(one, index, (facts) => ({ ...facts, [list]: [...facts[list], entry] })),
  }))
const changing = (change: (one: Case) => Case) => cases.map((one) => ({ case: one, changed: change(one) }))

holds('adding a deny never widens, in whatever layer', added('deny', names), narrows)
holds('adding a gate never widens', added('gates', ['container:c', 'space:t']), narrows)
holds('closing a document to agents never widens', added('denyAgents', ['*', ...agentNames]), narrows)
holds('adding a label to a document never widens', added('labels', labelNames), narrows)
holds('adding a grant never narrows', added('allow', names, fc.constant(0)), widens)
holds(
  'adding a label to a passage never widens',
  fc.record({ case: cases, label: fc.constantFrom(...labelNames) }).map(({ case: one, label }) => ({
    case: one,
    changed: { ...one, passage: { ...one.passage, labels: [...one.passage.labels, label] } },
  })),
  narrows,
)
holds(
  'taking a clearance never widens, from a person or from an agent',
  fc
    .record({ case: cases, taken: fc.constantFrom(...clearances), ofAgent: fc.boolean() })
    .map(({ case: one, taken, ofAgent }) => {
      const { reader } = one
      const own = new Set([...reader.clearances].filter((held) => held !== taken || ofAgent))
      const chain = reader.actors.map(({ name, facts }) => ({
        name,
        facts: facts && { ...facts, clearances: facts.clearances.filter((held) => held !== taken || !ofAgent) },
      }))
      return { case: one, changed: { ...one, reader: { ...reader, clearances: own, actors: chain } } }
    }),
  narrows,
)
holds(
  'asking for another clearance never widens, and leaving less below never does',
  fc.record({ case: cases, label: fc.constantFrom('x', 'y', 'z'), to: definition }).map(({ case: one, label, to }) => {
    const was = one.definitions.get(label) ?? to
    const stricter = {
      ...was,
      requires: [...was.requires, ...to.requires],
      below: isAtMost(to.below, was.below) ? to.below : was.below,
    }
    return { case: one, changed: { ...one, definitions: new Map([...one.definitions, [label, stricter]]) } }
  }),
  narrows,
)
holds(
  'undefining a label never widens',
  fc.record({ case: cases, label: fc.constantFrom('x', 'y', 'z') }).map(({ case: one, label }) => ({
    case: one,
    changed: { ...one, definitions: new Map([...one.definitions].filter(([name]) => name !== label)) },
  })),
  narrows,
)
holds(
  'adding a forbid on reading never widens',
  changing((one) => ({ ...one, read: [...one.read, 'q'] })),
  narrows,
)
holds(
  'adding a forbid on use never widens',
  changing((one) => ({ ...one, use: [...one.use, 'q'] })),
  narrows,
)
holds(
  'taking an agent out of the chain never narrows: agent ⊆ user, and each agent of a chain narrows',
  changing((one) => ({ ...one, reader: { ...one.reader, actors: one.reader.actors.slice(1) } })),
  widens,
)
test('somebody else who hears it never widens', () => {
  let moved = 0
  const property = fc.property(cases, (one) => {
    const [alone, others] = [decided(one), decided({ ...one, reader: one.other })]
    const both = together([alone, others])
    assert.ok(isAtMost(both.view, alone.view) && isAtMost(both.view, others.view))
    assert.equal(both.allowed, alone.allowed && others.allowed)
    if (both.view !== alone.view) moved += 1
  })
  fc.assert(property, { numRuns: RUNS })
  assert.ok(moved > 0)
})

test('what things are called changes nothing', () => {
  const property = fc.property(cases, fc.string({ minLength: 1 }), (one, mark) => {
    const renamed = decided(renaming(one, (name) => `${name}${mark}`))
    const { reasons, ...decision } = decided(one)
    assert.deepEqual({ allowed: renamed.allowed, view: renamed.view }, decision)
    assert.deepEqual(
      renamed.reasons.map(({ code }) => code),
      reasons.map(({ code }) => code),
    )
  })
  fc.assert(property, { numRuns: RUNS })
})

/** Every name another one, and no two the same. */
function renaming(one: Case, of: (name: string) => string): Case {
  const all = (list: readonly string[]) => list.map((name) => (name === '*' ? name : of(name)))
  const { reader, document } = one
  const chain = reader.actors.map(({ name, facts }) => ({
    name: of(name),
    facts: facts && {
      ...facts,
      clearances: all(facts.clearances),
      exceptDocumentIds: all(facts.exceptDocumentIds),
      scope:
        facts.scope.kind === 'everything'
          ? facts.scope
          : {
              kind: 'selected' as const,
              spaces: all(facts.scope.spaces ?? []),
              documentIds: all(facts.scope.documentIds ?? []),
            },
    },
  }))
  return {
    ...one,
    reader: {
      ...reader,
      name: of(reader.name),
      names: new Set(all([...reader.names])),
      clearances: new Set(all([...reader.clearances])),
      actors: chain,
      breakGlass: reader.breakGlass.map(({ id }) => ({ id, documentId: of('doc_1'), space: null })),
    },
    document: {
      ...document,
      documentId: of(document.documentId),
      dataSourceId: of(document.dataSourceId),
      space: of(document.space),
    },
    layers: one.layers.map((layer) => ({
      ...layer,
      ...{ allow: all(layer.allow), deny: all(layer.deny), gates: all(layer.gates) },
      ...{ denyAgents: all(layer.denyAgents), labels: all(layer.labels) },
    })),
    passage: { ...one.passage, labels: all(one.passage.labels) },
    definitions: new Map(
      [...one.definitions].map(([label, { requires, ...rest }]) => [of(label), { ...rest, requires: all(requires) }]),
    ),
  }
}

test('a label added later ends a redacted text', () => {
  const property = fc.property(cases, fc.constantFrom(...labelNames), (one, label) => {
    const question = questionOf(one)
    const labels = [...(question.document?.labels ?? []), ...one.passage.labels]
    fc.pre(!labels.includes(label))
    const made = {
      variant: 'redacted' as const,
      hash: 'h',
      labels,
      marked: labelNames,
      hidesTitle: true,
      contentVersion: 'ver_1',
    }
    const passage = { ...one.passage, variants: [made] }
    assert.equal(existingVariant({ ...question, passage }, 'redacted'), made)
    const later = { ...passage, labels: [...passage.labels, label] }
    assert.equal(existingVariant({ ...question, passage: later }, 'redacted'), undefined)
  })
  fc.assert(property, { numRuns: RUNS })
})
