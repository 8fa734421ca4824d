import type {
  ActionConstraint,
  CedarValueJson,
  Expr,
  PolicyJson,
  PrincipalConstraint,
  ResourceConstraint,
} from '@cedar-policy/cedar-wasm/nodejs'
import { POLICY_ACTIONS, type PolicyAction } from './schema.ts'

/** A node of Cedar's JSON form: one operator and its body. */
export type Node = { readonly operator: string; readonly body: unknown }

export function nodeOf(expression: Expr): Node {
  const [entry] = Object.entries(expression as Record<string, unknown>)
  return { operator: entry?.[0] ?? '', body: entry?.[1] }
}

const OPERANDS = ['left', 'right', 'arg', 'if', 'then', 'else', 'in'] as const

/** The expressions directly inside this one. */
export function operandsOf(expression: Expr): Expr[] {
  const { operator, body } = nodeOf(expression)
  if (operator === 'Value' || operator === 'Var' || operator === 'Slot') return []
  if (Array.isArray(body)) return body as Expr[]
  if (typeof body !== 'object' || body === null) return []
  const operands = body as Record<string, Expr | undefined>
  const inside = operator === 'Record' ? Object.values(operands) : OPERANDS.map((name) => operands[name])
  return inside.filter((operand) => operand !== undefined)
}

/** How deep the expressions of a policy nest; a chain of `&&` counts one for each. */
export function depthOf({ conditions }: PolicyJson): number {
  const depth = (expression: Expr): number => 1 + Math.max(0, ...operandsOf(expression).map(depth))
  return Math.max(0, ...conditions.map(({ body }) => depth(body)))
}

/** Every expression of a policy's conditions, outer ones first. */
export function* expressionsOf({ conditions }: PolicyJson): Generator<Expr> {
  const open = conditions.map(({ body }) => body)
  for (let expression = open.pop(); expression; expression = open.pop()) {
    yield expression
    open.push(...operandsOf(expression))
  }
}

export type Side = { readonly left: Expr; readonly right: Expr }
export const sidesOf = (body: unknown): Side => body as Side

export const isVariable = (expression: Expr, name: string): boolean => {
  const { operator, body } = nodeOf(expression)
  return operator === 'Var' && body === name
}

/** The attribute's name if this is `variable.attribute`, also where it is written `variable["attribute"]`. */
export function attributeOf(expression: Expr, variable: string): string | undefined {
  const { operator, body } = nodeOf(expression)
  if (operator !== '.') return undefined
  const { left, attr } = body as { left: Expr; attr: string }
  return isVariable(left, variable) ? attr : undefined
}

/** The string if this is a literal one. */
export function stringOf(expression: Expr): string | undefined {
  const { operator, body } = nodeOf(expression)
  return operator === 'Value' && typeof body === 'string' ? body : undefined
}

/** The strings if this is a set of literal ones. */
export const stringsOf = (expression: Expr): string[] | undefined => elementsOf(expression, stringOf)

export type EntityName = { readonly type: string; readonly id: string }

/** The entity if this is a literal one. */
export function entityOf(expression: Expr): EntityName | undefined {
  const { operator, body } = nodeOf(expression)
  const value = body as CedarValueJson
  if (operator !== 'Value' || typeof value !== 'object' || value === null || !('__entity' in value)) return undefined
  return value['__entity'] as EntityName
}

/** The entities if this is a set of literal ones. */
export const entitiesOf = (expression: Expr): EntityName[] | undefined => elementsOf(expression, entityOf)

function elementsOf<T>(expression: Expr, read: (element: Expr) => T | undefined): T[] | undefined {
  const { operator, body } = nodeOf(expression)
  if (operator !== 'Set') return undefined
  const elements = (body as Expr[]).map(read)
  return elements.every((element) => element !== undefined) ? elements : undefined
}

/** The entity of a scope, such as `principal in Group::"…"`. */
export function scopeEntityOf(scope: PrincipalConstraint | ResourceConstraint): EntityName | undefined {
  const constraint = scope.op === 'is' ? scope.in : scope
  if (!constraint || !('entity' in constraint)) return undefined
  const { entity } = constraint
  return '__entity' in entity ? entity['__entity'] : entity
}

/** Every entity that a policy names about who asks and for what. */
export const entitiesNamed = (policy: PolicyJson): EntityName[] => [
  ...[scopeEntityOf(policy.principal), scopeEntityOf(policy.resource)].filter((entity) => entity !== undefined),
  ...[...expressionsOf(policy)].flatMap((expression) => entityOf(expression) ?? []),
]

/** The actions that a policy's scope leaves open. There are no groups of actions in the schema. */
export function actionsOf(action: ActionConstraint): readonly PolicyAction[] {
  if (action.op === 'All') return POLICY_ACTIONS
  if ('slot' in action) return POLICY_ACTIONS
  const entities = 'entities' in action ? action.entities : [action.entity]
  const ids = new Set(entities.map((entity) => ('__entity' in entity ? entity.__entity.id : entity.id)))
  return POLICY_ACTIONS.filter((name) => ids.has(name))
}
