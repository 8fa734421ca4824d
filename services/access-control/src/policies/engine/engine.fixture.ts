import type { TestContext } from 'node:test'
import { createPolicyEngine, type PolicyEngineOptions } from './policy-engine.ts'
import type { PolicyAsker, PolicyHit, PolicyIncident, PolicyReader, PolicySignature } from './questions.ts'

/** An engine that ends with its test, and the incidents that it told of. */
export function startEngine(t: TestContext, options: Partial<PolicyEngineOptions> = {}) {
  const incidents: PolicyIncident[] = []
  const engine = createPolicyEngine({ onIncident: (incident) => incidents.push(incident), ...options })
  t.after(() => engine.close())
  return { engine, incidents }
}

export const aReader = (reader: Partial<PolicyReader> = {}): PolicyReader => ({
  name: 'user:ana',
  kind: 'user',
  guest: false,
  groups: [],
  clearances: [],
  ...reader,
})

export const anAsker = (reader: Partial<PolicyReader> = {}, asker: Omit<Partial<PolicyAsker>, 'reader'> = {}) => ({
  reader: aReader(reader),
  agents: [],
  ...asker,
})

export const aSignature = (signature: Partial<PolicySignature> = {}): PolicySignature => ({
  dataSourceId: 'src_handbook',
  space: 'space:spc_hr',
  documentLabels: [],
  labels: [],
  ...signature,
})

export const idsOf = (hits: readonly PolicyHit[] | undefined) =>
  hits?.map((hit) => ('error' in hit ? `error: ${hit.error}` : hit.policyId))
