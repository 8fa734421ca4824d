import { inTransaction } from '@tessera/shared/database/database'
import type { Budget } from '@tessera/shared/contracts/model-router/budgets'
import type { Guardrails } from '@tessera/shared/contracts/model-router/guardrails'
import type { Route } from '@tessera/shared/contracts/model-router/routes'
import type { Kysely, Transaction } from 'kysely'
import { askedNames } from '../budgets/applicable.ts'
import { type Catalogue, createCatalogue, type Entries } from '../catalogue/catalogue.ts'
import type { ModelsDatabase } from '../database.ts'
import type { Provider } from '../providers/provider.ts'
import { loadConfiguration, raiseVersion } from './configuration.store.ts'

/** All that a workspace says of its models, at one moment. */
export type Configuration = {
  /** Rises with each change; 0: it has said nothing yet. */
  readonly version: number
  readonly catalogue: Catalogue
  /** What the workspace itself says in its catalogue. */
  readonly own: Entries
  readonly routes: ReadonlyMap<string, Route>
  readonly budgets: readonly Budget[]
  readonly guardrails: Guardrails
  /** The names in it of which access-control must say whether they cover a caller. */
  readonly names: readonly string[]
}

export type Configurations = {
  /** What the workspace said last, as far as this replica knows. */
  of(workspaceId: string): Promise<Configuration>
  /** What it says now. */
  now(workspaceId: string): Promise<Configuration>
  /** Changes it, one change at a time. Who asks after this has returned gets what it says now, on every replica. */
  change<T>(workspaceId: string, work: (trx: Transaction<ModelsDatabase>) => Promise<T>): Promise<T>
}

export type ConfigurationDeps = {
  db: Kysely<ModelsDatabase>
  providers: readonly Provider[]
  /** The entries of the installation's catalogue. */
  file: Entries
}

const REMEMBERED = 1000

/**
 * Remembers what workspaces said. That it is still so is found out with the row of each request in the ledger, which names the version in force, so a change
 * needs no restart and no message.
 */
export function createConfigurations({ db, providers, file }: ConfigurationDeps): Configurations {
  const known = new Map<string, Promise<Configuration>>()

  const load = async (workspaceId: string): Promise<Configuration> => {
    const said = await loadConfiguration(db, workspaceId)
    const catalogue = createCatalogue(providers, file, said.own)
    const allowed = [...catalogue.list().map(({ facts }) => facts), ...said.routes.values()]
    const names = [...allowed.flatMap(({ allow = [] }) => allow), ...askedNames(said.budgets)]
    return { ...said, catalogue, names: [...new Set(names)] }
  }
  const now = (workspaceId: string) => {
    const loading = load(workspaceId)
    if (known.size >= REMEMBERED) known.clear()
    known.set(workspaceId, loading)
    loading.catch(() => known.get(workspaceId) === loading && known.delete(workspaceId))
    return loading
  }
  return {
    of: (workspaceId) => known.get(workspaceId) ?? now(workspaceId),
    now,
    async change(workspaceId, work) {
      const result = await inTransaction(db, async (trx) => {
        await raiseVersion(trx, workspaceId)
        return work(trx)
      })
      known.delete(workspaceId)
      return result
    },
  }
}
