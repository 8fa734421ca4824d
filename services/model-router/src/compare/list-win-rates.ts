import type { Call } from '@tessera/shared/bus/call'
import type { HandlerOf } from '@tessera/shared/bus/contract'
import type { comparisonOperations } from '@tessera/shared/contracts/model-router/comparisons'
import type { Fault } from '@tessera/shared/fault/fault'
import { ok, type Result } from '@tessera/shared/fault/result'
import { type Access, checkCaller, failFromAccess } from '../access/check-caller.ts'
import { stored } from '../administration/stored.ts'
import type { ComparisonsStore } from './comparisons.store.ts'

export type WinRateDeps = { access: Access; store: ComparisonsStore }

type ReadingFault = Fault<(typeof comparisonOperations)['listWinRates']['faults'][number]>
type List = HandlerOf<(typeof comparisonOperations)['listWinRates']>

const MOST = 500
/** What access-control takes of one question. */
const AT_ONCE = 500

/** How models did in comparisons: for an admin all of them; for a builder as well, but of what was counted for agents only for those that they may read. */
export const listWinRates =
  ({ access, store }: WinRateDeps): List =>
  async ({ by = 'model', ...filter }, call) => {
    const asked = filter.agent === undefined ? (by === 'agent' ? 'all' : 'none') : [filter.agent]
    const visible = await visibleAgents({ access, store }, call, asked)
    if (!visible.ok) return visible
    const { workspaceId } = call.caller
    const found = await stored(store.winRates({ ...filter, ...visible.value, workspaceId, by }, MOST + 1))
    if (!found.ok) return found
    return ok({ items: found.value.slice(0, MOST).map(toItem), complete: found.value.length <= MOST })
  }

async function visibleAgents(
  { access, store }: WinRateDeps,
  call: Call,
  asked: readonly string[] | 'all' | 'none',
): Promise<Result<{ onlyAgents?: readonly string[] }, ReadingFault>> {
  const admin = await checkCaller(access, call, { anyOf: ['admin'] })
  if (admin.ok) return ok({})
  const builder = await checkCaller(access, call, { anyOf: ['builder'] })
  if (!builder.ok) return builder
  if (asked === 'none') return ok({})
  const agents = asked === 'all' ? await stored(store.agents(call.caller.workspaceId)) : ok(asked)
  if (!agents.ok) return agents
  const onlyAgents: string[] = []
  for (let start = 0; start < agents.value.length; start += AT_ONCE) {
    const names = agents.value.slice(start, start + AT_ONCE).map((id) => `agent:${id}`)
    const checked = await access.checkAgents({ verb: 'read', agents: names }, call)
    if (!checked.ok) return failFromAccess(checked.fault)
    onlyAgents.push(...checked.value.allowed.map((name) => name.slice('agent:'.length)))
  }
  return ok({ onlyAgents })
}

const toItem = ({ agent, costMicros, ...row }: Awaited<ReturnType<ComparisonsStore['winRates']>>[number]) => ({
  ...row,
  ...(agent !== null && { agent }),
  ...(row.votes > 0 && { winRate: row.wins / row.votes }),
  ...(costMicros !== null && { costMicros }),
})
