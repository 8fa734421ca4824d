import type { Bus } from '@tessera/shared/bus/bus'
import type { Caller } from '@tessera/shared/bus/call'
import type { Contract, Handlers, InputOf } from '@tessera/shared/bus/contract'
import type { InProcessNetwork } from '@tessera/shared/bus/in-process-bus'
import { accessContract } from '@tessera/shared/contracts/access-control'
import { accessFaults } from '@tessera/shared/contracts/access-control/faults'
import type { Role } from '@tessera/shared/contracts/access-control/common'
import type { ReadSetEntry } from '@tessera/shared/contracts/access-control/decisions'
import { modelsContract } from '@tessera/shared/contracts/model-router'
import type { CompletionEvent, CompletionRequest } from '@tessera/shared/contracts/model-router/completion'
import { retrievalContract } from '@tessera/shared/contracts/retrieval'
import type { Passage } from '@tessera/shared/contracts/retrieval/passages'
import type { Fault } from '@tessera/shared/fault/fault'
import { fail, ok, type Result } from '@tessera/shared/fault/result'
import { newId } from '@tessera/shared/ids/ids'

type AgentFacts = InputOf<(typeof accessContract)['operations']['putAgent']>
type ReadSetCheck = { caller: Caller; audience: string[]; items: { id: string; entries: ReadSetEntry[] }[] }
type Joining = { join(service: 'access' | 'retrieval' | 'models'): Bus | Promise<Bus> }

/** Who may read which document, at which revision, and what the neighbours were asked. The services that agents call, as small as a test of agents needs. */
export function createNeighbours() {
  const state = {
    revision: 1,
    roles: new Map<string, Role[]>(),
    deactivated: new Set<string>(),
    /** Subject → documents that it may read. */
    readable: new Map<string, Set<string>>(),
    agents: new Map<string, AgentFacts>(),
    /** What `putAgent` answers instead of storing the facts. */
    putAgentFault: undefined as Fault<'access.invalid' | 'access.approval-required' | 'access.unavailable'> | undefined,
    passages: [] as Passage[],
    searchFault: undefined as Fault<'retrieval.unavailable'> | undefined,
    searches: [] as { query: string; limit: number | undefined; caller: Caller; audience: string[] }[],
    checks: [] as ReadSetCheck[],
    /** Subject → labels that it is cleared for. What carries another label is nobody else's. */
    cleared: new Map<string, Set<string>>(),
    /** What a request must be for, if anything. */
    purpose: undefined as string | undefined,
    completions: [] as CompletionRequest[],
    /** Who asked the model. */
    completing: [] as { caller: Caller }[],
    /** What the model says; the signal aborts when nobody listens any more. */
    model: (request: CompletionRequest, signal: AbortSignal) => saying('You get 30 days [1].')(request, signal),
  }
  const mayRead = (subject: string, { documentId, labels }: { documentId: string; labels: string[] }) =>
    state.readable.get(subject)?.has(documentId) === true &&
    labels.every((label) => state.cleared.get(subject)?.has(label) === true)
  /** Each and every one of them, for what the request is for. */
  const allMayRead = (caller: Caller, audience: string[], entry: { documentId: string; labels: string[] }) =>
    (state.purpose === undefined || caller.purpose === state.purpose) &&
    [caller.subject, ...audience].every((subject) => mayRead(subject, entry))
  const refusal = ({ subject }: Caller) =>
    state.deactivated.has(subject) ? accessFaults.fault('deactivated', 'You have been deactivated.') : undefined
  const { revision } = { revision: () => state.revision }

  const access = {
    async checkRole({ anyOf }, { caller }) {
      const refused = refusal(caller)
      if (refused) return fail(refused)
      const roles = state.roles.get(caller.subject) ?? []
      return anyOf.length === 0 || anyOf.some((role) => roles.includes(role))
        ? ok({ revision: revision() })
        : fail(accessFaults.fault('forbidden', 'You do not hold the role.'))
    },
    async checkAgents({ verb, agents }, { caller }) {
      const refused = refusal(caller)
      if (refused) return fail(refused)
      const allowed = agents.filter((agent) => {
        const names = state.agents.get(agent)?.grants[verb] ?? []
        return names.includes(caller.subject) || names.includes('workspace:members')
      })
      return ok({ allowed, revision: revision() })
    },
    async putAgent(facts) {
      if (state.putAgentFault) return fail(state.putAgentFault)
      state.agents.set(facts.agent, facts)
      state.revision++
      return ok({ revision: revision() })
    },
    async checkReadSets({ items, audience = [] }, { caller }) {
      const refused = refusal(caller)
      if (refused) return fail(refused)
      state.checks.push({ caller, audience, items })
      const openable = items.filter(({ entries }) => entries.every((entry) => allMayRead(caller, audience, entry)))
      return ok({
        openable: openable.map(({ id }) => id),
        ...{ decisionId: newId('dec'), receipt: { sequence: 1, rowHash: 'r' }, revision: revision() },
      })
    },
  } satisfies Partial<Handlers<typeof accessContract>>

  const retrieval = {
    async search({ query, limit, audience = [] }, { caller }) {
      state.searches.push({ query, limit, caller, audience })
      if (state.searchFault) return fail(state.searchFault)
      const passages = state.passages.filter((passage) => allMayRead(caller, audience, passage)).slice(0, limit)
      return ok({ passages, decisionId: newId('dec'), revision: revision() })
    },
  } satisfies Partial<Handlers<typeof retrievalContract>>

  const models = {
    async *complete(request, { signal, caller }) {
      state.completions.push(request)
      state.completing.push({ caller })
      yield* state.model(request, signal)
    },
  } satisfies Partial<Handlers<typeof modelsContract>>

  return {
    state,
    async serve(network: InProcessNetwork | Joining): Promise<Bus[]> {
      const buses = await Promise.all([network.join('access'), network.join('retrieval'), network.join('models')])
      const [one, two, three] = buses
      await one.serve(accessContract, complete(accessContract, access))
      await two.serve(retrievalContract, complete(retrievalContract, retrieval))
      await three.serve(modelsContract, complete(modelsContract, models))
      return buses
    },
  }
}

