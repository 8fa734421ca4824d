import {
  type AuthorizationAnswer,
  type CedarValueJson,
  type Context,
  type EntityJson,
  type EntityUid,
  preparsePolicySet,
  preparseSchema,
  statefulIsAuthorized,
} from '@cedar-policy/cedar-wasm/nodejs'
import { actionsOf } from './expressions.ts'
import { among } from './cache-keys.ts'
import { lapsesByLabel } from './lapses-by-label.ts'
import { type Mentions, mentionsOf } from './mentions.ts'
import { type ParsedPolicy, parsePolicies } from './parse-policies.ts'
import {
  groupsOf,
  type PolicyAsker,
  type PolicyHit,
  type PolicyModel,
  type PolicySignature,
  type PolicyTool,
  type SignatureHits,
} from './questions.ts'
import { BASE_POLICY, BASE_POLICY_ID, POLICY_ACTIONS, POLICY_SCHEMA, type PolicyAction } from './schema.ts'

const SCHEMA_NAME = 'tessera'

/** A set of policies that Cedar holds ready, one part for each action: a policy about models costs nothing when a document is read. */
export type CompiledPolicies = {
  readonly slot: number
  readonly policyIds: readonly string[]
  readonly mentions: Mentions
  readonly lapsesByLabel: boolean
  readonly actions: ReadonlySet<PolicyAction>
}

/** To be called once in a thread, before anything is compiled. */
export function loadSchema() {
  expectSuccess(preparseSchema(SCHEMA_NAME, POLICY_SCHEMA))
}

/** Takes the place of whatever `slot` held: Cedar forgets a set in no other way. Throws where a policy is not fit to be judged, since none may be left out. */
export function compilePolicies(slot: number, text: string): CompiledPolicies {
  const { policies, remarks } = parsePolicies(text)
  const [unfit] = remarks
  if (unfit) throw new Error(`The policies can't be judged: ${unfit.message}`)
  const actions = new Set(policies.flatMap(({ json }) => actionsOf(json.action)))
  for (const action of POLICY_ACTIONS) {
    const parts = policies.filter(({ json }) => actionsOf(json.action).includes(action))
    expectSuccess(preparsePolicySet(partName(slot, action), { staticPolicies: staticPolicies(parts) }))
  }
  return {
    slot,
    policyIds: policies.map(({ id }) => id),
    mentions: mentionsOf(policies.map(({ json }) => json)),
    lapsesByLabel: policies.some(({ json }) => lapsesByLabel(json)),
    actions,
  }
}

const staticPolicies = (policies: readonly ParsedPolicy[]) => ({
  [BASE_POLICY_ID]: BASE_POLICY,
  ...Object.fromEntries(policies.map(({ id, statement }) => [id, statement.text])),
})

const partName = (slot: number, action: PolicyAction) => `${slot}/${action}`

/** What stands against each of the signatures, in their order. */
export function judgeSignatures(
  policies: CompiledPolicies,
  asker: PolicyAsker,
  signatures: readonly PolicySignature[],
): SignatureHits[] {
  const principal = principalOf(policies.mentions, asker)
  const context = contextOf(asker)
  const ask = (action: PolicyAction, resource: EntityJson) => judge(policies, { principal, action, resource, context })
  const reads = new Map<string, PolicyHit[]>()
  return signatures.map((signature) => {
    const document = documentOf(signature)
    // Many passages' signatures share one document signature.
    const key = JSON.stringify(document.attrs)
    const read = reads.get(key) ?? ask('read', document)
    reads.set(key, read)
    return { read, use: ask('use', passageOf(signature)) }
  })
}

export function judgeTool(policies: CompiledPolicies, asker: PolicyAsker, { name }: PolicyTool): PolicyHit[] {
  const resource = entity('Tool', name, { name })
  const principal = principalOf(policies.mentions, asker)
  return judge(policies, { principal, action: 'runTool', resource, context: contextOf(asker) })
}

/** Whether text that carries these labels may be sent to this model. */
export function judgeModel(policies: CompiledPolicies, model: PolicyModel, labels: readonly string[]): PolicyHit[] {
  const { name, provider, hosting } = model
  const resource = entity('Model', name, { provider, hosting })
  const principal = entity('ModelRouter', 'model-router', {})
  return judge(policies, { principal, action: 'process', resource, context: { labels: [...labels] } })
}

type Question = { principal: EntityJson; action: PolicyAction; resource: EntityJson; context: Context }

/** Cedar judges each `forbid` by itself and names all that hold; it skips one that errs, which counts here as one that holds. */
function judge(policies: CompiledPolicies, { principal, action, resource, context }: Question): PolicyHit[] {
  if (!policies.actions.has(action)) return []
  return hitsOf(
    statefulIsAuthorized({
      principal: principal.uid,
      action: uid('Action', action),
      resource: resource.uid,
      context,
      preparsedSchemaName: SCHEMA_NAME,
      validateRequest: true,
      preparsedPolicySetId: partName(policies.slot, action),
      entities: [principal, resource],
    }),
  )
}

function hitsOf(answer: AuthorizationAnswer): PolicyHit[] {
  if (answer.type === 'failure') return [{ error: answer.errors.map(({ message }) => message).join('; ') }]
  const { decision, diagnostics } = answer.response
  const errors = diagnostics.errors.map(({ policyId, error }) => ({ policyId, error: error.message }))
  const held = decision === 'deny' ? diagnostics.reason.map((policyId) => ({ policyId })) : []
  const hits: PolicyHit[] = [...held, ...errors].toSorted((one, other) => (one.policyId < other.policyId ? -1 : 1))
  // The base permits everything, so a denial that names no policy means that it was not asked.
  return decision === 'deny' && hits.length === 0 ? [{ error: 'Cedar denied without a policy' }] : hits
}

/** Every attribute, since a missing one makes a policy err; of the groups those that a policy names, since no other can be told from outside. */
function principalOf(mentions: Mentions, { reader }: PolicyAsker): EntityJson {
  const { name, kind, guest, clearances } = reader
  const parents = among(mentions.groups, groupsOf(reader)).map((group) => uid('Group', group))
  return {
    ...entity(kind === 'user' ? 'User' : 'ServiceAccount', name, { guest, clearances: [...clearances] }),
    parents,
  }
}

const contextOf = ({ agents, purpose }: PolicyAsker): Context => ({
  agents: [...agents],
  ...(purpose === undefined ? {} : { purpose }),
})

const documentOf = ({ dataSourceId, space, documentLabels }: PolicySignature) =>
  entity('Document', 'document', { ...placesOf(dataSourceId, space), labels: labelSet(documentLabels) })

const passageOf = ({ dataSourceId, space, documentLabels, labels }: PolicySignature) =>
  entity('Passage', 'passage', {
    ...placesOf(dataSourceId, space),
    documentLabels: labelSet(documentLabels),
    labels: labelSet([...documentLabels, ...labels]),
  })

const placesOf = (dataSourceId: string, space: string) => ({
  space: uid('Space', space),
  dataSource: uid('DataSource', dataSourceId),
})

const labelSet = (labels: readonly string[]) => [...new Set(labels)].toSorted()

const uid = (type: string, id: string) => ({ type, id }) satisfies EntityUid

const entity = (type: string, id: string, attrs: Record<string, CedarValueJson>): EntityJson => ({
  uid: uid(type, id),
  attrs,
  parents: [],
})

function expectSuccess(answer: { type: 'success' } | { type: 'failure'; errors: { message: string }[] }) {
  if (answer.type === 'failure') throw new Error(answer.errors.map(({ message }) => message).join('; '))
}
