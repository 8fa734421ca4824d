import assert from 'node:assert/strict'
import { test } from 'node:test'
import { policyToJson, preparsePolicySet, statefulIsAuthorized } from '@cedar-policy/cedar-wasm/nodejs'
import fc from 'fast-check'
import { aSignature, anAsker, idsOf, startEngine } from './engine.fixture.ts'
import { cacheKey, signatureKey } from './cache-keys.ts'
import { type Mentions, mentionsOf } from './mentions.ts'
import { groupsOf, type PolicyAsker, type PolicySignature } from './questions.ts'

const NOTHING: Mentions = {
  principals: [],
  groups: [],
  clearances: [],
  agents: [],
  purposes: [],
  spaces: [],
  dataSources: [],
  labels: [],
  purposeGiven: false,
  kind: false,
  guest: false,
}
const READ = 'principal, action == Action::"read", resource'

function mentionsIn(text: string): Mentions {
  const answer = policyToJson(text)
  return answer.type === 'success' ? mentionsOf([answer.json]) : assert.fail(JSON.stringify(answer))
}
const when = (condition: string) => mentionsIn(`forbid(${READ}) when { ${condition} };`)

test('what a policy names about who asks and for what is mentioned, value by value', () => {
  const cases: [string, Partial<Mentions>][] = [
    ['resource.labels.contains("a") && resource.space == Space::"s"', { labels: ['a'], spaces: ['s'] }],
    ['[DataSource::"d", DataSource::"e"].contains(resource.dataSource)', { dataSources: ['d', 'e'] }],
    ['resource.space in [Space::"s"] || Space::"t" != resource["space"]', { spaces: ['s', 't'] }],
    [
      '["b", "a"].containsAny(resource.labels) || resource.documentLabels.containsAll(["c"])',
      { labels: ['a', 'b', 'c'] },
    ],
    ['resource is Document && resource has labels', {}],
    ['principal.guest', { guest: true }],
    ['!(principal["guest"] == false)', { guest: true }],
    ['principal in Group::"a"', { groups: ['a'] }],
    ['principal in [Group::"b", Group::"a"]', { groups: ['a', 'b'] }],
    ['principal == User::"u" || ServiceAccount::"s" == principal', { principals: ['s', 'u'] }],
    ['[User::"u"].contains(principal)', { principals: ['u'] }],
    ['principal is User in Group::"g"', { kind: true, groups: ['g'] }],
    ['principal.clearances.contains("c")', { clearances: ['c'] }],
    ['principal.clearances.containsAll(["d", "c"])', { clearances: ['c', 'd'] }],
    ['["d", "c"].containsAny(principal.clearances)', { clearances: ['c', 'd'] }],
    ['context["agents"].contains("agent:a")', { agents: ['agent:a'] }],
    ['context has purpose', { purposeGiven: true }],
    ['context has purpose && context.purpose != "p"', { purposeGiven: true, purposes: ['p'] }],
    ['context has purpose && ["p", "q"].contains(context.purpose)', { purposeGiven: true, purposes: ['p', 'q'] }],
    ['principal has guest && context has agents', {}],
  ]
  for (const [condition, mentions] of cases) assert.deepEqual(when(condition), { ...NOTHING, ...mentions }, condition)
  assert.deepEqual(mentionsIn('forbid(principal in Group::"g", action, resource);'), { ...NOTHING, groups: ['g'] })
  assert.deepEqual(mentionsIn('forbid(principal == User::"u", action, resource);'), { ...NOTHING, principals: ['u'] })
  assert.deepEqual(mentionsIn('forbid(principal is User in Group::"g", action, resource);'), {
    ...NOTHING,
    kind: true,
    groups: ['g'],
  })
})

