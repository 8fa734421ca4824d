import type { HandlerOf } from '@tessera/shared/bus/contract'
import type { comparisonOperations } from '@tessera/shared/contracts/model-router/comparisons'
import { ok } from '@tessera/shared/fault/result'
import { newId } from '@tessera/shared/ids/ids'
import { type Access, checkCaller } from '../access/check-caller.ts'
import { stored } from '../administration/stored.ts'
import type { Configurations } from '../configuration/configuration.ts'
import { costMicros } from '../ledger/cost.ts'
import type { ComparisonsStore } from './comparisons.store.ts'
import { type LaneDeps, runLane } from './lane.ts'
import { merged } from './merged.ts'

export type CompareDeps = {
  access: Access
  store: ComparisonsStore
  configurations: Configurations
  complete: LaneDeps['complete']
}

type Compare = HandlerOf<(typeof comparisonOperations)['compare']>

/**
 * Asks several models the same, side by side. Each lane is a completion of its own, so what may go to one model and not to another goes to the one. Its text is passed on
 * and not kept. A caller who leaves ends all lanes.
 */
export const createCompare = ({ access, store, configurations, complete }: CompareDeps): Compare =>
  async function* compare({ models, agent, ...request }, call) {
    const active = await checkCaller(access, call)
    if (!active.ok) return yield active
    const { workspaceId, subject } = call.caller
    const configuration = await stored(configurations.of(workspaceId))
    if (!configuration.ok) return yield configuration
    const id = newId('cmp')
    const begun = await stored(store.begin({ id, workspace_id: workspaceId, subject, agent: agent ?? null }))
    if (!begun.ok) return yield begun
    yield ok({ type: 'comparison.started', id, lanes: models.map((asked, lane) => ({ lane, asked })) })

    const { catalogue } = configuration.value
    const deps: LaneDeps = {
      complete,
      costOf: (model, usage) => costMicros(catalogue.find(model)?.facts.prices, usage),
      record: (lane, came) => stored(store.addLane(id, lane, came)),
    }
    const leaving = new AbortController()
    const signal = AbortSignal.any([call.signal, leaving.signal])
    try {
      yield* merged(
        models.map((model, lane) => runLane(deps, lane, { ...request, model }, { ...call, signal, left: signal })),
      )
    } finally {
      leaving.abort()
    }
    yield ok({ type: 'comparison.completed', id })
  }
