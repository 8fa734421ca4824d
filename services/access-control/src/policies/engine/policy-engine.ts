import type { PolicyFinding } from './findings.ts'
import { Lru } from '../../lru.ts'
import { cacheKey, signatureKey } from './cache-keys.ts'
import type { Mentions } from './mentions.ts'
import { createPolicyWorker, type PolicyLimits, PolicyTaskError } from './policy-worker.ts'
import type {
  PolicyAsker,
  PolicyHit,
  PolicyIncident,
  PolicyModel,
  PolicySet,
  PolicySignature,
  PolicyTool,
  SignatureHits,
} from './questions.ts'
import type { ValidateOptions } from './validate-policies.ts'

export type PolicyEngineOptions = Partial<PolicyLimits> & {
  /** Told of every evaluation that went wrong, and so denied; once per call, policy and error. */
  readonly onIncident: (incident: PolicyIncident) => void
  /** How many results for (policies, asker, signature) are kept. */
  readonly maxResults?: number
}

/**
 * Judges policies (ACCESS.md section 5) in a thread of its own. What goes wrong on the way is a hit with an `error`, so a denial, and an incident: no method
 * but `validate`, `mentions` and `lapsesByLabel` rejects. Use one engine for decisions and another for drafts, so that a draft can't hold up decisions.
 */
export type PolicyEngine = {
  /** What is wrong with a text, in the order of the text. It may be published if no finding is an `error`. Rejects where the thread could not be had: overloaded, closed, or interrupted by another task. */
  validate(text: string, options?: ValidateOptions): Promise<PolicyFinding[]>
  /** What these policies look at about who asks and for what. Rejects where they can't be judged. */
  mentions(text: string): Promise<Mentions>
  /** Whether one of these policies may stop forbidding something because it carries one label more. Rejects where they can't be judged. */
  lapsesByLabel(text: string): Promise<boolean>
  /**
   * What stands against reading and using, for each signature in its order. The caller has refused unknown and inactive readers before: no policy can,
   * since an unknown reader has no attribute that one could test.
   */
  evaluate(
    policies: PolicySet,
    asker: PolicyAsker,
    signatures: readonly PolicySignature[],
  ): Promise<readonly SignatureHits[]>
  /** What stands against running the tool, for a known and active reader. */
  evaluateTool(policies: PolicySet, asker: PolicyAsker, tool: PolicyTool): Promise<readonly PolicyHit[]>
  /** What stands against sending text with these labels to the model. */
  evaluateModel(policies: PolicySet, model: PolicyModel, labels: readonly string[]): Promise<readonly PolicyHit[]>
  /** Ends the thread. What waits is denied. A process may also end without it. */
  close(): Promise<void>
}

/** Signatures of one task: few enough that a task's time limit tells a runaway from a long list. */
const BATCH = 64
const SETS = 64

type Prepared = {
  readonly number: number
  readonly policyIds: readonly string[]
  readonly mentions: Mentions
  readonly lapsesByLabel: boolean
}

