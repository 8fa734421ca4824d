import assert from 'node:assert/strict'
import { test } from 'node:test'
import { decideDocument, decidePassage, decideReadSetEntry } from './decide.ts'
import { type DocumentFacts, inForce, type LayerFacts, type Reader } from './facts.ts'

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
  ...facts,
})
const reader = (facts: Partial<Reader> = {}): Reader => ({
  state: 'active',
  names: new Set(['user:ana', 'group:staff', 'space:s']),
  agents: [],
  ...facts,
})
const agent = (facts: Partial<NonNullable<Reader['agents'][number]['facts']>> = {}, name = 'agent:a') => ({
  name,
  facts: { active: true, scope: { kind: 'everything' } as const, exceptDocumentIds: [], ...facts },
})
const layer = (facts: Partial<LayerFacts>): LayerFacts => ({
  layer: 'source',
  allow: [],
  deny: [],
  gates: [],
  denyAgents: [],
  state: 'ready',
  contentVersion: null,
  ...facts,
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
    reader({ agents: [{ name: 'agent:a', facts: undefined }] }),
    document(),
    ['agent-scope agent:a'],
  ],
  ['the agent is inactive', reader({ agents: [agent({ active: false })] }), document(), ['agent-scope agent:a']],
  [
    'the agent leaves it out',
    reader({ agents: [agent({ exceptDocumentIds: ['doc_1'] })] }),
    document(),
    ['agent-scope agent:a'],
  ],
  [
    'the agent selects nothing',
    reader({ agents: [agent({ scope: { kind: 'selected' } })] }),
    document(),
    ['agent-scope agent:a'],
  ],
  ['no agent may', reader({ agents: [agent()] }), document({ denyAgents: ['*'] }), ['deny agent:a']],
  ['this agent may not', reader({ agents: [agent()] }), document({ denyAgents: ['agent:a'] }), ['deny agent:a']],
  [
    'one of a chain does not cover it',
    reader({ agents: [agent(), agent({ scope: { kind: 'selected', spaces: ['space:t'] } }, 'agent:b')] }),
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
    assert.equal(decideDocument(reader({ agents }), document({ denyAgents: ['agent:other'] })).allowed, true)
  }
})

test('a person without an agent reads what no agent may', () => {
  assert.equal(decideDocument(reader(), document({ denyAgents: ['*'] })).allowed, true)
})

test('only the current content version is served', () => {
  assert.equal(decidePassage(reader(), document(), 'ver_1').allowed, true)
  assert.deepEqual(codes(decidePassage(reader(), document(), 'ver_0')), ['content-version'])
  assert.deepEqual(codes(decidePassage(reader(), document({ deny: ['user:ana'] }), 'ver_0')), ['deny user:ana'])
})

test('a text made from an old version opens to those who pass the facts of then and of now', () => {
  const then = { state: 'ready' as const, allow: ['user:ana'], deny: [], gates: ['space:s'], denyAgents: [] }
  const decide = (now: DocumentFacts | undefined, former: Parameters<typeof decideReadSetEntry>[3], who = reader()) =>
    decideReadSetEntry(who, now, 'ver_0', former)
  assert.equal(decide(document(), then).allowed, true)
  assert.deepEqual(codes(decide(document(), { ...then, allow: ['user:ben'] })), ['no-grant'])
  assert.deepEqual(codes(decide(document(), { ...then, deny: ['group:staff'] })), ['deny group:staff'])
  assert.deepEqual(codes(decide(document(), { ...then, gates: ['container:hr'] })), ['gate container:hr'])
  assert.deepEqual(codes(decide(document(), { ...then, state: 'quarantined' })), ['state quarantined'])
  assert.deepEqual(codes(decide(document(), { ...then, denyAgents: ['*'] }, reader({ agents: [agent()] }))), [
    'deny agent:a',
  ])
  assert.deepEqual(codes(decide(document(), undefined)), ['content-version'])
  assert.deepEqual(codes(decide(document({ allow: [] }), then)), ['no-grant'])
  assert.deepEqual(codes(decide(undefined, then)), ['unknown-document'])
  assert.equal(decideReadSetEntry(reader(), document(), 'ver_1', undefined).allowed, true)
})

test('denies, gates and denied agents of every layer are in force, grants of the source alone', () => {
  const layers = [
    layer({ allow: ['user:ana'], deny: ['user:ben'], gates: ['container:a'] }),
    layer({ layer: 'workspace', allow: ['user:eve'], deny: ['user:eve'], gates: ['container:b'], denyAgents: ['*'] }),
  ]
  assert.deepEqual(inForce(layers, 'space:s'), {
    allow: ['user:ana'],
    deny: ['user:ben', 'user:eve'],
    gates: ['container:a', 'container:b', 'space:s'],
    denyAgents: ['*'],
  })
})
