import type { HandlerOf } from '@tessera/shared/bus/contract'
import type { routeOperations } from '@tessera/shared/contracts/model-router/routes'
import { ok } from '@tessera/shared/fault/result'
import { type Access, checkCaller } from '../access/check-caller.ts'
import { stored } from '../administration/stored.ts'
import type { Configurations } from '../configuration/configuration.ts'

type List = HandlerOf<(typeof routeOperations)['listRoutes']>

export const listRoutes =
  ({ access, configurations }: { access: Access; configurations: Configurations }): List =>
  async (_input, call) => {
    const admin = await checkCaller(access, call, { anyOf: ['admin', 'auditor'] })
    if (!admin.ok) return admin
    const now = await stored(configurations.now(call.caller.workspaceId))
    return now.ok ? ok({ items: [...now.value.routes.values()] }) : now
  }
