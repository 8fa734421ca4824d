import type { HandlerOf } from '@tessera/shared/bus/contract'
import { modelsFaults } from '@tessera/shared/contracts/model-router/faults'
import type { RouteDefinition, routeOperations } from '@tessera/shared/contracts/model-router/routes'
import { fail, ok } from '@tessera/shared/fault/result'
import type { Change } from '../administration/change.ts'
import type { Configurations } from '../configuration/configuration.ts'
import { addVersion, versionsOf } from './routes.store.ts'

export type RouteDeps = { change: Change; configurations: Configurations }

type Put = HandlerOf<(typeof routeOperations)['putRoute']>
type Delete = HandlerOf<(typeof routeOperations)['deleteRoute']>
type Undo = HandlerOf<(typeof routeOperations)['undoRoute']>

export const putRoute =
  ({ change, configurations }: RouteDeps): Put =>
  async ({ name, definition }, call) => {
    const { workspaceId } = call.caller
    const { catalogue } = await configurations.of(workspaceId)
    const errors = definition.targets.flatMap(({ model }, index) =>
      catalogue.serves(model) && !model.endsWith('/*')
        ? []
        : [{ field: `/targets/${index}/model`, rule: 'must be a model of a provider that is switched on' }],
    )
    if (definition.targets.every(({ weight }) => weight === 0))
      errors.push({ field: '/targets', rule: 'must have one with a weight above 0' })
    if (new Set(definition.targets.map(({ model }) => model)).size < definition.targets.length)
      errors.push({ field: '/targets', rule: 'must name each model once' })
    if (errors.length > 0)
      return fail(modelsFaults.fault('invalid', `${errors[0]?.field} ${errors[0]?.rule}.`, { errors }))
    return change(call, 'putRoute', { name, definition }, async (trx) =>
      ok(await addVersion(trx, call.caller, name, definition)),
    )
  }

export const deleteRoute =
  ({ change }: RouteDeps): Delete =>
  async ({ name }, call) =>
    change(call, 'deleteRoute', { name }, async (trx) => {
      const [present] = await versionsOf(trx, call.caller.workspaceId, name)
      if (present?.definition) await addVersion(trx, call.caller, name, null)
      return ok({})
    })

/** What it was before becomes what it is: a definition of its own, so that it can be undone again. */
export const undoRoute =
  ({ change }: RouteDeps): Undo =>
  async ({ name }, call) =>
    change(call, 'undoRoute', { name }, async (trx) => {
      const [present, before] = await versionsOf(trx, call.caller.workspaceId, name)
      if (!present) return fail(modelsFaults.fault('not-found', `There is no route ${name}.`))
      const definition: RouteDefinition | null = before?.definition ?? null
      const route = await addVersion(trx, call.caller, name, definition)
      return ok(definition ? { route } : {})
    })
