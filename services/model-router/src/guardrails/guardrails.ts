import type { HandlerOf } from '@tessera/shared/bus/contract'
import type { guardrailOperations } from '@tessera/shared/contracts/model-router/guardrails'
import { modelsFaults } from '@tessera/shared/contracts/model-router/faults'
import { fail, ok } from '@tessera/shared/fault/result'
import { type Access, checkCaller } from '../access/check-caller.ts'
import type { Change } from '../administration/change.ts'
import { stored } from '../administration/stored.ts'
import type { Configurations } from '../configuration/configuration.ts'

type Operations = typeof guardrailOperations

export const getGuardrails =
  ({
    access,
    configurations,
  }: {
    access: Access
    configurations: Configurations
  }): HandlerOf<Operations['getGuardrails']> =>
  async (_input, call) => {
    const admin = await checkCaller(access, call, { anyOf: ['admin', 'auditor'] })
    if (!admin.ok) return admin
    const now = await stored(configurations.now(call.caller.workspaceId))
    return now.ok ? ok(now.value.guardrails) : now
  }

export const putGuardrails =
  ({ change }: { change: Change }): HandlerOf<Operations['putGuardrails']> =>
  async (guardrails, call) => {
    const kinds = guardrails.rules.map(({ kind }) => kind)
    const twice = kinds.findIndex((kind, index) => kinds.indexOf(kind) < index)
    if (twice >= 0) {
      const rule = 'must not be named by two rules'
      const errors = [{ field: `/rules/${twice}/kind`, rule }]
      return fail(modelsFaults.fault('invalid', `${kinds[twice]} ${rule}.`, { errors }))
    }
    return change(call, 'putGuardrails', guardrails, async (trx) => {
      await trx
        .updateTable('configurations')
        .set({ guardrails: JSON.stringify(guardrails) })
        .where('workspace_id', '=', call.caller.workspaceId)
        .execute()
      return ok(guardrails)
    })
  }