test('what cannot be told from the text is mentioned as a whole', () => {
  const principal = { principals: 'all', groups: 'all', clearances: 'all', kind: true, guest: true } as const
  const cases: [string, Partial<Mentions>][] = [
    ['principal.clearances.containsAll(resource.labels)', { clearances: 'all', labels: 'all' }],
    ['["a"].containsAll(principal.clearances)', { clearances: 'all' }],
    ['principal.clearances.isEmpty()', { clearances: 'all' }],
    ['principal.clearances.contains(context.purpose)', { clearances: 'all', purposes: 'all', purposeGiven: true }],
    ['context.agents == ["agent:a"]', { agents: 'all' }],
    ['context.purpose like "s*"', { purposes: 'all', purposeGiven: true }],
    [
      '(if principal.guest then context else context).agents.contains("a")',
      { agents: 'all', purposes: 'all', purposeGiven: true, guest: true },
    ],
    ['resource.space == (if true then Space::"s" else Space::"t")', { spaces: 'all' }],
    ['resource.labels.isEmpty() || ["a"].containsAll(resource.documentLabels)', { labels: 'all' }],
    [
      '(if true then resource else resource).labels.contains("a")',
      { spaces: 'all', dataSources: 'all', labels: 'all' },
    ],
    ['principal == principal', principal],
    ['principal in (if true then Group::"a" else Group::"b")', principal],
    ['[principal].contains(User::"u")', principal],
    ['(if true then principal else principal).guest', principal],
  ]
  for (const [condition, mentions] of cases) assert.deepEqual(when(condition), { ...NOTHING, ...mentions }, condition)
})

test('signatures that differ in nothing mentioned have one key, and others have not', () => {
  const mentions = when('resource.labels.contains("x") && resource.space == Space::"s"')
  const key = (signature: Parameters<typeof aSignature>[0]) => signatureKey(mentions, aSignature(signature))
  assert.equal(key({}), key({ dataSourceId: 'src_2', space: 'space:2', labels: ['z'], documentLabels: ['y'] }))
  const keys = [key({}), key({ space: 's' }), key({ labels: ['x'] }), key({ documentLabels: ['x'] })]
  assert.equal(new Set(keys).size, 4)
})

test('askers who differ in nothing mentioned have one key, and others have not', () => {
  const mentions = when('principal in Group::"g" && context has purpose && context.purpose == "p"')
  const key = (...asker: Parameters<typeof anAsker>) => cacheKey(mentions, anAsker(...asker))
  assert.equal(key(), key({ name: 'service:x', kind: 'service', guest: true, groups: ['h'], clearances: ['c'] }))
  assert.equal(key({ groups: ['g', 'h', 'g'] }), key({ groups: ['g'] }, { agents: ['agent:a'] }))
  assert.equal(key({}, { purpose: 'q' }), key({}, { purpose: 'r' }))
  assert.equal(new Set([key(), key({ groups: ['g'] }), key({}, { purpose: 'p' }), key({}, { purpose: 'q' })]).size, 4)
})

const values = {
  group: ['g1', 'g2', 'guests', 'public', 'workspace:members'],
  name: ['user:a', 'user:b'],
  text: ['x', 'y'],
}
const quoted = (list: readonly string[]) => fc.constantFrom(...list).map((value) => JSON.stringify(value))
const text = quoted(values.text)
const texts = fc.array(text, { minLength: 1, maxLength: 2 }).map((list) => `[${list.join(', ')}]`)
const stringSet = fc.oneof(
  texts,
  fc.constantFrom(
    'principal.clearances',
    'context.agents',
    'resource.labels',
    'resource.documentLabels',
    'context["agents"]',
  ),
)
const group = quoted(values.group).map((name) => `Group::${name}`)
const principal = quoted(values.name).chain((name) => fc.constantFrom(`User::${name}`, `ServiceAccount::${name}`))

const place = fc.constantFrom(
  'resource.space == Space::"s1"',
  'resource.space in [Space::"s1", Space::"s3"]',
  '[DataSource::"src_1"].contains(resource.dataSource)',
  'DataSource::"src_2" != resource["dataSource"]',
  '(if principal.guest then resource else resource).space == Space::"s1"',
  'resource == resource',
  'resource is Passage',
  '(if resource is Document then Space::"s1" else Space::"s2") == resource.space',
)

