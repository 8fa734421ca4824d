import assert from 'node:assert/strict'
import { test } from 'node:test'
import { checkParseSchema, schemaToJson } from '@cedar-policy/cedar-wasm/nodejs'
import { MAX_DEPTH, MAX_NESTING, MAX_POLICIES } from './parse-policies.ts'
import { POLICY_ACTIONS, POLICY_SCHEMA } from './schema.ts'
import { validatePolicies } from './validate-policies.ts'

const READ = 'principal, action == Action::"read", resource'
const found = (text: string, passageLabels: readonly string[] = []) => validatePolicies(text, { passageLabels })
const places = (text: string, passageLabels?: readonly string[]) =>
  found(text, passageLabels).map(({ severity, policyId = '-', line, column, message }) =>
    [severity, policyId, `${line}:${column}`, message].join(' '),
  )

test('the schema is Cedar, and knows no clock, no address and no other context', () => {
  assert.deepEqual(checkParseSchema(POLICY_SCHEMA), { type: 'success' })
  const answer = schemaToJson(POLICY_SCHEMA)
  assert.equal(answer.type, 'success')
  if (answer.type !== 'success') return
  assert.deepEqual(answer.warnings, [])
  const { actions, commonTypes } = answer.json[''] ?? assert.fail('no namespace')
  assert.deepEqual(Object.keys(actions).toSorted(), POLICY_ACTIONS.toSorted())
  const ask = commonTypes?.['Ask']
  assert.deepEqual(ask && 'attributes' in ask && Object.keys(ask.attributes).toSorted(), ['agents', 'purpose'])
})

test('good policies have no finding', () => {
  assert.deepEqual(found(''), [])
  assert.deepEqual(found(' \n// only a comment; with a semicolon'), [])
  const text = `
    @id("a") forbid(${READ}) when { resource.labels.contains("; \\" // not a comment") };
    // between
    @id("b") @note("kept") forbid(principal in Group::"group:src_1:eng", action in [Action::"read", Action::"use"], resource)
      when { context has purpose && ["support", "sales"].contains(context.purpose) }
      unless { resource.space == Space::"space:spc_1" || resource.dataSource == DataSource::"src_1" };`
  assert.deepEqual(found(text), [])
})

test('a syntax error is told at its line and column, after any alphabet, and others beside it', () => {
  const text = `@id("a") forbid(${READ});\n// ééé 漢字 😀\n@id("b") forbid(${READ}) when { "😀é" == ) };\n@id("c") forbid(${READ}) when { ? };`
  const lines = text.split('\n')
  const at = (line: number, piece: string) => `${line}:${(lines[line - 1] ?? '').indexOf(piece) + 1}`
  assert.deepEqual(places(text), [
    `error - ${at(3, ') }')} Unexpected token \`)\``,
    `error - ${at(4, '? }')} Invalid token`,
  ])
  assert.match(found(text)[0]?.hint ?? '', /^expected /u)
  assert.deepEqual(places(`@id("a") forbid(${READ})`), [
    `error - 1:${`@id("a") forbid(${READ})`.length + 1} Unexpected end of input`,
  ])
  assert.equal(places(`@id("a") forbid(${READ}) when { "never closed };`).length, 1)
})

test('a type error is told in place, with its policy and what was probably meant', () => {
  const text = `@id("é-ok") forbid(${READ});\n@id("typo")\nforbid(${READ})\n  when { "é" == "é" && principal.gast };`
  const finding = found(text).find(({ policyId }) => policyId === 'typo')
  assert.partialDeepStrictEqual(finding, { severity: 'error', line: 4, column: 24, hint: 'did you mean `guest`?' })
  assert.match(finding?.message ?? '', /^Attribute `gast` on entity type `(?:User|ServiceAccount)` not found$/u)
})

test('what the closed schema lacks is an error', () => {
  for (const condition of [
    'context.ip.isLoopback()',
    'context.now < datetime("2026-01-01")',
    'context.purpose == "unguarded"',
    'principal.department == "hr"',
    'resource.documentLabels.contains("passages only")',
    'resource.labels == "salary"',
    'principal in Team::"a"',
    'principal has guest && resource.owner == principal',
  ]) {
    const findings = found(`@id("x") forbid(${READ}) when { ${condition} };`)
    assert.ok(
      findings.some(({ severity, policyId }) => severity === 'error' && policyId === 'x'),
      condition,
    )
  }
  const unknown = found('@id("x") forbid(principal, action == Action::"delete", resource);')
  assert.partialDeepStrictEqual(
    unknown.find(({ severity }) => severity === 'error'),
    { severity: 'error', hint: 'did you mean `Action::"use"`?' },
  )
})

