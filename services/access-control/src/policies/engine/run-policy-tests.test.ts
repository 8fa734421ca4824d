import assert from 'node:assert/strict'
import { test } from 'node:test'
import { aReader, aSignature, startEngine } from './engine.fixture.ts'
import { type PolicyTest, runPolicyTests } from './run-policy-tests.ts'

const set = (text: string) => ({ version: 'draft', text })
const text = `
  @id("no-interns") forbid(principal in Group::"group:interns", action == Action::"read", resource)
    when { resource.space == Space::"space:spc_hr" };
  @id("no-bots") forbid(principal, action == Action::"use", resource) when { context.agents.contains("agent:bot") };
  @id("own-models") forbid(principal, action == Action::"process", resource) unless { resource.hosting == "own" };
  @id("no-mail") forbid(principal, action == Action::"runTool", resource == Tool::"mail");`

const aTest = (policyTest: Partial<PolicyTest>): PolicyTest => ({
  name: 'a test',
  given: { reader: aReader() },
  ask: { action: 'read', signature: aSignature() },
  expect: 'no-objection',
  ...policyTest,
})

test('tests are asked with groups of groups, agents, tools and models, and name what forbids', async (t) => {
  const { engine } = startEngine(t)
  const inGroups = {
    reader: aReader({ groups: ['group:summer'] }),
    groups: [
      { name: 'group:summer', parents: ['group:students'] },
      { name: 'group:students', parents: ['group:interns', 'group:young'] },
    ],
  }
  const use = { action: 'use', signature: aSignature(), agents: ['agent:bot'] } as const
  const results = await runPolicyTests(engine, set(text), [
    aTest({ name: 'nested', given: inGroups, expect: 'forbid', policies: ['no-interns'] }),
    aTest({ name: 'nobody in groups' }),
    aTest({ name: 'bot', ask: use, expect: 'forbid' }),
    aTest({
      name: 'model',
      ask: { action: 'process', model: { name: 'a/b', provider: 'a', hosting: 'own' }, labels: [] },
    }),
    aTest({
      name: 'tool',
      ask: { action: 'runTool', tool: { name: 'mail' } },
      expect: 'forbid',
      policies: ['no-mail'],
    }),
  ])
  assert.deepEqual(
    results.map(({ name, passed, policies }) => [name, passed, policies]),
    [
      ['nested', true, ['no-interns']],
      ['nobody in groups', true, []],
      ['bot', true, ['no-bots']],
      ['model', true, []],
      ['tool', true, ['no-mail']],
    ],
  )
})

test('a test fails on the other answer, on another policy, and on an evaluation that errs', async (t) => {
  const { engine, incidents } = startEngine(t)
  const given = { reader: aReader({ groups: ['group:interns'] }) }
  const erring = '@id("e") forbid(principal, action == Action::"read", resource) when { 9223372036854775807 + 1 == 0 };'
  const [answer, policy] = await runPolicyTests(engine, set(text), [
    aTest({ given }),
    aTest({ given, expect: 'forbid', policies: ['no-bots'] }),
  ])
  assert.partialDeepStrictEqual(answer, { passed: false, answer: 'forbid', policies: ['no-interns'] })
  assert.partialDeepStrictEqual(policy, { passed: false, answer: 'forbid', policies: ['no-interns'] })
  const [erred] = await runPolicyTests(engine, set(erring), [aTest({ expect: 'forbid' })])
  assert.partialDeepStrictEqual(erred, { passed: false, answer: 'forbid', policies: [] })
  assert.match(erred?.errors[0] ?? '', /overflow/u)
  assert.equal(incidents.length, 1)
})

test('a cycle in the given groups is named, and the other tests are run', async (t) => {
  const { engine } = startEngine(t)
  const groups = [
    { name: 'group:top', parents: ['group:b'] },
    { name: 'group:a', parents: ['group:c'] },
    { name: 'group:b', parents: ['group:other', 'group:a'] },
    { name: 'group:c', parents: ['group:b'] },
  ]
  const given = { reader: aReader({ groups: ['group:top'] }), groups }
  const self = { reader: aReader(), groups: [{ name: 'group:me', parents: ['group:me'] }] }
  const diamond = {
    reader: aReader(),
    groups: [
      { name: 'group:1', parents: ['group:2', 'group:3'] },
      { name: 'group:2', parents: ['group:4'] },
      { name: 'group:3', parents: ['group:4', 'group:2'] },
    ],
  }
  const results = await runPolicyTests(engine, set(text), [
    aTest({ given }),
    aTest({ given: self }),
    aTest({ given: diamond }),
  ])
  assert.deepEqual(
    results.map(({ passed, problem }) => [passed, problem?.message]),
    [
      [false, 'These groups form a cycle: group:b → group:a → group:c → group:b.'],
      [false, 'These groups form a cycle: group:me → group:me.'],
      [true, undefined],
    ],
  )
})
