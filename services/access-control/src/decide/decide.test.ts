import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  decideDocument as decideWithPolicies,
  decideOffered,
  decidePassage,
  decideReadSetEntry,
  existingVariant,
  type PassageQuestion,
} from './decide.ts'
import {
  type DocumentFacts,
  inForce,
  type LabelDefinition,
  type LayerFacts,
  type PassageFacts,
  type Reader,
  type VariantFacts,
} from './facts.ts'

const document = (facts: Partial<DocumentFacts> = {}): DocumentFacts => ({
  documentId: 'doc_1',
  dataSourceId: 'src_1',
  space: 'space:s',
  state: 'ready',
  stale: false,
  contentVersion: 'ver_1',
  allow: ['group:staff'],
  deny: [],
  gates: ['space:s'],
  denyAgents: [],
  labels: [],
  awaitsPassages: false,
  ...facts,
})
const reader = (facts: Partial<Reader> = {}): Reader => ({
  name: 'user:ana',
  kind: 'user',
  state: 'active',
  guest: false,
  names: new Set(['user:ana', 'group:staff', 'space:s']),
  clearances: new Set(),
  actors: [],
  breakGlass: [],
  ...facts,
})
const agent = (facts: Partial<NonNullable<Reader['actors'][number]['facts']>> = {}, name = 'agent:a') => ({
  name,
  facts: { active: true, scope: { kind: 'everything' } as const, exceptDocumentIds: [], clearances: [], ...facts },
})
const layer = (facts: Partial<LayerFacts>): LayerFacts => ({
  layer: 'source',
  allow: [],
  deny: [],
  gates: [],
  denyAgents: [],
  labels: [],
  state: 'ready',
  contentVersion: null,
  ...facts,
})
const noPolicy = { read: [], use: [] }
const decideDocument = (who: Reader, what: DocumentFacts | undefined) => decideWithPolicies(who, what, noPolicy)
const passage = (facts: Partial<PassageFacts> = {}): PassageFacts => ({
  passageId: 'psg_1',
  labels: [],
  variants: [],
  ...facts,
})
const definitions = (...labels: [string, Partial<LabelDefinition>][]) =>
  new Map(
    labels.map(([label, definition]) => [
      label,
      { requires: ['hr'], below: 'none' as const, hidesTitle: false, ...definition },
    ]),
  )
const asked = (question: Partial<PassageQuestion> = {}): PassageQuestion => ({
  document: document(),
  passage: passage(),
  definitions: definitions(),
  policies: noPolicy,
  ...question,
})
const codes = (decision: { reasons: readonly { code: string; name?: string }[] }) =>
  decision.reasons.map(({ code, name }) => (name ? `${code} ${name}` : code))

test('an allow that covers the reader reads, and is named', () => {
  assert.deepEqual(decideDocument(reader(), document()), {
    allowed: true,
    view: 'full',
    reasons: [{ code: 'allow', name: 'group:staff' }],
  })
})

