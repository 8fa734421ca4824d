import type { Expr, PolicyJson, PrincipalConstraint } from '@cedar-policy/cedar-wasm/nodejs'
import {
  attributeOf,
  entitiesOf,
  type EntityName,
  entityOf,
  isVariable,
  nodeOf,
  operandsOf,
  scopeEntityOf,
  sidesOf,
  stringOf,
  stringsOf,
} from './expressions.ts'

/** The values that policies ask about; `all` where that can't be told from their text. */
export type Mentioned = 'all' | readonly string[]

/** What a set of policies looks at about who asks and for what. Questions alike in all of it have the same answer. */
export type Mentions = {
  readonly principals: Mentioned
  readonly groups: Mentioned
  readonly clearances: Mentioned
  readonly agents: Mentioned
  readonly purposes: Mentioned
  readonly spaces: Mentioned
  readonly dataSources: Mentioned
  /** Of documents and of passages. */
  readonly labels: Mentioned
  /** Whether there is a purpose at all. */
  readonly purposeGiven: boolean
  /** Whether the reader is a user or a service account. */
  readonly kind: boolean
  readonly guest: boolean
}

const FIELDS = ['principals', 'groups', 'clearances', 'agents', 'purposes', 'spaces', 'dataSources', 'labels'] as const
type Field = (typeof FIELDS)[number]
type Flag = 'purposeGiven' | 'kind' | 'guest'

/** Where a policy looks at something in a way not understood here, the whole attribute counts as mentioned. */
export function mentionsOf(policies: readonly PolicyJson[]): Mentions {
  const gathering = new Gathering()
  for (const { principal, conditions } of policies) {
    gathering.scope(principal)
    for (const { body } of conditions) gathering.expression(body)
  }
  return gathering.mentions()
}

class Gathering {
  readonly #values = Object.fromEntries(FIELDS.map((field) => [field, new Set<string>()])) as Record<Field, Set<string>>
  readonly #whole = new Set<Field>()
  readonly #flags = new Set<Flag>()

  mentions(): Mentions {
    const mentioned = (field: Field): Mentioned =>
      this.#whole.has(field) ? 'all' : [...this.#values[field]].toSorted()
    return {
      principals: mentioned('principals'),
      groups: mentioned('groups'),
      clearances: mentioned('clearances'),
      agents: mentioned('agents'),
      purposes: mentioned('purposes'),
      spaces: mentioned('spaces'),
      dataSources: mentioned('dataSources'),
      labels: mentioned('labels'),
      purposeGiven: this.#flags.has('purposeGiven'),
      kind: this.#flags.has('kind'),
      guest: this.#flags.has('guest'),
    }
  }

  scope(constraint: PrincipalConstraint) {
    if (constraint.op === 'All') return
    if (constraint.op === 'is') this.#flags.add('kind')
    if (constraint.op === 'is' && !constraint.in) return
    const entity = scopeEntityOf(constraint)
    if (entity) this.#entities([entity])
    else this.#wholePrincipal()
  }

  expression(expression: Expr) {
    if (this.#understood(expression)) return
    if (isVariable(expression, 'principal')) return this.#wholePrincipal()
    if (isVariable(expression, 'context')) return this.#wholeContext()
    if (isVariable(expression, 'resource')) return this.#wholeResource()
    const ofPrincipal = attributeOf(expression, 'principal')
    if (ofPrincipal !== undefined) return this.#principalAttribute(ofPrincipal)
    const ofContext = attributeOf(expression, 'context')
    if (ofContext !== undefined) return this.#contextAttribute(ofContext)
    const ofResource = attributeOf(expression, 'resource')
    if (ofResource !== undefined) return this.#resourceAttribute(ofResource)
    for (const operand of operandsOf(expression)) this.expression(operand)
  }

  /** The forms whose every value can be told; false leaves the expression to the whole attribute. */
  #understood(expression: Expr): boolean {
    const { operator, body } = nodeOf(expression)
    switch (operator) {
      case 'has':
        return this.#presence(body as { left: Expr; attr: string | string[] })
      case 'is':
        return this.#kindTest(body as { left: Expr; in?: Expr })
      case '==':
      case '!=':
        return this.#equality(sidesOf(body)) || this.#equality(swapped(sidesOf(body)))
      case 'in':
        return this.#membership(sidesOf(body).left, sidesOf(body).right)
      case 'contains':
        return this.#contains(sidesOf(body))
      case 'containsAny':
        return this.#containsSome(sidesOf(body)) || this.#containsSome(swapped(sidesOf(body)))
      case 'containsAll':
        return this.#containsSome(sidesOf(body))
      default:
        return false
    }
  }

