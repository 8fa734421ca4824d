import { Type } from 'typebox'
import { call } from '../../bus/contract.ts'
import { IdOf } from '../../ids/ids.ts'
import { keyed, Name, Page, Revision, Timestamp } from '../names.ts'
import { atLeast, Clearance, Label, listOf, Purpose, Written } from './common.ts'
import { listFaults, readFaults, writeFaults } from './faults.ts'

const text = Type.String({ maxLength: 65_536, description: 'Cedar: `forbid` policies, each with an `@id`.' })

/** Something wrong in a text of policies, or to think about. Lines and columns count from 1. */
export const PolicyFinding = Type.Object({
  severity: Type.Union([Type.Literal('error'), Type.Literal('warning')]),
  policyId: Type.Optional(Type.String()),
  line: Type.Optional(Type.Integer()),
  column: Type.Optional(Type.Integer()),
  message: Type.String(),
  hint: Type.Optional(Type.String()),
})

/** Given somebody, ask something, expect an answer. Groups may be in groups; a cycle is an error. */
export const PolicyTest = Type.Object({
  name: Type.String({ minLength: 1, maxLength: 300 }),
  given: Type.Object({
    kind: Type.Union([Type.Literal('user'), Type.Literal('service')]),
    name: Type.Optional(Name),
    guest: Type.Optional(Type.Boolean()),
    memberOf: Type.Optional(Type.Array(Name, { maxItems: 100 })),
    groups: Type.Optional(
      Type.Array(Type.Object({ name: Name, memberOf: Type.Array(Name, { maxItems: 100 }) }), { maxItems: 200 }),
    ),
    clearances: Type.Optional(Type.Array(Clearance, { maxItems: 50 })),
  }),
  ask: Type.Object({
    action: Type.Union([Type.Literal('read'), Type.Literal('use'), Type.Literal('process'), Type.Literal('runTool')]),
    dataSourceId: Type.Optional(Type.String({ maxLength: 100 })),
    space: Type.Optional(Name),
    documentLabels: Type.Optional(Type.Array(Label, { maxItems: 50 })),
    labels: Type.Optional(Type.Array(Label, { maxItems: 50 })),
    model: Type.Optional(
      Type.Object({
        name: Type.String({ maxLength: 200 }),
        provider: Type.String({ maxLength: 100 }),
        hosting: Type.Union([Type.Literal('own'), Type.Literal('cloud')]),
      }),
    ),
    tool: Type.Optional(Type.String({ maxLength: 200 })),
    actors: Type.Optional(Type.Array(Name, { maxItems: 16 })),
    purpose: Type.Optional(Purpose),
  }),
  expect: Type.Union([Type.Literal('forbid'), Type.Literal('no-objection')]),
})

/** A set of policies. It is a draft until it is published; a published one never changes, and another takes its place. */
export const PolicySet = Type.Object({
  id: IdOf('pol'),
  title: Type.String(),
  state: Type.Union([Type.Literal('draft'), Type.Literal('published'), Type.Literal('superseded')]),
  version: Type.Optional(Type.Integer({ description: 'Counts what was published, from 1.' })),
  text,
  tests: Type.Array(PolicyTest),
  author: Name,
  createdAt: Timestamp,
  publishedAt: Type.Optional(Timestamp),
})

const fields = {
  title: Type.String({ minLength: 1, maxLength: 300 }),
  text,
  tests: Type.Optional(Type.Array(PolicyTest, { maxItems: 500 })),
}

/** What the security team writes (ACCESS.md section 5). Admins and auditors read, admins write. */
export const policyOperations = {
  getPolicySchema: call({
    summary: 'The Cedar schema that policies are validated against.',
    calledBy: ['gateway'],
    input: Type.Object({}),
    output: Type.Object({ schema: Type.String() }),
    faults: readFaults,
    timeoutMs: 2000,
    idempotent: true,
  }),
  listPolicySets: call({
    summary: 'Policy sets, newest first.',
    calledBy: ['gateway'],
    input: Type.Object({ ...Page, ...atLeast }),
    output: listOf(PolicySet),
    faults: listFaults,
    timeoutMs: 5000,
    idempotent: true,
  }),
  getPolicySet: call({
    summary: 'One policy set.',
    calledBy: ['gateway'],
    input: Type.Object({ id: IdOf('pol'), ...atLeast }),
    output: Type.Object({ policySet: PolicySet, revision: Revision }),
    faults: [...readFaults, 'access.not-found'],
    timeoutMs: 5000,
    idempotent: true,
  }),
  createPolicySet: call({
    summary: 'A draft. It may be unfinished: only what is published must be valid.',
    calledBy: ['gateway'],
    input: Type.Object({ ...fields, ...keyed }),
    output: Type.Object({ policySet: PolicySet, revision: Revision }),
    faults: writeFaults,
    timeoutMs: 5000,
    idempotent: false,
  }),
  updatePolicySet: call({
    summary: 'Changes a draft.',
    calledBy: ['gateway'],
    input: Type.Object({ id: IdOf('pol'), ...Type.Partial(Type.Object(fields)).properties }),
    output: Type.Object({ policySet: PolicySet, revision: Revision }),
    faults: writeFaults,
    timeoutMs: 5000,
    idempotent: true,
  }),
  checkPolicySet: call({
    summary: 'Validates a set strictly and runs its tests. Nothing is changed.',
    calledBy: ['gateway'],
    input: Type.Object({ id: IdOf('pol') }),
    output: Type.Object({
      valid: Type.Boolean(),
      findings: Type.Array(PolicyFinding),
      tests: Type.Array(
        Type.Object({
          name: Type.String(),
          passed: Type.Boolean(),
          got: Type.Union([Type.Literal('forbid'), Type.Literal('no-objection'), Type.Literal('error')]),
          policyIds: Type.Array(Type.String()),
          error: Type.Optional(Type.String()),
        }),
      ),
      revision: Revision,
    }),
    faults: [...readFaults, 'access.not-found', 'access.invalid'],
    timeoutMs: 30_000,
    idempotent: true,
  }),
  publishPolicySet: call({
    summary: 'Puts a draft in force: valid, and its tests passed. In force when it is answered.',
    calledBy: ['gateway'],
    input: Type.Object({ id: IdOf('pol') }),
    output: Type.Object({ policySet: PolicySet, revision: Revision }),
    faults: writeFaults,
    timeoutMs: 30_000,
    idempotent: true,
  }),
  rollBackPolicies: call({
    summary: 'Puts a set that was in force before back in force. That may widen, and is treated so.',
    calledBy: ['gateway'],
    input: Type.Object({ id: IdOf('pol') }),
    output: Type.Object({ policySet: PolicySet, revision: Revision }),
    faults: writeFaults,
    timeoutMs: 10_000,
    idempotent: true,
  }),
  deletePolicySet: call({
    summary: 'Deletes a draft.',
    calledBy: ['gateway'],
    input: Type.Object({ id: IdOf('pol') }),
    output: Written,
    faults: writeFaults,
    timeoutMs: 5000,
    idempotent: true,
  }),
}
