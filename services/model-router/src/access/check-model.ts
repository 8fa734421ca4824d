import type { Call } from '@tessera/shared/bus/call'
import { modelsFaults } from '@tessera/shared/contracts/model-router/faults'
import { fail, ok } from '@tessera/shared/fault/result'
import type { Provider } from '../providers/provider.ts'
import { type Access, failFromAccess } from './check-caller.ts'
import { type ModelLabels, unclearedLabels } from './model-labels.ts'

type Asked = { provider: Provider; model: string; decisionIds: readonly string[] }

/**
 * Whether this text may go to this model (ACCESS.md section 7): the caller is active, the model is cleared for every label now in force for what the
 * decisions gave out, and no policy forbids it. Access-control says which labels those are; no caller does. A service that acts for itself (`system:…`) sends
 * what it may send; that it is that service was verified with the call's assertion.
 */
export async function checkModel(
  access: Access,
  labels: ModelLabels,
  { provider, model, decisionIds }: Asked,
  call: Call,
) {
  if (decisionIds.length === 0 && call.caller.subject.startsWith('system:')) return ok()
  const models = [{ model, provider: provider.name, hosting: provider.hosting }]
  const checked = await access.checkModels({ decisionIds: [...decisionIds], models }, call)
  if (!checked.ok) {
    return checked.fault.code === 'access.not-found'
      ? fail(modelsFaults.fault('not-cleared', 'What this prompt was made from can no longer be vouched for.'))
      : failFromAccess(checked.fault)
  }
  const uncleared = unclearedLabels(labels, model, checked.value.labels)
  if (uncleared.length > 0) {
    return fail(
      modelsFaults.fault('not-cleared', `${model} is not cleared for: ${uncleared.join(', ')}.`, {
        meta: { labels: uncleared.join(',') },
      }),
    )
  }
  const [forbidden] = checked.value.forbidden
  if (!forbidden) return ok()
  const policies = forbidden.policyIds.join(', ')
  return fail(modelsFaults.fault('not-cleared', `A policy forbids it: ${policies}.`, { meta: { policies } }))
}
