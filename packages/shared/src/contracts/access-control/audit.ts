import { Type } from 'typebox'
import { call, stream } from '../../bus/contract.ts'
import { IdOf } from '../../ids/ids.ts'
import { Name, Page, Revision, Timestamp } from '../names.ts'
import { listFaults, loggedFaults } from './faults.ts'

/** One row of the decision log. `body` is what was hashed; `names` resolves its aliases, as far as they were not erased. */
export const LogRow = Type.Object({
  sequence: Type.Integer({ minimum: 1 }),
  id: IdOf('dec'),
  at: Timestamp,
  kind: Type.String({ description: '`passages`, `read-sets`, `change`, `explain`, `audit`, …' }),
  revision: Revision,
  policyVersion: Type.Integer(),
  body: Type.Unknown(),
  previousHash: Type.String(),
  rowHash: Type.String(),
})
export const Checkpoint = Type.Object({
  workspace: IdOf('wsp'),
  sequence: Type.Integer(),
  hash: Type.String(),
  revision: Revision,
  at: Timestamp,
  keyId: Type.String(),
  replaces: Type.Optional(
    Type.Object(
      { sequence: Type.Integer(), hash: Type.String() },
      {
        description: 'An earlier checkpoint whose rows were lost with a restored backup, as an admin has confirmed.',
      },
    ),
  ),
  signature: Type.String(),
})

const filters = {
  kind: Type.Optional(Type.String({ maxLength: 50 })),
  subject: Type.Optional(Name),
  documentId: Type.Optional(IdOf('doc')),
  decisionId: Type.Optional(IdOf('dec')),
  from: Type.Optional(Timestamp),
  to: Type.Optional(Timestamp),
}

/** The decision log (ACCESS.md section 11). Admins and auditors; each of these calls is a row as well. */
export const auditOperations = {
  listDecisions: call({
    summary: 'Rows of the decision log, newest first.',
    calledBy: ['gateway'],
    input: Type.Object({ ...filters, ...Page }),
    output: Type.Object({
      items: Type.Array(LogRow),
      names: Type.Record(Type.String(), Type.String(), {
        description: 'What the aliases in these rows stand for. Aliases that were erased are missing.',
      }),
      nextCursor: Type.Optional(Type.String()),
      revision: Revision,
    }),
    faults: [...listFaults, 'audit.unavailable'],
    timeoutMs: 10_000,
    idempotent: true,
  }),
  listCheckpoints: call({
    summary: 'Signed checkpoints of the log, newest first.',
    calledBy: ['gateway'],
    input: Type.Object({ ...Page }),
    output: Type.Object({
      items: Type.Array(Checkpoint),
      nextCursor: Type.Optional(Type.String()),
      revision: Revision,
    }),
    faults: [...listFaults, 'audit.unavailable'],
    timeoutMs: 5000,
    idempotent: true,
  }),
  exportLog: stream({
    summary: 'The whole log, or a range of it, as NDJSON in OCSF shape, for a verifier and a SIEM.',
    calledBy: ['gateway'],
    input: Type.Object({
      fromSequence: Type.Optional(Type.Integer({ minimum: 1 })),
      toSequence: Type.Optional(Type.Integer({ minimum: 1 })),
    }),
    event: Type.Object({ lines: Type.String({ description: 'Whole lines, each with its end.' }) }),
    faults: [...loggedFaults, 'access.invalid'],
    timeoutMs: 900_000,
  }),
}