export type Neighbours = ReturnType<typeof createNeighbours>

/** Agents never call the other operations; if they did, a test should fail loudly. */
function complete<C extends Contract>(contract: C, handlers: Partial<Handlers<C>>): Handlers<C> {
  const others = Object.keys(contract.operations).map((name) => [
    name,
    () => {
      throw new Error(`${contract.service}.${name} is not served in this test`)
    },
  ])
  return { ...(Object.fromEntries(others) as Handlers<C>), ...handlers }
}

type Said = AsyncIterable<Result<CompletionEvent, Fault<'models.provider-cut' | 'models.provider-failed'>>>
export type Model = (request: CompletionRequest, signal: AbortSignal) => Said

export const started: CompletionEvent = { type: 'start', model: 'acme/large', provider: 'acme' }
export const ended: CompletionEvent = {
  type: 'end',
  finishReason: 'stop',
  usage: { inputTokens: 100, outputTokens: 10, estimated: false },
  totalMs: 5,
}
export const delta = (text: string): Result<CompletionEvent, never> => ok({ type: 'text-delta', text })

/** A model that says this, word by word. */
export function saying(text: string): Model {
  return async function* say() {
    yield ok(started)
    for (const word of text.split(/(?<= )/)) yield delta(word)
    yield ok(ended)
  }
}

/** A model that says its second half when told to. */
export function twoHalves(state: Neighbours['state']) {
  const told = Promise.withResolvers<void>()
  state.model = async function* speak(_request, signal) {
    yield ok(started)
    yield delta('You get ')
    signal.addEventListener('abort', () => told.resolve())
    await told.promise
    yield delta('30 days [1].')
    yield ok(ended)
  }
  return told
}

export function aPassage(text: string, title = 'Leave'): Passage {
  return {
    passageId: newId('psg'),
    documentId: newId('doc'),
    dataSourceId: newId('src'),
    contentVersion: newId('ver'),
    view: 'full',
    entitledView: 'full',
    title,
    headings: [title],
    text,
    externalId: `${title}.md`,
    position: { firstBlock: 0, lastBlock: 0 },
    hash: 'h',
    labels: [],
  }
}