const refusals: [string, Reader, DocumentFacts | undefined, string[]][] = [
  ['nobody is named', reader(), document({ allow: [] }), ['no-grant']],
  ['only others are named', reader(), document({ allow: ['user:ben'] }), ['no-grant']],
  [
    'a deny beats an allow by name',
    reader(),
    document({ allow: ['user:ana'], deny: ['group:staff'] }),
    ['deny group:staff'],
  ],
  ['one gate does not cover', reader(), document({ gates: ['space:s', 'container:hr'] }), ['gate container:hr']],
  [
    'all that speaks against is told',
    reader(),
    document({ deny: ['user:ana'], gates: ['space:t'] }),
    ['deny user:ana', 'gate space:t'],
  ],
  ['facts are pending', reader(), document({ state: 'pending' }), ['state pending']],
  ['facts are quarantined', reader(), document({ state: 'quarantined' }), ['state quarantined']],
  ['facts are stale', reader(), document({ stale: true }), ['state stale']],
  ['the document is unknown', reader(), undefined, ['unknown-document']],
  [
    'the reader is unknown, and no more is told',
    reader({ state: 'unknown' }),
    document({ deny: ['user:ana'] }),
    ['unknown-principal'],
  ],
  ['the reader is pending', reader({ state: 'pending' }), undefined, ['unknown-principal']],
  ['the reader is deactivated', reader({ state: 'deactivated' }), document(), ['deactivated']],
  [
    'the agent is unknown',
    reader({ actors: [{ name: 'agent:a', facts: undefined }] }),
    document(),
    ['agent-scope agent:a'],
  ],
  ['the agent is inactive', reader({ actors: [agent({ active: false })] }), document(), ['agent-scope agent:a']],
  [
    'the agent leaves it out',
    reader({ actors: [agent({ exceptDocumentIds: ['doc_1'] })] }),
    document(),
    ['agent-scope agent:a'],
  ],
  [
    'the agent selects nothing',
    reader({ actors: [agent({ scope: { kind: 'selected' } })] }),
    document(),
    ['agent-scope agent:a'],
  ],
  ['no agent may', reader({ actors: [agent()] }), document({ denyAgents: ['*'] }), ['deny agent:a']],
  ['this agent may not', reader({ actors: [agent()] }), document({ denyAgents: ['agent:a'] }), ['deny agent:a']],
  [
    'one of a chain does not cover it',
    reader({ actors: [agent(), agent({ scope: { kind: 'selected', spaces: ['space:t'] } }, 'agent:b')] }),
    document(),
    ['agent-scope agent:b'],
  ],
]
for (const [name, who, what, expected] of refusals) {
  test(`nothing is read where ${name}`, () => {
    const decision = decideDocument(who, what)
    assert.deepEqual([decision.allowed, decision.view, codes(decision)], [false, 'none', expected])
  })
}

test('an agent covers what lies in one of the places that it selects', () => {
  for (const scope of [{ dataSourceIds: ['src_1'] }, { spaces: ['space:s'] }, { documentIds: ['doc_1'] }]) {
    const agents = [agent({ scope: { kind: 'selected', ...scope } })]
    assert.equal(decideDocument(reader({ actors: agents }), document({ denyAgents: ['agent:other'] })).allowed, true)
  }
})

test('a person without an agent reads what no agent may', () => {
  assert.equal(decideDocument(reader(), document({ denyAgents: ['*'] })).allowed, true)
})

test('only the current content version is served', () => {
  const full = (contentVersion: string) => ({ view: 'full' as const, hash: 'h', contentVersion })
  assert.equal(decideOffered(reader(), asked(), full('ver_1')).allowed, true)
  assert.deepEqual(codes(decideOffered(reader(), asked(), full('ver_0'))), ['content-version'])
  const denied = asked({ document: document({ deny: ['user:ana'] }) })
  assert.deepEqual(codes(decideOffered(reader(), denied, full('ver_0'))), ['deny user:ana'])
})

test('passages labelled by hand hide the document until those of the version are known', () => {
  const decision = decideDocument(reader(), document({ awaitsPassages: true }))
  assert.deepEqual(codes(decision), ['state awaits-passages'])
})