  /** Principals and resources have all their attributes always; of the context only the purpose may be missing. */
  #presence({ left, attr }: { left: Expr; attr: string | string[] }): boolean {
    if (isVariable(left, 'principal') || isVariable(left, 'resource')) return true
    if (!isVariable(left, 'context')) return false
    if ((Array.isArray(attr) ? attr[0] : attr) === 'purpose') this.#flags.add('purposeGiven')
    return true
  }

  #kindTest({ left, in: group }: { left: Expr; in?: Expr }): boolean {
    // What is asked for has one kind in each action.
    if (isVariable(left, 'resource') && !group) return true
    if (!isVariable(left, 'principal')) return false
    this.#flags.add('kind')
    if (group && !this.#membership(left, group)) this.#wholePrincipal()
    return true
  }

  #equality({ left, right }: { left: Expr; right: Expr }): boolean {
    const [entity, text] = [entityOf(right), stringOf(right)]
    if (entity) return this.#entitiesOf(left, [entity])
    if (text !== undefined && attributeOf(left, 'context') === 'purpose') return this.#add('purposes', [text])
    return false
  }

  #membership(left: Expr, right: Expr): boolean {
    const one = entityOf(right)
    const entities = one ? [one] : entitiesOf(right)
    return entities !== undefined && this.#entitiesOf(left, entities)
  }

  #contains({ left, right }: { left: Expr; right: Expr }): boolean {
    const [text, texts, entities] = [stringOf(right), stringsOf(left), entitiesOf(left)]
    if (entities) return this.#entitiesOf(right, entities)
    if (texts && attributeOf(right, 'context') === 'purpose') return this.#add('purposes', texts)
    const field = setAttribute(left)
    return text !== undefined && field !== undefined && this.#add(field, [text])
  }

  #containsSome({ left, right }: { left: Expr; right: Expr }): boolean {
    const [field, texts] = [setAttribute(left), stringsOf(right)]
    return field !== undefined && texts !== undefined && this.#add(field, texts)
  }

  /** The entities that something which asks, or is asked for, is compared with. Neither spaces nor data sources are in anything. */
  #entitiesOf(compared: Expr, entities: readonly EntityName[]): boolean {
    if (isVariable(compared, 'principal')) return this.#entities(entities)
    const attribute = attributeOf(compared, 'resource')
    const field = attribute === undefined ? undefined : RESOURCE_FIELDS.get(attribute)
    if (field !== 'spaces' && field !== 'dataSources') return false
    return this.#add(
      field,
      entities.map(({ id }) => id),
    )
  }

  #principalAttribute(attribute: string) {
    if (attribute === 'guest') this.#flags.add('guest')
    else if (attribute === 'clearances') this.#whole.add('clearances')
    else this.#wholePrincipal()
  }

  #contextAttribute(attribute: string) {
    if (attribute === 'agents') this.#whole.add('agents')
    else if (attribute === 'purpose') this.#wholePurpose()
    else if (attribute !== 'labels') this.#wholeContext()
  }

  #resourceAttribute(attribute: string) {
    const field = RESOURCE_FIELDS.get(attribute)
    if (field) this.#whole.add(field)
    else if (!ATTRIBUTES_OF_ACTS.has(attribute)) this.#wholeResource()
  }

  #entities(entities: readonly EntityName[]): boolean {
    for (const { type, id } of entities) this.#values[type === 'Group' ? 'groups' : 'principals'].add(id)
    return true
  }

  #add(field: Field, values: readonly string[]): boolean {
    for (const value of values) this.#values[field].add(value)
    // A test of a missing purpose is an error, so that its presence counts wherever its value does.
    if (field === 'purposes') this.#flags.add('purposeGiven')
    return true
  }

  #wholePurpose() {
    this.#whole.add('purposes')
    this.#flags.add('purposeGiven')
  }

  #wholeContext() {
    this.#whole.add('agents')
    this.#wholePurpose()
  }

  #wholeResource() {
    for (const field of ['spaces', 'dataSources', 'labels'] as const) this.#whole.add(field)
  }

  #wholePrincipal() {
    for (const field of ['principals', 'groups', 'clearances'] as const) this.#whole.add(field)
    this.#flags.add('kind').add('guest')
  }
}

const swapped = <T>({ left, right }: { left: T; right: T }) => ({ left: right, right: left })

const RESOURCE_FIELDS: ReadonlyMap<string, 'spaces' | 'dataSources' | 'labels'> = new Map([
  ['space', 'spaces'],
  ['dataSource', 'dataSources'],
  ['labels', 'labels'],
  ['documentLabels', 'labels'],
])

/** Of tools and models, whose questions are not remembered. */
const ATTRIBUTES_OF_ACTS = new Set(['name', 'provider', 'hosting'])

function setAttribute(expression: Expr): 'clearances' | 'agents' | 'labels' | undefined {
  if (attributeOf(expression, 'principal') === 'clearances') return 'clearances'
  const ofResource = attributeOf(expression, 'resource')
  if (ofResource === 'labels' || ofResource === 'documentLabels') return 'labels'
  return attributeOf(expression, 'context') === 'agents' ? 'agents' : undefined
}
