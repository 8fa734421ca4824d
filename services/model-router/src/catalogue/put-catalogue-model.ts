import type { HandlerOf } from '@tessera/shared/bus/contract'
import type { catalogueOperations } from '@tessera/shared/contracts/model-router/catalogue'
import { ok } from '@tessera/shared/fault/result'
import type { Change } from '../administration/change.ts'
import type { Configurations } from '../configuration/configuration.ts'
import { noModel, shownModel } from './shown-model.ts'

export type CatalogueDeps = { change: Change; configurations: Configurations }

type Put = HandlerOf<(typeof catalogueOperations)['putCatalogueModel']>
type Delete = HandlerOf<(typeof catalogueOperations)['deleteCatalogueModel']>

export const putCatalogueModel =
  ({ change, configurations }: CatalogueDeps): Put =>
  async ({ model, facts }, call) => {
    const { workspaceId } = call.caller
    const { catalogue } = await configurations.of(workspaceId)
    if (!catalogue.serves(model)) return noModel(model, catalogue)
    const stored = await change(call, 'putCatalogueModel', { model, facts }, async (trx) => {
      const row = { workspace_id: workspaceId, model, facts: JSON.stringify(facts) }
      await trx
        .insertInto('catalogue')
        .values(row)
        .onConflict((conflict) => conflict.columns(['workspace_id', 'model']).doUpdateSet({ facts: row.facts }))
        .execute()
      return ok()
    })
    if (!stored.ok) return stored
    const now = await configurations.now(workspaceId)
    return ok(shownModel(now, model))
  }

export const deleteCatalogueModel =
  ({ change }: CatalogueDeps): Delete =>
  async ({ model }, call) =>
    change(call, 'deleteCatalogueModel', { model }, async (trx) => {
      const { workspaceId } = call.caller
      await trx.deleteFrom('catalogue').where('workspace_id', '=', workspaceId).where('model', '=', model).execute()
      return ok({})
    })
