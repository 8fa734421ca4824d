import { accessContract } from './access-control.ts'
import { agentsContract } from './agents.ts'
import { connectorsContract } from './connectors.ts'
import { modelsContract } from './model-router.ts'
import { retrievalContract } from './retrieval.ts'

/** Every contract, for what is generated from them: the snapshot, the fault list, the bus permissions. */
export const contracts = [
  accessContract,
  retrievalContract,
  modelsContract,
  agentsContract,
  connectorsContract,
] as const