export function createPolicyEngine({
  onIncident,
  maxResults = 50_000,
  timeLimitMs = 2_000,
  maxWaiting = 1_000,
  memoryMb = 64,
}: PolicyEngineOptions): PolicyEngine {
  const worker = createPolicyWorker({ timeLimitMs, maxWaiting, memoryMb })
  const sets = new Lru<Prepared>(SETS)
  const results = new Lru<SignatureHits>(maxResults)
  let nextNumber = 1

  /** Each text has a number of its own, which stands for it in the keys of results. */
  async function prepare(text: string): Promise<Prepared> {
    const known = sets.get(text)
    if (known) return known
    const compiled = await worker.run({ kind: 'compile', text })
    const prepared = sets.get(text) ?? { number: nextNumber++, ...compiled }
    sets.set(text, prepared)
    return prepared
  }

  async function judgeBatch({ text }: PolicySet, asker: PolicyAsker, batch: readonly PolicySignature[]) {
    return worker
      .run({ kind: 'signatures', text, asker, signatures: batch })
      .catch((error: unknown) => batch.map(() => refused(error)))
  }

  async function evaluate(policies: PolicySet, asker: PolicyAsker, signatures: readonly PolicySignature[]) {
    const prepared = await prepare(policies.text).catch(refused)
    if (!('number' in prepared)) return signatures.map(() => prepared)
    if (prepared.policyIds.length === 0) return signatures.map(() => NO_OBJECTION)
    const asked = `${prepared.number}\n${cacheKey(prepared.mentions, asker)}\n`
    const keys = signatures.map((signature) => asked + signatureKey(prepared.mentions, signature))
    const answers = new Map(keys.map((key) => [key, results.get(key)]))
    const open = [...new Map(keys.map((key, index) => [key, signatures[index]])).entries()].flatMap(
      ([key, signature]) => (signature && !answers.get(key) ? { key, signature } : []),
    )
    const batches = Array.from({ length: Math.ceil(open.length / BATCH) }, (_, index) =>
      open.slice(index * BATCH, (index + 1) * BATCH),
    )
    for (const batch of batches) {
      const hits = await judgeBatch(
        policies,
        asker,
        batch.map(({ signature }) => signature),
      )
      for (const [index, { key }] of batch.entries()) {
        const found = hits[index] ?? refused(new PolicyTaskError('broken', 'No answer'))
        answers.set(key, found)
        if (!hasError(found)) results.set(key, found)
      }
    }
    return keys.map((key) => answers.get(key) ?? refused(new PolicyTaskError('broken', 'No answer')))
  }

  function report({ version }: PolicySet, hits: readonly PolicyHit[]) {
    const incidents = new Map<string, PolicyIncident>()
    for (const hit of hits) {
      if (!('error' in hit)) continue
      const key = `${hit.policyId ?? ''}\n${hit.error}`
      incidents.set(key, { version, ...hit, count: (incidents.get(key)?.count ?? 0) + 1 })
    }
    for (const incident of incidents.values()) onIncident(incident)
  }

  return {
    validate: (text, options = {}) => worker.run({ kind: 'validate', text, options }).catch(unreadable),
    mentions: async (text) => (await prepare(text)).mentions,
    lapsesByLabel: async (text) => (await prepare(text)).lapsesByLabel,
    async evaluate(policies, asker, signatures) {
      const found = await evaluate(policies, asker, signatures)
      report(
        policies,
        found.flatMap(({ read, use }) => (read === use ? read : [...read, ...use])),
      )
      return found
    },
    async evaluateTool(policies, asker, tool) {
      const hits = await worker.run({ kind: 'tool', text: policies.text, asker, tool }).catch(errorHits)
      report(policies, hits)
      return hits
    },
    async evaluateModel(policies, model, labels) {
      const hits = await worker.run({ kind: 'model', text: policies.text, model, labels }).catch(errorHits)
      report(policies, hits)
      return hits
    },
    close: () => worker.close(),
  }
}

const NO_OBJECTION: SignatureHits = { read: [], use: [] }

const errorHits = (error: unknown): PolicyHit[] => [{ error: error instanceof Error ? error.message : String(error) }]

/** One list for both, so that it is reported once. */
function refused(error: unknown): SignatureHits {
  const hits = errorHits(error)
  return { read: hits, use: hits }
}

/** A text that breaks the thread or its time limit is a bad text; a thread that could not be had says nothing about it. */
function unreadable(error: unknown): PolicyFinding[] {
  if (!(error instanceof PolicyTaskError) || (error.code !== 'broken' && error.code !== 'late')) throw error
  const message =
    error.code === 'late' ? 'The policies take too long to be read.' : 'The policies are too deep to be read.'
  return [
    { severity: 'error', line: 1, column: 1, message, hint: 'Make several shorter policies of the longest ones.' },
  ]
}

const hasError = ({ read, use }: SignatureHits) => [...read, ...use].some((hit) => 'error' in hit)
