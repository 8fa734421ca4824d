import type { modelsContract } from '@tessera/shared/contracts/model-router'
import type { HandlerOf } from '@tessera/shared/bus/contract'
import { ok } from '@tessera/shared/fault/result'
import type { Provider } from '../providers/provider.ts'

type ListModels = HandlerOf<(typeof modelsContract)['operations']['listModels']>

/** What the providers offer, in the order of the providers. It says nothing about anyone's data, so it is not decided per caller. */
export const createListModels =
  (providers: readonly Provider[], defaultModel: string): ListModels =>
  async (_input, { signal }) => {
    const lists = await Promise.all(
      providers.map(async (provider) =>
        (await provider.models({ signal })).map(({ name, kind }) => ({
          model: `${provider.name}/${name}`,
          provider: provider.name,
          kind,
        })),
      ),
    )
    return ok({ models: lists.flat(), defaultModel })
  }
