import { type Static, Type } from 'typebox'
import { call } from '../../bus/contract.ts'
import { IdOf } from '../../ids/ids.ts'
import { keyed, Name, Page, Revision } from '../names.ts'
import { atLeast, Clearance, Label, listOf, Written } from './common.ts'
import { listFaults, writeFaults } from './faults.ts'

/** What a label asks for, and what remains for those who lack it (ACCESS.md section 4). */
export const LabelDefinition = Type.Object({
  label: Label,
  title: Type.String({ maxLength: 300 }),
  requires: Type.Array(Clearance, {
    maxItems: 50,
    description: 'All of them are needed. An empty list is cleared by everybody.',
  }),
  below: Type.Union([Type.Literal('none'), Type.Literal('digest'), Type.Literal('redacted')], {
    description: 'What remains for those who lack a clearance.',
  }),
  hidesTitle: Type.Boolean({ description: 'Below `full` the title is hidden, not only masked.' }),
})
export const ClearancesOf = Type.Object({
  principal: Name,
  clearances: Type.Array(Clearance, { maxItems: 200 }),
})
/** What a rule can look for by its form, without a pattern: see the README of the package `detect`. */
export const DetectorKind = Type.Union(
  [
    Type.Literal('email'),
    Type.Literal('phone'),
    Type.Literal('iban'),
    Type.Literal('card'),
    Type.Literal('national-id'),
    Type.Literal('ip-address'),
    Type.Literal('secret'),
    Type.Literal('salary'),
  ],
  { description: '`salary`: amounts near words for pay. `secret`: keys, tokens, passwords.' },
)
export type DetectorKind = Static<typeof DetectorKind>

/** Finds sensitive text when content comes in: by a pattern, or by what it looks like. Exactly one of the two. */
export const RedactionRule = Type.Object({
  id: IdOf('rul'),
  title: Type.String({ maxLength: 300 }),
  pattern: Type.Optional(
    Type.String({
      minLength: 1,
      maxLength: 1000,
      description: 'RE2 syntax: linear time, no back references. Matched in every line, letters of any case alike.',
    }),
  ),
  detector: Type.Optional(DetectorKind),
  label: Label,
  kind: Type.String({
    pattern: '^[a-z][a-z0-9-]{0,30}$',
    description: 'What stands in place of a match: `[salary]` for `salary`.',
  }),
})
export type RedactionRule = Static<typeof RedactionRule>

/** Labels, clearances, rules and digests. */
export const labelOperations = {
  listLabels: call({
    summary:
      'The label definitions. Any active principal: what labels there are is no secret, who holds which clearance is.',
    calledBy: ['gateway'],
    input: Type.Object({ ...Page, ...atLeast }),
    output: listOf(LabelDefinition),
    faults: listFaults,
    timeoutMs: 5000,
    idempotent: true,
  }),
  putLabel: call({
    summary: 'Defines a label, or defines it anew. Admins.',
    calledBy: ['gateway'],
    input: LabelDefinition,
    output: Written,
    faults: writeFaults,
    timeoutMs: 5000,
    idempotent: true,
  }),
  deleteLabel: call({
    summary: 'Takes a definition back. What carries the label is hidden from then on. Admins.',
    calledBy: ['gateway'],
    input: Type.Object({ label: Label }),
    output: Written,
    faults: writeFaults,
    timeoutMs: 5000,
    idempotent: true,
  }),
  listClearances: call({
    summary: 'Who holds which clearance of their own. Admins and auditors.',
    calledBy: ['gateway'],
    input: Type.Object({ principal: Type.Optional(Name), clearance: Type.Optional(Clearance), ...Page, ...atLeast }),
    output: listOf(ClearancesOf),
    faults: listFaults,
    timeoutMs: 5000,
    idempotent: true,
  }),
  setClearances: call({
    summary:
      'Replaces the clearances of a user, service account, group or agent; an empty list takes all of them. Admins.',
    calledBy: ['gateway'],
    input: ClearancesOf,
    output: Written,
    faults: writeFaults,
    timeoutMs: 5000,
    idempotent: true,
  }),
  listRedactionRules: call({
    summary: 'The redaction rules. Admins and auditors.',
    calledBy: ['gateway'],
    input: Type.Object({ ...Page, ...atLeast }),
    output: listOf(RedactionRule),
    faults: listFaults,
    timeoutMs: 5000,
    idempotent: true,
  }),
  createRedactionRule: call({
    summary: 'Adds a rule. Content that is there already is gone through again. Admins.',
    calledBy: ['gateway'],
    input: Type.Object({ ...Type.Omit(RedactionRule, ['id']).properties, ...keyed }),
    output: Type.Object({ rule: RedactionRule, revision: Revision }),
    faults: writeFaults,
    timeoutMs: 5000,
    idempotent: false,
  }),
  deleteRedactionRule: call({
    summary: 'Removes a rule; its labels and spans go when the content was gone through again. Admins.',
    calledBy: ['gateway'],
    input: Type.Object({ id: IdOf('rul') }),
    output: Written,
    faults: writeFaults,
    timeoutMs: 5000,
    idempotent: true,
  }),
  proposeDigest: call({
    summary:
      'Records that somebody who reads a passage in full proposes a digest of it. It does not exist until it is approved.',
    calledBy: ['retrieval'],
    input: Type.Object({
      documentId: IdOf('doc'),
      passageId: IdOf('psg'),
      contentVersion: IdOf('ver'),
      hash: Type.String(),
    }),
    output: Written,
    faults: writeFaults,
    timeoutMs: 5000,
    idempotent: true,
  }),
  approveDigest: call({
    summary:
      'Approves the digest with exactly this hash: by somebody who reads the passage in full, and is not who proposed it.',
    calledBy: ['retrieval'],
    input: Type.Object({ documentId: IdOf('doc'), passageId: IdOf('psg'), hash: Type.String() }),
    output: Written,
    faults: writeFaults,
    timeoutMs: 5000,
    idempotent: true,
  }),
  withdrawDigest: call({
    summary: 'Takes a digest back, proposed or approved. Whoever reads the passage in full, and admins.',
    calledBy: ['retrieval'],
    input: Type.Object({ documentId: IdOf('doc'), passageId: IdOf('psg') }),
    output: Written,
    faults: writeFaults,
    timeoutMs: 5000,
    idempotent: true,
  }),
}
