import type { Bus } from '@tessera/shared/bus/bus'
import { accessContract } from '@tessera/shared/contracts/access-control'
import { modelsContract } from '@tessera/shared/contracts/model-router'
import { databaseAnswers } from '@tessera/shared/database/database'
import type { Service } from '@tessera/shared/service'
import type { Kysely } from 'kysely'
import type { Logger } from 'pino'
import type { ModelLabels } from './access/model-labels.ts'
import { createComplete } from './complete/complete.ts'
import type { ModelsDatabase } from './database.ts'
import { createEmbed } from './embed/embed.ts'
import { defaultModelOf } from './models/default-model.ts'
import { createListModels } from './models/list-models.ts'
import type { Provider } from './providers/provider.ts'
import { createListUsage } from './usage/list-usage.ts'
import { createMeter } from './usage/meter.ts'
import { createUsageStore } from './usage/usage.store.ts'

export type ModelRouterDeps = {
  bus: Bus
  db: Kysely<ModelsDatabase>
  /** From `providersFromConfig`. The first one's default model is the installation's, unless `defaultModel` says another. */
  providers: readonly Provider[]
  defaultModel?: string | undefined
  /** Which labels each model may process; absent: none but the built-in model may process any. */
  labels?: ModelLabels
  logger: Logger
}

/** Serves the contract of model-router on the bus. */
export async function createModelRouter(deps: ModelRouterDeps): Promise<Service> {
  const { bus, db, providers, labels = new Map(), logger } = deps
  const access = bus.connectTo(accessContract)
  const store = createUsageStore(db)
  const meter = createMeter({ store, logger })
  await bus.serve(modelsContract, {
    complete: createComplete({ access, providers, labels, meter }),
    embed: createEmbed({ access, providers, labels, meter }),
    listModels: createListModels(providers, defaultModelOf(providers, deps.defaultModel)),
    listUsage: createListUsage({ access, store, logger }),
  })
  return {
    notReady: async () => ((await databaseAnswers(db)) ? [] : ['database']),
    close: () => meter.close(),
  }
}
