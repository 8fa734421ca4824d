import { type Static, Type } from 'typebox'
import { call } from '../../bus/contract.ts'
import { Name, Timestamp } from '../names.ts'
import { Hosting } from './catalogue.ts'
import { adminFaults, readingFaults } from './faults.ts'
import { ModelName } from './models.ts'

/** A name of the workspace's own that stands for models. It holds no slash, so it is never taken for a model. */
export const RouteName = Type.String({
  pattern: '^[a-zA-Z0-9][a-zA-Z0-9._-]{0,99}$',
  description: 'The name of a route, such as `fast`. `default` is what serves where no model is named.',
})

/**
 * How the first of the targets is chosen; the others follow, should it fail before it has said anything.
 * `fallback`: in their order. `weighted`: by chance, by weight. `least-busy`: with the fewest requests under way for its weight. `lowest-latency`: the faster of two
 * drawn by chance, by the moving average of the time to first content. `lowest-price`: what this request would cost at most. `experiment`: a share of the
 * conversations each, by weight; a conversation stays with its target.
 */
export const Strategy = Type.Union([
  Type.Literal('fallback'),
  Type.Literal('weighted'),
  Type.Literal('least-busy'),
  Type.Literal('lowest-latency'),
  Type.Literal('lowest-price'),
  Type.Literal('experiment'),
])
export type Strategy = Static<typeof Strategy>

/** What a target must meet, or it is left out. */
export const RouteConstraints = Type.Object(
  {
    hosting: Type.Optional(Hosting),
    regions: Type.Optional(Type.Array(Type.String({ pattern: '^[a-z0-9-]{2,40}$' }), { minItems: 1, maxItems: 50 })),
    maxRetentionDays: Type.Optional(Type.Integer({ minimum: 0 })),
    maxFirstContentMs: Type.Optional(
      Type.Integer({ minimum: 1, description: 'On the moving average; a target without one passes.' }),
    ),
    maxCostMicros: Type.Optional(Type.Integer({ minimum: 0, description: 'What the request may cost at most.' })),
  },
  { additionalProperties: false },
)

export const RouteDefinition = Type.Object(
  {
    strategy: Strategy,
    targets: Type.Array(
      Type.Object(
        {
          model: ModelName,
          weight: Type.Optional(
            Type.Integer({ minimum: 0, maximum: 10_000, description: 'Its share. Absent: 1; 0: only if others fail.' }),
          ),
        },
        { additionalProperties: false },
      ),
      { minItems: 1, maxItems: 20 },
    ),
    constraints: Type.Optional(RouteConstraints),
    allow: Type.Optional(
      Type.Array(Name, {
        maxItems: 200,
        uniqueItems: true,
        description: 'Who may use it; an agent among them: through that agent. Absent: everybody of the workspace.',
      }),
    ),
  },
  { additionalProperties: false },
)
export type RouteDefinition = Static<typeof RouteDefinition>

export const Route = Type.Object({
  name: RouteName,
  ...RouteDefinition.properties,
  /** Counts its definitions, from 1. */
  version: Type.Integer({ minimum: 1 }),
  changedBy: Name,
  changedAt: Timestamp,
})
export type Route = Static<typeof Route>

export const routeOperations = {
  listRoutes: call({
    summary: 'The routes of the workspace: names that stand for models. Admins.',
    calledBy: ['gateway'],
    input: Type.Object({}),
    output: Type.Object({ items: Type.Array(Route) }),
    faults: readingFaults,
    timeoutMs: 5000,
    idempotent: true,
  }),
  putRoute: call({
    summary: 'Defines a route, or defines it anew. In force for the next request. Admins.',
    calledBy: ['gateway'],
    input: Type.Object({ name: RouteName, definition: RouteDefinition }),
    output: Route,
    faults: adminFaults,
    timeoutMs: 5000,
    idempotent: true,
  }),
  undoRoute: call({
    summary: 'Brings back what a route was before its last change. Undone again, it is as it was. Admins.',
    calledBy: ['gateway'],
    input: Type.Object({ name: RouteName }),
    output: Type.Object({ route: Type.Optional(Route) }),
    faults: adminFaults,
    timeoutMs: 5000,
    idempotent: false,
  }),
  deleteRoute: call({
    summary: 'Ends a route; `undoRoute` brings it back. Admins.',
    calledBy: ['gateway'],
    input: Type.Object({ name: RouteName }),
    output: Type.Object({}),
    faults: adminFaults,
    timeoutMs: 5000,
    idempotent: true,
  }),
}
