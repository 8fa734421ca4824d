import { type Static, Type } from 'typebox'
import { call } from '../../bus/contract.ts'
import { IdOf } from '../../ids/ids.ts'
import { keyed, Name, Timestamp } from '../names.ts'
import { adminFaults, readingFaults } from './faults.ts'
import { ModelName } from './models.ts'

/** What a budget counts. A limit of a rate is a budget of requests or tokens a minute. */
export const BudgetUnit = Type.Union([Type.Literal('cost'), Type.Literal('tokens'), Type.Literal('requests')])
export type BudgetUnit = Static<typeof BudgetUnit>
/** When it is full again: at the next full minute, hour, day or month in UTC; `ever`: never. */
export const BudgetPeriod = Type.Union([
  Type.Literal('minute'),
  Type.Literal('hour'),
  Type.Literal('day'),
  Type.Literal('month'),
  Type.Literal('ever'),
])
export type BudgetPeriod = Static<typeof BudgetPeriod>

export const BudgetDefinition = Type.Object(
  {
    title: Type.String({ minLength: 1, maxLength: 300 }),
    of: Type.Optional(
      Type.Union([Name, IdOf('key')], {
        description:
          'Whose requests it counts: those of a user or service account, of everybody whom a group covers, through an agent or app, or with a key. Absent: all of the workspace.',
      }),
    ),
    each: Type.Optional(
      Type.Union([Type.Literal('user'), Type.Literal('key'), Type.Literal('agent')], {
        description: 'Counts apart for each of them; what comes without one is not counted. Absent: they share it.',
      }),
    ),
    model: Type.Optional({ ...ModelName, description: 'Only this model, or all of a provider (`provider/*`).' }),
    unit: BudgetUnit,
    per: BudgetPeriod,
    limit: Type.Integer({
      minimum: 0,
      maximum: 1_000_000_000_000_000,
      description: 'In micros of the currency, in tokens, or in requests.',
    }),
    hard: Type.Boolean({
      description:
        'Whether what could go over it is refused, before it is asked. Otherwise it is served, and said in the answer and the ledger.',
    }),
  },
  { additionalProperties: false },
)
export type BudgetDefinition = Static<typeof BudgetDefinition>

export const Budget = Type.Object({ id: IdOf('bud'), ...BudgetDefinition.properties })
export type Budget = Static<typeof Budget>

/** How a budget stands in its present period. */
const BudgetState = Type.Object({
  /** Whose counter, where it counts each apart. */
  of: Type.Optional(Type.String()),
  spent: Type.Integer(),
  /** Set aside for requests under way. */
  reserved: Type.Integer(),
  endsAt: Type.Optional(Timestamp),
})

export const budgetOperations = {
  listBudgets: call({
    summary: 'The budgets that count what the caller asks, with how they stand; for an admin all of the workspace.',
    calledBy: ['gateway'],
    input: Type.Object({}),
    output: Type.Object({ items: Type.Array(Type.Object({ ...Budget.properties, states: Type.Array(BudgetState) })) }),
    faults: readingFaults,
    timeoutMs: 5000,
    idempotent: true,
  }),
  createBudget: call({
    summary:
      'Makes a budget, or a limit of a rate: one of requests or tokens a minute. In force for the next request. Admins.',
    calledBy: ['gateway'],
    input: Type.Object({ ...BudgetDefinition.properties, ...keyed }),
    output: Budget,
    faults: ['models.conflict', ...adminFaults],
    timeoutMs: 5000,
    idempotent: false,
  }),
  updateBudget: call({
    summary: 'Changes a budget. What is spent of it stays spent. Admins.',
    calledBy: ['gateway'],
    input: Type.Object({
      id: IdOf('bud'),
      title: Type.Optional(BudgetDefinition.properties.title),
      limit: Type.Optional(BudgetDefinition.properties.limit),
      hard: Type.Optional(BudgetDefinition.properties.hard),
    }),
    output: Budget,
    faults: adminFaults,
    timeoutMs: 5000,
    idempotent: true,
  }),
  deleteBudget: call({
    summary: 'Ends a budget. Admins.',
    calledBy: ['gateway'],
    input: Type.Object({ id: IdOf('bud') }),
    output: Type.Object({}),
    faults: adminFaults,
    timeoutMs: 5000,
    idempotent: true,
  }),
}
