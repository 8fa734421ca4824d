import { Type } from 'typebox'
import { call } from '../../bus/contract.ts'
import { IdOf } from '../../ids/ids.ts'
import { Name, Revision } from '../names.ts'
import { AccessState, Clearance, Role } from './common.ts'
import { AccessLists, AgentScope, PassageLabels } from './facts.ts'
import { writeFaults } from './faults.ts'
import { LabelDefinition } from './labels.ts'

const line = <const T extends string, P extends Parameters<typeof Type.Object>[0]>(type: T, properties: P) =>
  Type.Object({ type: Type.Literal(type), ...properties }, { additionalProperties: false })

/** One line of an import. Names are given by whoever imports; what is there already is replaced by what the line says. */
export const ImportLine = Type.Union([
  line('user', {
    name: Name,
    issuer: Type.String({ minLength: 1, maxLength: 500 }),
    subject: Type.String({ minLength: 1, maxLength: 300 }),
    displayName: Type.String({ minLength: 1, maxLength: 300 }),
    guest: Type.Optional(Type.Boolean()),
    roles: Type.Optional(Type.Array(Role)),
    state: Type.Optional(Type.Union([Type.Literal('active'), Type.Literal('deactivated')])),
    clearances: Type.Optional(Type.Array(Clearance, { maxItems: 200 })),
  }),
  line('service-account', { name: Name, displayName: Type.String({ minLength: 1, maxLength: 300 }) }),
  line('group', {
    name: Name,
    title: Type.String({ minLength: 1, maxLength: 300 }),
    clearances: Type.Optional(Type.Array(Clearance, { maxItems: 200 })),
  }),
  line('space', { name: Name, title: Type.String({ minLength: 1, maxLength: 300 }) }),
  line('membership', { container: Name, member: Name }),
  line('label', { ...LabelDefinition.properties }),
  line('data-source', { dataSourceId: IdOf('src'), space: Name }),
  line('document', {
    documentId: IdOf('doc'),
    dataSourceId: IdOf('src'),
    contentVersion: IdOf('ver'),
    ...AccessLists,
    state: Type.Optional(AccessState),
    passages: Type.Optional(Type.Array(PassageLabels, { maxItems: 10_000 })),
  }),
  line('agent', {
    name: Name,
    active: Type.Boolean(),
    scope: AgentScope,
    exceptDocumentIds: Type.Optional(Type.Array(IdOf('doc'), { maxItems: 1000 })),
    clearances: Type.Optional(Type.Array(Clearance, { maxItems: 200 })),
  }),
])

/** Bulk writes. */
export const importOperations = {
  importFacts: call({
    summary:
      'Writes the facts of a batch of lines, all or nothing: one bad line, and none of the batch is written; every bad line is reported. Admins.',
    calledBy: ['gateway'],
    input: Type.Object({
      lines: Type.Array(Type.Object({ number: Type.Integer({ minimum: 1 }), line: Type.Unknown() }), {
        minItems: 1,
        maxItems: 2000,
      }),
    }),
    output: Type.Object({
      written: Type.Integer(),
      unchanged: Type.Integer(),
      /** Not empty: nothing of the batch was written. */
      errors: Type.Array(Type.Object({ number: Type.Integer(), field: Type.String(), rule: Type.String() })),
      revision: Revision,
    }),
    faults: writeFaults,
    timeoutMs: 60_000,
    idempotent: true,
  }),
}
