import type { Bus } from '@tessera/shared/bus/bus'
import { accessContract } from '@tessera/shared/contracts/access-control'
import { agentsContract } from '@tessera/shared/contracts/agents'
import { connectorsContract } from '@tessera/shared/contracts/connectors'
import { modelsContract } from '@tessera/shared/contracts/model-router'
import { retrievalContract } from '@tessera/shared/contracts/retrieval'

/** Whom the gateway talks to: the only list. */
export const connectClients = (bus: Bus) => ({
  access: bus.connectTo(accessContract),
  agents: bus.connectTo(agentsContract),
  connectors: bus.connectTo(connectorsContract),
  models: bus.connectTo(modelsContract),
  retrieval: bus.connectTo(retrievalContract),
})

export type Clients = ReturnType<typeof connectClients>
