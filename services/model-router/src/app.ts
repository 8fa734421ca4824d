import type { Bus } from '@tessera/shared/bus/bus'
import { accessContract } from '@tessera/shared/contracts/access-control'
import { modelsContract } from '@tessera/shared/contracts/model-router'
import { databaseAnswers } from '@tessera/shared/database/database'
import type { Service } from '@tessera/shared/service'
import type { Kysely } from 'kysely'
import type { Logger } from 'pino'
import { createAskModels } from './access/ask-models.ts'
import { createCheckLabels } from './access/check-labels.ts'
import { createPresentRevisions } from './access/present-revisions.ts'
import { createChange } from './administration/change.ts'
import { createBlocks } from './budgets/blocks.ts'
import { createBlocksStore } from './budgets/blocks.store.ts'
import { createBudget, deleteBudget, updateBudget } from './budgets/change-budgets.ts'
import { listBudgets } from './budgets/list-budgets.ts'
import { startReplica } from './budgets/replica.ts'
import { createReplicaStore } from './budgets/replica.store.ts'
import { createSoftLimits } from './budgets/soft-limits.ts'
import { createExactCache } from './cache/exact-cache.ts'
import type { Entries } from './catalogue/catalogue.ts'
import { listCatalogue } from './catalogue/list-catalogue.ts'
import { deleteCatalogueModel, putCatalogueModel } from './catalogue/put-catalogue-model.ts'
import { createCompare } from './compare/compare.ts'
import { createComparisonsStore } from './compare/comparisons.store.ts'
import { listWinRates } from './compare/list-win-rates.ts'
import { vote } from './compare/vote.ts'
import { createComplete } from './complete/complete.ts'
import { createConfigurations } from './configuration/configuration.ts'
import { createCountTokens } from './count-tokens/count-tokens.ts'
import type { ModelsDatabase } from './database.ts'
import { createEmbed } from './embed/embed.ts'
import { getGuardrails, putGuardrails } from './guardrails/guardrails.ts'
import { createLedger } from './ledger/ledger.ts'
import { createLedgerStore } from './ledger/ledger.store.ts'
import { listUsage } from './ledger/list-usage.ts'
import { totalUsage } from './ledger/total-usage.ts'
import { createUsageStore } from './ledger/usage.store.ts'
import { defaultModelOf } from './models/default-model.ts'
import { createListModels } from './models/list-models.ts'
import type { Provider } from './providers/provider.ts'
import { tokenCounter } from './providers/token-counter.ts'
import { createRerank } from './rerank/rerank.ts'
import { createHealth } from './routing/health.ts'
import { listHealth } from './routing/list-health.ts'
import { listRoutes } from './routing/list-routes.ts'
import { deleteRoute, putRoute, undoRoute } from './routing/put-route.ts'
import { createAdmit } from './serving/admit.ts'
import { createDecide } from './serving/decide.ts'
import { createPermit } from './serving/permit.ts'
import { observed } from './telemetry/observed-provider.ts'

export type ModelRouterDeps = {
  bus: Bus
  db: Kysely<ModelsDatabase>
  /** From `providersFromConfig`. The first one's default model is the installation's, unless `defaultModel` says another. */
  providers: readonly Provider[]
  defaultModel?: string | undefined
  /** From `readCatalogue`. */
  catalogue: Entries
  logger: Logger
  /** After how long without a sign of life another replica is taken for dead, and what it held of budgets is freed. Default a minute. */
  leaseMs?: number
  /** Whether prompts and answers stand in spans. Default no. */
  textsInSpans?: boolean
}

/** Serves the contract of model-router on the bus. */
export async function createModelRouter(deps: ModelRouterDeps): Promise<Service> {
  const { bus, db, logger, leaseMs = 60_000, textsInSpans = false } = deps
  const providers = deps.providers.map((provider) => observed(provider, { withTexts: textsInSpans }))
  const access = bus.connectTo(accessContract)
  const configurations = createConfigurations({ db, providers, file: deps.catalogue })
  const change = createChange({ access, configurations, logger })
  const defaultModel = defaultModelOf(providers, deps.defaultModel)
  const blocksStore = createBlocksStore(db)
  const blocks = createBlocks(blocksStore, () => replica)
  const health = createHealth()
  const replicas = createReplicaStore(db)
  const replica = await startReplica({
    ...{ store: replicas, logger, leaseMs },
    health: () => health.list(),
    onBeat: () => blocks.giveBackIdle(),
    onLost: () => blocks.drop(),
  })
  const ledger = createLedger({ store: createLedgerStore(db), replica, logger })
  const askModels = createAskModels(access, createPresentRevisions(access, bus))
  const limits = { blocks, softLimits: createSoftLimits(blocksStore) }
  const permit = createPermit({ askModels, health, defaultModel })
  const decide = createDecide({ permit, limits })
  const serving = { admit: createAdmit({ configurations, ledger, decide }), health }
  const complete = createComplete({ ...serving, cache: createExactCache() })
  const usage = { access, store: createUsageStore(db) }
  const comparisons = { access, store: createComparisonsStore(db) }
  await bus.serve(modelsContract, {
    complete,
    embed: createEmbed(serving),
    countTokens: createCountTokens({ configurations, permit, tokens: tokenCounter }),
    checkLabels: createCheckLabels({ configurations, askModels, defaultModel }),
    rerank: createRerank(serving),
    listModels: createListModels({ access, configurations, providers, defaultModel }),
    listHealth: listHealth({ access, configurations, replicas }),
    listCatalogue: listCatalogue({ access, configurations }),
    putCatalogueModel: putCatalogueModel({ change, configurations }),
    deleteCatalogueModel: deleteCatalogueModel({ change, configurations }),
    listRoutes: listRoutes({ access, configurations }),
    putRoute: putRoute({ change, configurations }),
    undoRoute: undoRoute({ change, configurations }),
    deleteRoute: deleteRoute({ change, configurations }),
    getGuardrails: getGuardrails({ access, configurations }),
    putGuardrails: putGuardrails({ change }),
    listBudgets: listBudgets({ access, db, configurations }),
    createBudget: createBudget({ change }),
    updateBudget: updateBudget({ change }),
    deleteBudget: deleteBudget({ change }),
    listUsage: listUsage(usage),
    totalUsage: totalUsage(usage),
    compare: createCompare({ ...comparisons, complete, configurations }),
    vote: vote(comparisons),
    listWinRates: listWinRates(comparisons),
  })
  return {
    notReady: async () => ((await databaseAnswers(db)) ? [] : ['database']),
    async close() {
      await ledger.close()
      await replica.close()
    },
  }
}