/** Conditions in forms that are understood and forms that are not, and some that err. */
const condition = fc.letrec<{ condition: string }>((tie) => ({
  condition: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    fc.constantFrom('principal.guest', '!principal["guest"]', 'principal is User', 'context has purpose'),
    fc.constantFrom(
      'principal.clearances.isEmpty()',
      'principal == principal',
      '9223372036854775807 + 1 == 0',
      'context has purpose && context.purpose like "x*"',
      '(if principal.guest then context else context).agents.contains("x")',
    ),
    group.map((name) => `principal in ${name}`),
    fc.tuple(group, group).map(([one, other]) => `principal in [${one}, ${other}]`),
    group.map((name) => `principal is ServiceAccount in ${name}`),
    fc
      .tuple(tie('condition'), group, group)
      .map(([test, one, other]) => `principal in (if ${test} then ${one} else ${other})`),
    principal.map((name) => `principal == ${name}`),
    principal.map((name) => `[${name}].contains(principal)`),
    place,
    principal.map((name) => `[principal].contains(${name})`),
    fc.tuple(stringSet, text).map(([set, value]) => `${set}.contains(${value})`),
    fc
      .tuple(stringSet, fc.constantFrom('containsAll', 'containsAny'), stringSet)
      .map(([one, operator, other]) => `${one}.${operator}(${other})`),
    fc.tuple(stringSet, stringSet).map(([one, other]) => `${one} == ${other}`),
    text.map((value) => `context has purpose && context.purpose == ${value}`),
    text.map((value) => `context.purpose != ${value}`),
    texts.map((list) => `context has purpose && ${list}.contains(context.purpose)`),
    stringSet.map((set) => `context has purpose && ${set}.contains(context.purpose)`),
    fc.tuple(tie('condition'), tie('condition')).map(([one, other]) => `(${one}) && (${other})`),
    fc.tuple(tie('condition'), tie('condition')).map(([one, other]) => `(${one}) || (${other})`),
    tie('condition').map((inner) => `!(${inner})`),
    fc
      .tuple(tie('condition'), tie('condition'), tie('condition'))
      .map(([test, one, other]) => `if ${test} then (${one}) else (${other})`),
  ),
})).condition

const scope = fc.oneof(
  { weight: 12, arbitrary: fc.constant('principal') },
  { weight: 1, arbitrary: group.map((name) => `principal in ${name}`) },
  { weight: 1, arbitrary: principal.map((name) => `principal == ${name}`) },
  { weight: 1, arbitrary: group.map((name) => `principal is User in ${name}`) },
  { weight: 1, arbitrary: fc.constant('principal is ServiceAccount') },
)
const policy = fc
  .record({
    scope,
    actions: fc.constantFrom('== Action::"read"', '== Action::"use"', 'in [Action::"read", Action::"use"]'),
    conditions: fc.array(fc.tuple(fc.constantFrom('when', 'unless'), condition), { maxLength: 2 }),
  })
  .map(({ scope, actions, conditions }) =>
    [`forbid(${scope}, action ${actions}, resource)`, ...conditions.map(([kind, body]) => `${kind} { ${body} }`)].join(
      ' ',
    ),
  )
const policySet = fc
  .array(policy, { minLength: 1, maxLength: 3 })
  .map((policies) => policies.map((body, index) => `@id("p${index}") ${body};`).join('\n'))

const some = (list: readonly string[]) => fc.subarray([...list])
const traits = {
  name: fc.constantFrom(...values.name),
  kind: fc.constantFrom('user' as const, 'service' as const),
  guest: fc.boolean(),
  groups: some(['g1', 'g2', 'g3']),
  clearances: some([...values.text, 'z']),
  agents: some([...values.text, 'z']),
  purpose: fc.constantFrom(undefined, 'x', 'y', 'z'),
}
/** An asker and some who differ from it in one trait, so that equal keys are common. */
const askers: fc.Arbitrary<PolicyAsker[]> = fc
  .tuple(
    fc.record(traits),
    fc.array(
      fc.oneof(
        ...Object.entries(traits).map(([trait, arbitrary]) => arbitrary.map((value: unknown) => ({ [trait]: value }))),
      ),
      { minLength: 3, maxLength: 6 },
    ),
  )
  .map(([one, changes]) =>
    [{}, ...changes]
      .map((change) => ({ ...one, ...change }))
      .map(({ agents, purpose, ...reader }) => ({ reader, agents, ...(purpose === undefined ? {} : { purpose }) })),
  )
const signature = fc.record({
  dataSourceId: fc.constantFrom('src_1', 'src_2', 'src_3'),
  space: fc.constantFrom('s1', 's2', 's3'),
  documentLabels: some(values.text),
  labels: some([...values.text, 'z']),
})

