import type { HandlerOf } from '@tessera/shared/bus/contract'
import type { comparisonOperations } from '@tessera/shared/contracts/model-router/comparisons'
import { modelsFaults } from '@tessera/shared/contracts/model-router/faults'
import { fail, ok } from '@tessera/shared/fault/result'
import { type Access, checkCaller } from '../access/check-caller.ts'
import { stored } from '../administration/stored.ts'
import type { ComparisonsStore } from './comparisons.store.ts'

type Vote = HandlerOf<(typeof comparisonOperations)['vote']>

/** A vote belongs to who asked: for anybody else there is no such comparison. It is between answers, so there must be two. */
export const vote =
  ({ access, store }: { access: Access; store: ComparisonsStore }): Vote =>
  async ({ id, winner }, call) => {
    const active = await checkCaller(access, call)
    if (!active.ok) return active
    const { workspaceId, subject } = call.caller
    const lanes = await stored(store.lanesOf(workspaceId, subject, id))
    if (!lanes.ok) return lanes
    if (!lanes.value) return fail(modelsFaults.fault('unknown-comparison', 'There is no such comparison of yours.'))
    if (lanes.value.length < 2) return fail(invalid('must be of a comparison with two answers or more'))
    if (winner !== 'none' && !lanes.value.includes(winner))
      return fail(invalid('must be a lane that answered to its end, or none'))
    const voted = await stored(store.vote(id, winner === 'none' ? null : winner))
    return voted.ok ? ok({ winner }) : voted
  }

const invalid = (rule: string) =>
  modelsFaults.fault('invalid', `/winner ${rule}.`, { errors: [{ field: '/winner', rule }] })
