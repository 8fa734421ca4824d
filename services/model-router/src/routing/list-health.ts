import type { HandlerOf } from '@tessera/shared/bus/contract'
import type { healthOperations } from '@tessera/shared/contracts/model-router/health'
import { ok } from '@tessera/shared/fault/result'
import { type Access, checkCaller } from '../access/check-caller.ts'
import { coveringNames } from '../access/covering-names.ts'
import { stored } from '../administration/stored.ts'
import type { ReplicaStore } from '../budgets/replica.store.ts'
import type { Configurations } from '../configuration/configuration.ts'
import { isAllowed } from './exclusion.ts'
import type { HealthOfModel } from './health.ts'

export type ListHealthDeps = { access: Access; configurations: Configurations; replicas: Pick<ReplicaStore, 'health'> }

type List = HandlerOf<(typeof healthOperations)['listHealth']>

/** Of the models that the caller may use: whether they are well. How much they are used is for admins and auditors. */
export const listHealth =
  ({ access, configurations, replicas }: ListHealthDeps): List =>
  async (_input, call) => {
    const now = await stored(configurations.now(call.caller.workspaceId))
    if (!now.ok) return now
    const { catalogue, names } = now.value
    const covering = await coveringNames(access, names, call)
    if (!covering.ok) return covering
    const admin = await checkCaller(access, call, { anyOf: ['admin', 'auditor'] })
    if (!admin.ok && admin.fault.code !== 'access.forbidden') return admin
    const reported = await stored(replicas.health())
    if (!reported.ok) return reported
    const byModel = Map.groupBy(reported.value.flat(), ({ model }) => model)
    const items = [...byModel].flatMap(([name, seen]) => {
      const model = catalogue.find(name)
      const isVisible = model && isAllowed(model.facts.allow, call.caller, covering.value)
      return isVisible ? together(name, seen, { counted: admin.ok }) : []
    })
    return ok({ items: items.toSorted((a, b) => (a.model < b.model ? -1 : 1)) })
  }

/** What all replicas saw of a model. It cools only where it does for every one of them. */
function together(model: string, seen: readonly HealthOfModel[], { counted }: { counted: boolean }) {
  const coolings = seen.flatMap(({ cooling }) => cooling ?? [])
  const [cooling] = coolings.length === seen.length ? coolings.toSorted((a, b) => a.forMs - b.forMs) : []
  const times = seen.flatMap(({ firstContentMs }) => firstContentMs ?? [])
  const sum = (numberOf: (one: HealthOfModel) => number) => seen.reduce((total, one) => total + numberOf(one), 0)
  return {
    model,
    state: cooling ? ('cooling' as const) : ('ok' as const),
    ...cooling,
    ...(times.length > 0 && { firstContentMs: Math.round(times.reduce((a, b) => a + b, 0) / times.length) }),
    ...(counted && {
      requests: sum(({ requests }) => requests),
      failures: sum(({ failures }) => failures),
      inFlight: sum(({ inFlight }) => inFlight),
    }),
  }
}