/** Cedar itself, with everything that is known of the asker, and no cache. */
function asked({ reader, agents, purpose }: PolicyAsker, signature: PolicySignature) {
  const type = reader.kind === 'user' ? 'User' : 'ServiceAccount'
  const place = (type: string, id: string) => ({ __entity: { type, id } })
  const places = { space: place('Space', signature.space), dataSource: place('DataSource', signature.dataSourceId) }
  const union = [...new Set([...signature.documentLabels, ...signature.labels])]
  const ask = (action: string, resource: string, attrs: object) => {
    const answer = statefulIsAuthorized({
      principal: { type, id: reader.name },
      action: { type: 'Action', id: action },
      resource: { type: resource, id: 'it' },
      context: { agents: [...agents], ...(purpose === undefined ? {} : { purpose }) },
      preparsedPolicySetId: 'reference',
      entities: [
        {
          uid: { type, id: reader.name },
          attrs: { guest: reader.guest, clearances: [...reader.clearances] },
          parents: [...new Set(groupsOf(reader))].map((id) => ({ type: 'Group', id })),
        },
        { uid: { type: resource, id: 'it' }, attrs: { ...places, ...attrs }, parents: [] },
      ],
    })
    if (answer.type === 'failure') return assert.fail(JSON.stringify(answer))
    const { reason, errors } = answer.response.diagnostics
    // Without ids of its own Cedar counts: policy0 is the permit, policy1 is p0.
    const named = (id: string) => `p${Number(id.slice('policy'.length)) - 1}`
    const held = answer.response.decision === 'deny' ? reason.map(named) : []
    return [...held, ...errors.map(({ policyId }) => `error ${named(policyId)}`)].toSorted()
  }
  return {
    read: ask('read', 'Document', { labels: signature.documentLabels }),
    use: ask('use', 'Passage', { labels: union, documentLabels: signature.documentLabels }),
  }
}

test('equal keys have equal results, and the engine answers as Cedar does, cache or not', async (t) => {
  const { engine } = startEngine(t)
  const named = (hits: readonly ({ policyId: string } | { policyId?: string; error: string })[]) =>
    hits.map((hit) => ('error' in hit ? `error ${hit.policyId}` : hit.policyId)).toSorted()
  await fc.assert(
    fc.asyncProperty(
      policySet,
      askers,
      fc.array(signature, { minLength: 1, maxLength: 3 }),
      async (text, askers, signatures) => {
        const staticPolicies = `permit(principal, action, resource);\n${text}`
        assert.deepEqual(preparsePolicySet('reference', { staticPolicies }), { type: 'success' })
        const mentions = await engine.mentions(text)
        const byKey = new Map<string, unknown>()
        for (const asker of askers) {
          const expected = signatures.map((signature) => asked(asker, signature))
          for (const [index, signature] of signatures.entries()) {
            const key = `${cacheKey(mentions, asker)} ${signatureKey(mentions, signature)}`
            if (byKey.has(key)) assert.deepEqual(expected[index], byKey.get(key))
            byKey.set(key, expected[index])
          }
          const found = await engine.evaluate({ version: 'v', text }, asker, signatures)
          assert.deepEqual(
            found.map(({ read, use }) => ({ read: named(read), use: named(use) })),
            expected,
          )
        }
      },
    ),
    { numRuns: 150 },
  )
})

test('readers who share a key share results, and labels count whatever their order', async (t) => {
  const { engine } = startEngine(t)
  const text = `@id("a") forbid(${READ}) when { principal.guest && resource.labels.containsAll(["x", "y"]) };`
  for (const [guest, name] of [
    [true, 'user:a'],
    [false, 'user:b'],
    [true, 'user:c'],
  ] as const) {
    const found = await engine.evaluate({ version: 'v', text }, anAsker({ guest, name }), [
      aSignature({ documentLabels: ['x', 'y'] }),
      aSignature({ documentLabels: ['y', 'x', 'y'] }),
      aSignature({ documentLabels: ['x'], labels: ['y'] }),
    ])
    assert.deepEqual(
      found.map(({ read }) => idsOf(read)),
      guest ? [['a'], ['a'], []] : [[], [], []],
    )
  }
})