const views: [string, Partial<PassageQuestion>, Partial<Reader>, string, string[]][] = [
  ['no label leaves everything', {}, {}, 'full', ['allow group:staff']],
  ['an undefined label hides', { passage: passage({ labels: ['x'] }) }, {}, 'none', ['label x']],
  [
    'an undefined label hides from who holds every clearance',
    { passage: passage({ labels: ['x'] }) },
    { clearances: new Set(['x', 'hr']) },
    'none',
    ['label x'],
  ],
  [
    'a label without requirements is cleared by everybody',
    { passage: passage({ labels: ['x'] }), definitions: definitions(['x', { requires: [] }]) },
    {},
    'full',
    ['allow group:staff'],
  ],
  [
    'a label leaves what is below it',
    { passage: passage({ labels: ['x'] }), definitions: definitions(['x', { below: 'redacted' }]) },
    {},
    'redacted',
    ['allow group:staff', 'label x'],
  ],
  [
    'who holds the clearance reads in full',
    { passage: passage({ labels: ['x'] }), definitions: definitions(['x', { below: 'redacted' }]) },
    { clearances: new Set(['hr']) },
    'full',
    ['allow group:staff'],
  ],
  [
    'all clearances of a label are needed',
    { passage: passage({ labels: ['x'] }), definitions: definitions(['x', { requires: ['hr', 'board'] }]) },
    { clearances: new Set(['hr']) },
    'none',
    ['label x'],
  ],
  [
    "a document's label counts for each of its passages",
    { document: document({ labels: ['x'] }), passage: undefined, definitions: definitions(['x', { below: 'digest' }]) },
    {},
    'digest',
    ['allow group:staff', 'label x'],
  ],
  [
    'the least view of all labels counts',
    {
      document: document({ labels: ['x'] }),
      passage: passage({ labels: ['y'] }),
      definitions: definitions(['x', { below: 'digest' }], ['y', { below: 'redacted' }]),
    },
    {},
    'digest',
    ['allow group:staff', 'label x', 'label y'],
  ],
  [
    'through an agent counts what both hold',
    { passage: passage({ labels: ['x'] }), definitions: definitions(['x', { below: 'redacted' }]) },
    { clearances: new Set(['hr']), actors: [agent()] },
    'redacted',
    ['allow group:staff', 'label x'],
  ],
  [
    'an agent that holds the clearance lets it through',
    { passage: passage({ labels: ['x'] }), definitions: definitions(['x', { below: 'redacted' }]) },
    { clearances: new Set(['hr']), actors: [agent({ clearances: ['hr'] })] },
    'full',
    ['allow group:staff'],
  ],
  [
    "an agent's clearance is not lent to its user",
    { passage: passage({ labels: ['x'] }), definitions: definitions(['x', { below: 'redacted' }]) },
    { actors: [agent({ clearances: ['hr'] })] },
    'redacted',
    ['allow group:staff', 'label x'],
  ],
  ['a policy forbids the passage', { policies: { read: [], use: ['no-hr'] } }, {}, 'none', ['policy no-hr']],
  [
    'all that speaks against a passage is named, of its document and of its own',
    {
      document: document({ allow: [], deny: ['user:ana'], labels: ['x'] }),
      passage: passage({ labels: ['y', 'z'] }),
      definitions: definitions(['x', {}], ['y', { below: 'redacted' }]),
      policies: { read: ['a'], use: ['no-hr'] },
    },
    {},
    'none',
    ['deny user:ana', 'policy a', 'policy no-hr', 'label x', 'label z'],
  ],
  ['a policy forbids the document', { policies: { read: ['a', 'b'], use: [] } }, {}, 'none', ['policy a', 'policy b']],
]
for (const [name, question, who, view, reasons] of views) {
  test(`the entitled view: ${name}`, () => {
    const decision = decidePassage(reader(who), asked(question))
    assert.deepEqual([decision.view, codes(decision)], [view, reasons])
    assert.equal(decision.allowed, view !== 'none')
  })
}

const variant = (facts: Partial<VariantFacts> = {}): VariantFacts => ({
  variant: 'redacted',
  hash: 'h',
  labels: ['x'],
  marked: ['x'],
  hidesTitle: false,
  contentVersion: 'ver_1',
  ...facts,
})
const labelled = (variants: VariantFacts[], labels = ['x'], question: Partial<PassageQuestion> = {}) =>
  asked({
    passage: passage({ labels, variants }),
    definitions: definitions(['x', { below: 'redacted' }], ['y', { below: 'redacted' }], ['z', { below: 'digest' }]),
    ...question,
  })

