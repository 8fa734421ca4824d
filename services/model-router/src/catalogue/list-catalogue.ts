import type { HandlerOf } from '@tessera/shared/bus/contract'
import type { catalogueOperations } from '@tessera/shared/contracts/model-router/catalogue'
import { ok } from '@tessera/shared/fault/result'
import { type Access, checkCaller } from '../access/check-caller.ts'
import { stored } from '../administration/stored.ts'
import type { Configurations } from '../configuration/configuration.ts'
import { shownModel } from './shown-model.ts'

type List = HandlerOf<(typeof catalogueOperations)['listCatalogue']>

export const listCatalogue =
  ({ access, configurations }: { access: Access; configurations: Configurations }): List =>
  async (_input, call) => {
    const admin = await checkCaller(access, call, { anyOf: ['admin', 'auditor'] })
    if (!admin.ok) return admin
    const now = await stored(configurations.now(call.caller.workspaceId))
    if (!now.ok) return now
    return ok({ items: now.value.catalogue.names().map((name) => shownModel(now.value, name)) })
  }