test('only a forbid is a policy, and a template is none', () => {
  assert.deepEqual(places(`@id("a") forbid(${READ});\n  @id("grant")\npermit(${READ});`), [
    'error grant 2:3 A policy may only forbid.',
  ])
  assert.deepEqual(places('@id("t") forbid(principal == ?principal, action, resource);'), [
    'error - 1:30 Templates are not allowed.',
  ])
})

test('every policy has an id of its own', () => {
  const body = `forbid(${READ});`
  assert.deepEqual(places(`${body}\n@id("a") ${body}\n@id("A b") ${body}\n@id("a") ${body}\n@id ${body}`), [
    'error - 1:1 The policy has no @id.',
    'error A b 3:1 @id("A b") is not a policy id.',
    'error a 4:1 Two policies have the same @id.',
    'error - 5:1 The policy has no @id.',
  ])
  assert.match(found(`@id("a") ${body}\n@id("a") ${body}`)[0]?.hint ?? '', /line 1 /u)
  assert.deepEqual(found(`@id("a${'b'.repeat(62)}") ${body}`), [])
  assert.equal(found(`@id("a${'b'.repeat(63)}") ${body}`).length, 1)
  assert.equal(found(`@id("a") @id("b") ${body}`)[0]?.severity, 'error')
})

test('a single document cannot be named, since no policy would ever meet it', () => {
  const text = `@id("one") forbid(principal, action == Action::"read", resource == Document::"doc_1");
@id("two") forbid(principal, action == Action::"use", resource) when { resource in [Passage::"psg_1"] };`
  assert.deepEqual(
    places(text).filter((place) => place.includes('single')),
    ["error one 1:78 A policy can't name a single document.", "error two 2:94 A policy can't name a single passage."],
  )
})

test('size, number, nesting and depth are bounded', () => {
  assert.match(places(`// ${'x'.repeat(70_000)}`)[0] ?? '', /at most 65536/u)
  const many = (count: number) =>
    Array.from({ length: count }, (_, index) => `@id("p${index}") forbid(${READ});`).join('\n')
  assert.deepEqual(found(many(MAX_POLICIES)), [])
  assert.deepEqual(places(many(MAX_POLICIES + 1)), ['error - 201:1 There are 201 policies; at most 200 are allowed.'])
  const nested = (count: number) => `@id("a") forbid(${READ}) when { ${'('.repeat(count)}true${')'.repeat(count)} };`
  assert.deepEqual(found(nested(MAX_NESTING - 1)), [])
  assert.match(places(nested(MAX_NESTING))[0] ?? '', /^error - 1:1 The policy nests 51 deep/u)
  assert.match(places(nested(20_000))[0] ?? '', /nests 20001 deep/u)
  const chain = (count: number) => `@id("a") forbid(${READ}) when { ${'principal.guest && '.repeat(count)}true };`
  assert.deepEqual(found(chain(MAX_DEPTH - 3)), [])
  assert.match(places(chain(MAX_DEPTH + 1))[0] ?? '', /^error a 1:1 The policy nests \d+ deep/u)
})

test('a policy on read that tests a label of passages gets a warning in place', () => {
  const text = `@id("a") forbid(${READ}) when { resource.labels.contains("salary") };
@id("b") forbid(principal, action in [Action::"read", Action::"use"], resource) when { resource.labels.containsAny(["board", "salary"]) };
@id("c") forbid(principal, action == Action::"use", resource) when { resource.labels.contains("salary") };
@id("d") forbid(${READ}) when { ["salary"].contains("salary") || resource.labels == ["salary"] };`
  const warned = (labels?: readonly string[]) =>
    validatePolicies(text, labels ? { passageLabels: labels } : {}).map(
      ({ severity, policyId, line, column }) => `${severity} ${policyId} ${line}:${column}`,
    )
  const at = (line: number, piece: string) => `${line}:${(text.split('\n')[line - 1] ?? '').indexOf(piece) + 1}`
  const salary = [`warning a ${at(1, '"salary"')}`, `warning b ${at(2, '"salary"')}`, `warning d ${at(4, '"salary"')}`]
  assert.deepEqual(warned(['salary']), salary)
  assert.deepEqual(warned([]), [])
  assert.deepEqual(warned(), [salary[0], `warning b ${at(2, '"board"')}`, ...salary.slice(1)])
})

test('a policy that can never hold gets a warning', () => {
  assert.deepEqual(
    found(`@id("a") forbid(principal is Group, action == Action::"read", resource);
@id("b") forbid(${READ}) when { false };`).map(({ severity, policyId }) => [policyId, severity]),
    [
      ['a', 'warning'],
      ['b', 'warning'],
    ],
  )
})