test('a variant exists for exactly what it was made for', () => {
  assert.equal(existingVariant(labelled([variant()]), 'redacted')?.hash, 'h')
  assert.equal(existingVariant(labelled([variant()]), 'digest'), undefined)
  // A label that was added later, or taken away.
  assert.equal(existingVariant(labelled([variant()], ['x', 'y']), 'redacted'), undefined)
  assert.equal(existingVariant(labelled([variant({ labels: ['x', 'y'], marked: ['x', 'y'] })]), 'redacted'), undefined)
  assert.equal(
    existingVariant(labelled([variant()], ['x'], { document: document({ labels: ['z'] }) }), 'redacted'),
    undefined,
  )
  // Another version of the document.
  assert.equal(existingVariant(labelled([variant({ contentVersion: 'ver_0' })]), 'redacted'), undefined)
  // A label that hides the title, and a text that shows it; under a digest there is the title alone.
  const hiding = { definitions: definitions(['x', { below: 'redacted', hidesTitle: true }]) }
  assert.equal(existingVariant(labelled([variant()], ['x'], hiding), 'redacted'), undefined)
  assert.equal(existingVariant(labelled([variant({ hidesTitle: true })], ['x'], hiding), 'redacted')?.hash, 'h')
  assert.equal(existingVariant(labelled([variant({ variant: 'digest' })], ['x'], hiding), 'digest')?.hash, 'h')
  // Every label that leaves the redacted view must have marked a span; others need not.
  assert.equal(existingVariant(labelled([variant({ labels: ['x', 'y'] })], ['x', 'y']), 'redacted'), undefined)
  assert.equal(existingVariant(labelled([variant({ labels: ['x', 'z'] })], ['x', 'z']), 'redacted')?.hash, 'h')
})

test('a row is served only as what it is: at most the entitled view, and current', () => {
  const offer = (view: 'full' | 'redacted' | 'digest', hash = 'h') => ({ view, hash, contentVersion: 'ver_1' })
  const rows = labelled([variant(), variant({ variant: 'digest', hash: 'd' })])
  const decided = (who: Reader, offered: ReturnType<typeof offer>) => decideOffered(who, rows, offered).allowed
  const cleared = reader({ clearances: new Set(['hr']) })
  assert.deepEqual(
    [offer('full'), offer('redacted'), offer('digest', 'd')].map((offered) => decided(reader(), offered)),
    [false, true, true],
  )
  assert.deepEqual(
    [offer('full'), offer('redacted'), offer('digest', 'd')].map((offered) => decided(cleared, offered)),
    [true, true, true],
  )
  assert.deepEqual(
    [offer('redacted', 'old'), offer('digest', 'h')].map((offered) => decided(reader(), offered)),
    [false, false],
  )
})

test('break-glass stands in for grants and gates, and for nothing else', () => {
  const closed = document({ allow: [], gates: ['space:t'], space: 'space:t' })
  const glass = [{ id: 'bgl_1', documentId: null, space: 'space:t' }]
  const decide = (facts: Partial<DocumentFacts>, who: Partial<Reader> = {}) =>
    codes(decideDocument(reader({ breakGlass: glass, ...who }), { ...closed, ...facts }))
  assert.deepEqual(decide({}), ['break-glass bgl_1'])
  assert.deepEqual(decide({}, { breakGlass: [{ id: 'bgl_2', documentId: 'doc_1', space: null }] }), [
    'break-glass bgl_2',
  ])
  assert.deepEqual(decide({ space: 'space:u' }), ['gate space:t'])
  assert.deepEqual(decide({ deny: ['group:staff'] }), ['deny group:staff'])
  assert.deepEqual(decide({ state: 'quarantined' }), ['state quarantined'])
  assert.deepEqual(decide({ denyAgents: ['*'] }, { actors: [agent()] }), ['deny agent:a'])
  assert.deepEqual(codes(decideWithPolicies(reader({ breakGlass: glass }), closed, { read: ['p'] })), ['policy p'])
  const question = asked({ document: closed, passage: passage({ labels: ['x'] }), definitions: definitions(['x', {}]) })
  assert.deepEqual(codes(decidePassage(reader({ breakGlass: glass }), question)), ['label x'])
})

