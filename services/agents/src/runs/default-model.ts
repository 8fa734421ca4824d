import type { Bus } from '@tessera/shared/bus/bus'
import type { Client } from '@tessera/shared/bus/contract'
import type { modelsContract } from '@tessera/shared/contracts/model-router'
import type { Fault } from '@tessera/shared/fault/fault'
import type { Clock } from '@tessera/shared/time/clock'
import { callAsAgent } from '../edge/callers.ts'
import type { Run } from './run.ts'

export type DefaultModel = (run: Run, signal: AbortSignal) => Promise<string | { readonly fault: Fault }>

/** It changes with the configuration of the model router only, which restarts then. */
const rememberedMs = 10_000

/** The model of agents that name none. */
export function createDefaultModel(bus: Bus, models: Client<typeof modelsContract>, clock: Clock): DefaultModel {
  let remembered: { model: string; untilMs: number } | undefined
  return async (run, signal) => {
    if (remembered && remembered.untilMs > clock.nowMs()) return remembered.model
    const listed = await models.listModels({}, callAsAgent(bus, run.caller, run.agentId, 10_000, signal))
    if (!listed.ok) return { fault: listed.fault }
    remembered = { model: listed.value.defaultModel, untilMs: clock.nowMs() + rememberedMs }
    return remembered.model
  }
}