test('a text made from an old version opens to those who pass the facts of then and of now', () => {
  const then = {
    state: 'ready' as const,
    allow: ['user:ana'],
    deny: [],
    gates: ['space:s'],
    denyAgents: [],
    labels: [],
  }
  const entry = { contentVersion: 'ver_0', view: 'full' as const, labels: [] }
  const decide = (now: DocumentFacts | undefined, former: Parameters<typeof decideReadSetEntry>[3], who = reader()) =>
    decideReadSetEntry(who, asked({ document: now }), entry, former)
  assert.equal(decide(document(), then).allowed, true)
  assert.deepEqual(codes(decide(document(), { ...then, allow: ['user:ben'] })), ['no-grant'])
  assert.deepEqual(codes(decide(document(), { ...then, deny: ['group:staff'] })), ['deny group:staff'])
  assert.deepEqual(codes(decide(document(), { ...then, gates: ['container:hr'] })), ['gate container:hr'])
  assert.deepEqual(codes(decide(document(), { ...then, state: 'quarantined' })), ['state quarantined'])
  assert.deepEqual(codes(decide(document(), { ...then, labels: ['x'] })), ['label x'])
  assert.deepEqual(codes(decide(document(), { ...then, denyAgents: ['*'] }, reader({ actors: [agent()] }))), [
    'deny agent:a',
  ])
  assert.deepEqual(codes(decide(document(), undefined)), ['content-version'])
  assert.deepEqual(codes(decide(document({ allow: [] }), then)), ['no-grant'])
  assert.deepEqual(codes(decide(undefined, then)), ['unknown-document'])
  const current = { ...entry, contentVersion: 'ver_1' }
  assert.equal(decideReadSetEntry(reader(), asked(), current, undefined).allowed, true)
})

test('a text opens at least at the view that it was made with, over the labels of then and of now', () => {
  const entry = (view: 'full' | 'redacted' | 'digest', labels: string[] = []) => ({
    contentVersion: 'ver_1',
    view,
    labels,
  })
  const opens = (question: PassageQuestion, ...which: Parameters<typeof entry>) =>
    decideReadSetEntry(reader(), question, entry(...which), undefined).allowed
  assert.deepEqual(
    [opens(labelled([]), 'full', ['x']), opens(labelled([]), 'redacted', ['x']), opens(labelled([]), 'digest', ['x'])],
    [false, true, true],
  )
  // Made before the label came: nothing in it was masked for that.
  assert.deepEqual([opens(labelled([]), 'redacted'), opens(labelled([]), 'digest')], [false, false])
  // The label was taken off since; it counts as it did then.
  assert.deepEqual([opens(labelled([], []), 'full', ['x']), opens(labelled([], []), 'redacted', ['x'])], [false, true])
  // It was undefined since.
  assert.equal(opens(labelled([], []), 'digest', ['gone']), false)
})

test('denies, gates and denied agents of every layer are in force, grants of the source alone', () => {
  const layers = [
    layer({ allow: ['user:ana'], deny: ['user:ben'], gates: ['container:a'], labels: ['y', 'x'] }),
    layer({ layer: 'detector', labels: ['z', 'x'] }),
    layer({ layer: 'workspace', allow: ['user:eve'], deny: ['user:eve'], gates: ['container:b'], denyAgents: ['*'] }),
  ]
  assert.deepEqual(inForce(layers, 'space:s'), {
    allow: ['user:ana'],
    deny: ['user:ben', 'user:eve'],
    gates: ['container:a', 'container:b', 'space:s'],
    denyAgents: ['*'],
    labels: ['x', 'y', 'z'],
  })
})
